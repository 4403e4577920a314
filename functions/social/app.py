"""Routes and triggers of social."""

from typing import Any

from chalice.app import CloudWatchEvent, Rate, Request, SQSEvent

from domain.errors import NotFound, SessionEnded
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.platform import clock
from social import consumers, store
from social.events import PUBLISHED
from social.models import AccountId
from social.rules.errors import (
    MediaNotAllowed,
    NeedsReconnect,
    ProviderLimited,
    ProviderUnavailable,
)
from social.schemas import SocialAccountList
from social.schemas.calendars import CalendarChoiceRequest, SocialCalendarList
from social.schemas.media import (
    ImportMediaRequest,
    ImportsQuery,
    KnownImportId,
    MediaImportList,
    MediaImportView,
    MediaQuery,
    MediumList,
)
from social.use_cases import (
    accounts,
    calendar_notifications,
    calendars,
    dispatch,
    due_work,
    media,
    media_imports,
    webhooks,
    work,
)
from social.use_cases.webhooks import Webhook
from social.use_cases.work import Work

app = FeatureApp(
    "social",
    ready={"dynamodb": store.ping},
    services=("kms", "sqs", "ssm"),
    worker_services=("dynamodb", "kms", "s3", "sqs", "ssm"),
)
app.publishes(*PUBLISHED)
app.health_route()
outbox = app.outbox_relay(table="social")

WEBHOOK_RETRY_BASE_SECONDS = 1

# ---- accounts ------------------------------------------------------------------------------------


@app.route("/v1/social/accounts", methods=["GET"], roles=(Role.ARTIST,))
def list_social_accounts(caller: Caller) -> SocialAccountList:
    """List the caller's social accounts, the oldest first."""
    return accounts.list_own(caller)


# ---- calendars -----------------------------------------------------------------------------------


@app.route(
    "/v1/social/accounts/{id}/calendars",
    methods=["GET"],
    roles=(Role.ARTIST,),
    errors=(NotFound, NeedsReconnect, ProviderUnavailable),
)
def list_social_calendars(caller: Caller, id: AccountId) -> SocialCalendarList:
    """List the calendars of a social account, and what each is used for."""
    return calendars.list_own(caller, id, clock.now())


@app.route(
    "/v1/social/accounts/{id}/calendars",
    methods=["PUT"],
    roles=(Role.ARTIST,),
    errors=(NotFound, NeedsReconnect, ProviderUnavailable),
)
def choose_social_calendars(
    caller: Caller, id: AccountId, body: CalendarChoiceRequest
) -> SocialCalendarList:
    """Choose which calendars of a social account block slots, and which one gets appointments."""
    return calendars.choose(caller, id, body, clock.now())


@app.route(
    "/v1/social/google-calendar/notifications",
    methods=["POST"],
    status=204,
    public=True,
    keyless=True,
    limit="callbacks",
    errors=(NotFound,),
)
def receive_calendar_notification(request: Request) -> None:
    """Take a notification of Google that a calendar changed.

    It must come with the secret of a channel that we opened. A notification that comes twice
    changes nothing.
    """
    calendar_notifications.receive(request.headers)


# ---- media ---------------------------------------------------------------------------------------


@app.route(
    "/v1/social/accounts/{id}/media",
    methods=["GET"],
    roles=(Role.ARTIST,),
    errors=(NotFound, MediaNotAllowed, NeedsReconnect, ProviderLimited, ProviderUnavailable),
)
def list_social_media(caller: Caller, id: AccountId, query: MediaQuery) -> MediumList:
    """List the pictures, videos and albums of a social account, newest first.

    The provider is asked each time. Its addresses of previews are valid for some hours.
    """
    return media.browse(caller, id, query, clock.now())


@app.route(
    "/v1/social/accounts/{id}/media/imports",
    methods=["POST"],
    status=202,
    roles=(Role.ARTIST,),
    errors=(NotFound, MediaNotAllowed, SessionEnded),
)
def import_social_media(caller: Caller, id: AccountId, body: ImportMediaRequest) -> MediaImportList:
    """Import media into the portfolio, or into a consultation.

    Each is fetched and inspected like an upload, and counts against the same quota. What was
    imported before is not imported again; what failed is tried again.
    """
    return media_imports.order(caller, id, body, clock.now())


@app.route(
    "/v1/social/accounts/{id}/media/imports",
    methods=["GET"],
    roles=(Role.ARTIST,),
    errors=(NotFound,),
)
def list_social_media_imports(
    caller: Caller, id: AccountId, query: ImportsQuery
) -> MediaImportList:
    """List the imports of a social account, newest first."""
    return media_imports.list_imports(caller, id, query)


@app.route(
    "/v1/social/accounts/{id}/media/imports/{import_id}",
    methods=["GET"],
    roles=(Role.ARTIST,),
    errors=(NotFound,),
)
def get_social_media_import(
    caller: Caller, id: AccountId, import_id: KnownImportId
) -> MediaImportView:
    """Get an import, to follow how far it has come."""
    return media_imports.get(caller, id, import_id)


# ---- triggers ------------------------------------------------------------------------------------


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Handle the events of other features."""
    consumers.handle(event, clock.now())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweeper(event: CloudWatchEvent) -> None:
    """Process due records."""
    due_work.sweep(clock.now(), lambda: queues.seconds_left(event))


@app.on_sqs_message(queue=webhooks.QUEUE, batch_size=10)
def webhooks_worker(batch: SQSEvent) -> dict[str, Any]:
    """Process verified webhooks of providers."""

    def handle(webhook: Webhook) -> None:
        dispatch.process_webhook(webhook, clock.now())

    return queues.consume(batch, webhooks.QUEUE, Webhook, handle, WEBHOOK_RETRY_BASE_SECONDS)


@app.on_sqs_message(queue=work.QUEUE, batch_size=1)
def worker(batch: SQSEvent) -> dict[str, Any]:
    """Do what waits for a provider."""

    def handle(message: Work) -> None:
        dispatch.do_work(message, clock.now())

    return queues.consume(batch, work.QUEUE, Work, handle, work.RETRY_BASE_SECONDS)
