"""Routes and triggers of social."""

from typing import Any

from chalice.app import CloudWatchEvent, Rate, Request, SQSEvent

from domain.devices import Device
from domain.errors import Forbidden, NotFound, SessionEnded
from shared.data.person_copies import CopiesByUserQuery, PersonCopies
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.http.operations import RawResponse
from shared.http.request import raw_body
from shared.platform import clock
from social import consumers, store
from social.events import PUBLISHED
from social.models import AccountId
from social.models.bookings import AppointmentId
from social.providers.meta_webhooks import SIGNATURE_HEADER
from social.rules.errors import (
    AccountTaken,
    MediaNotAllowed,
    NeedsReconnect,
    ProviderLimited,
    ProviderNotConfigured,
    ProviderUnavailable,
    TooManyAccounts,
)
from social.schemas import (
    AuthorizeUrl,
    CallbackQuery,
    DeletionCode,
    MetaProvider,
    ProviderName,
    SocialAccountList,
    SocialAccountView,
    StatusAnswer,
)
from social.schemas.bookings import CalendarChangeList, WritingRequest, WritingView
from social.schemas.caldav import CalDavConnectRequest
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
from social.schemas.webhooks import SubscriptionQuery
from social.use_cases import (
    accounts,
    caldav_connecting,
    calendar_changes,
    calendar_notifications,
    calendars,
    connecting,
    disconnecting,
    dispatch,
    due_work,
    key_rotation,
    media,
    media_imports,
    meta_callbacks,
    meta_webhooks,
    person_copies,
    replies,
    republication,
    sending,
    webhooks,
    work,
)
from social.use_cases.key_rotation import RotateDataKeysRequest, RotatedDataKeys
from social.use_cases.pages import POLICY, Page, render
from social.use_cases.replies import SendingOrder
from social.use_cases.republication import RepublishAccountsRequest, RepublishedAccounts
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
WEBHOOK_BYTES = 1024 * 1024  # a notification has up to a thousand events

# ---- accounts ------------------------------------------------------------------------------------


@app.route("/v1/social/accounts", methods=["GET"], roles=(Role.ARTIST,))
def list_social_accounts(caller: Caller) -> SocialAccountList:
    """List the caller's social accounts with their health, and the providers."""
    return accounts.list_own(caller, clock.now())


@app.route(
    "/v1/social/accounts/{id}/connect",
    methods=["POST"],
    roles=(Role.ARTIST,),
    errors=(NotFound, ProviderNotConfigured),
    idempotent=False,
)
def connect_social_account(caller: Caller, id: ProviderName, request: Request) -> AuthorizeUrl:
    """Begin to connect an account of a provider.

    Open the address in the same browser. The provider asks for consent and returns to the API,
    which connects the account and leads to the page `/account/social` of the web app. An account
    that is connected already is connected again, with what the artist allows now.
    """
    return connecting.begin(caller, id, _device(request), clock.now())


@app.route(
    "/v1/social/accounts/caldav/connect",
    methods=["POST"],
    status=201,
    roles=(Role.ARTIST,),
    errors=(AccountTaken, NotFound, ProviderUnavailable, TooManyAccounts),
    idempotent=False,
)
def connect_caldav_account(caller: Caller, body: CalDavConnectRequest) -> SocialAccountView:
    """Connect the calendars of a user on a CalDAV server, by an app password.

    The same user on the same server is connected again, with the new password.
    """
    return caldav_connecting.connect(caller, body, clock.now())


@app.route(
    "/v1/social/accounts/{id}/callback",
    methods=["GET"],
    public=True,
    keyless=True,
    limit="sign-in",
    errors=(NotFound,),
    media_types=("text/html",),
    raw_statuses=(404, 422, 503),
)
def finish_connecting(id: ProviderName, query: CallbackQuery, request: Request) -> RawResponse:
    """Connect the account that a browser returns from.

    A state is valid for ten minutes, once, on the device and in the session that began.
    """
    page, result = connecting.finish(id, query, _device(request), clock.now())
    return _page(page, result)


@app.route(
    "/v1/social/accounts/{id}",
    methods=["DELETE"],
    status=204,
    roles=(Role.ARTIST,),
    errors=(NotFound,),
)
def disconnect_social_account(caller: Caller, id: AccountId) -> None:
    """Disconnect a social account.

    Its access is given back to the provider and its tokens are deleted. Conversations and imported
    pictures stay.
    """
    disconnecting.disconnect(caller, id, clock.now())


# ---- what Meta calls -----------------------------------------------------------------------------


@app.route(
    "/v1/social/callbacks/{provider}/deauthorize",
    methods=["POST"],
    public=True,
    keyless=True,
    limit="callbacks",
    errors=(NotFound, Forbidden),
)
def deauthorize_social_account(provider: MetaProvider, request: Request) -> StatusAnswer:
    """Disconnect the accounts of a person who removed our app at Meta.

    Takes a form with a `signed_request`. The response names a page with the status, and its code.
    """
    return meta_callbacks.deauthorize(provider, raw_body(request), clock.now())


@app.route(
    "/v1/social/callbacks/{provider}/data-deletion",
    methods=["POST"],
    public=True,
    keyless=True,
    limit="callbacks",
    errors=(NotFound, Forbidden),
)
def delete_social_data(provider: MetaProvider, request: Request) -> StatusAnswer:
    """Delete what we have of a person at Meta who asked for it.

    Takes a form with a `signed_request`. The response names a page with the status, and its code.
    """
    return meta_callbacks.delete_data(provider, raw_body(request), clock.now())


@app.route(
    "/v1/social/deletions/{code}",
    methods=["GET"],
    public=True,
    keyless=True,
    errors=(NotFound,),
    media_types=("text/html",),
)
def get_social_deletion(code: DeletionCode) -> RawResponse:
    """Get the page that says what came of a request to delete data."""
    return _page(meta_callbacks.show_deletion(code))


def _device(request: Request) -> Device:
    """Return the device that a request came from: the address is the one API Gateway saw."""
    return Device(
        request.context["identity"]["sourceIp"], str(request.headers.get("user-agent", ""))
    )


def _page(page: Page, result: str = "") -> RawResponse:
    headers = {"content-security-policy": POLICY, "cache-control": "no-store"}
    return RawResponse(render(page, result), "text/html; charset=utf-8", headers, page.status)


# ---- webhooks of Meta ----------------------------------------------------------------------------


@app.route(
    "/v1/social/webhooks/{provider}",
    methods=["GET"],
    public=True,
    keyless=True,
    limit="callbacks",
    errors=(NotFound, Forbidden),
    media_types=("text/plain",),
)
def confirm_webhook(provider: MetaProvider, query: SubscriptionQuery) -> RawResponse:
    """Confirm to Meta that this is the address of our webhook.

    The response is the challenge, if the verify token is ours.
    """
    challenge = meta_webhooks.confirm_subscription(provider, query)
    return RawResponse(challenge, "text/plain; charset=utf-8")


@app.route(
    "/v1/social/webhooks/{provider}",
    methods=["POST"],
    status=200,
    public=True,
    keyless=True,
    limit="callbacks",
    errors=(NotFound, Forbidden),
    max_body_bytes=WEBHOOK_BYTES,
    media_types=("text/plain",),
)
def receive_webhook(provider: MetaProvider, request: Request) -> RawResponse:
    """Take what Instagram and Facebook notify of: messages, deliveries and reads.

    The body must have the signature `X-Hub-Signature-256` of our app. A notification that was
    received before changes nothing.
    """
    signature = request.headers.get(SIGNATURE_HEADER, "")
    meta_webhooks.receive(provider, raw_body(request), signature, clock.now())
    return RawResponse("EVENT_RECEIVED", "text/plain; charset=utf-8")


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


@app.route("/v1/social/calendar-writing", methods=["GET"], roles=(Role.ARTIST,))
def get_calendar_writing(caller: Caller) -> WritingView:
    """Get how the caller's appointments are written to calendars."""
    return calendar_changes.get_writing(caller)


@app.route("/v1/social/calendar-writing", methods=["PUT"], roles=(Role.ARTIST,))
def change_calendar_writing(caller: Caller, body: WritingRequest) -> WritingView:
    """Change how the caller's appointments are written to calendars.

    Those ahead are written again.
    """
    return calendar_changes.change_writing(caller, body, clock.now())


@app.route("/v1/social/calendar-changes", methods=["GET"], roles=(Role.ARTIST,))
def list_calendar_changes(caller: Caller) -> CalendarChangeList:
    """List the appointments that were moved or deleted in a calendar, about which to decide.

    The appointments are as they were: moving or deleting their event changes nothing else.
    """
    return calendar_changes.list_own(caller, clock.now())


@app.route(
    "/v1/social/calendar-changes/{id}/keep",
    methods=["POST"],
    status=204,
    roles=(Role.ARTIST,),
    errors=(NotFound,),
)
def keep_appointment_in_calendar(caller: Caller, id: AppointmentId) -> None:
    """Have the event of an appointment written again, as the appointment is."""
    calendar_changes.keep_ours(caller, id, clock.now())


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


@app.on_sqs_message(queue=replies.QUEUE, batch_size=1)
def messages_worker(batch: SQSEvent) -> dict[str, Any]:
    """Send messages to guests."""

    def has_time() -> bool:
        return queues.seconds_left(batch) >= sending.NEEDED_SECONDS

    def handle(order: SendingOrder) -> None:
        sending.handle(order, clock.now, has_time)

    return queues.consume(batch, replies.QUEUE, SendingOrder, handle, sending.RETRY_BASE_SECONDS)


# ---- for operators -------------------------------------------------------------------------------


@app.operator_function()
def copies(request: CopiesByUserQuery) -> PersonCopies:
    """Return the stored copies of these users, to be compared with profiles."""
    return person_copies.list_copies(request)


@app.operator_function(name="rotate-keys")
def rotate_keys(request: RotateDataKeysRequest) -> RotatedDataKeys:
    """Seal a page of tokens under new data keys."""
    return key_rotation.rotate(request)


@app.operator_function(name="republish")
def republish_accounts(request: RepublishAccountsRequest) -> RepublishedAccounts:
    """Publish the social accounts of these artists again."""
    return republication.republish(request, clock.now())
