"""Routes, one worker per channel, event handlers and the sweeper."""

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from chalice.app import CloudWatchEvent, Rate, Request, SQSEvent

from domain.errors import Blocked, Forbidden, InvalidFields, NotFound, SessionEnded
from notifications import consumers, store
from notifications.callbacks.twilio import PostedForm
from notifications.channels import Provider, RetrySettings
from notifications.models import Channel
from notifications.rules.errors import (
    AlreadySent,
    ChannelNotConfigured,
    SmsCapReached,
    TemplateChanged,
    TooManyTemplates,
    Unreachable,
)
from notifications.schemas import (
    AcceptedNotification,
    AppointmentConfirmationRequest,
    BirthdayDetails,
    BirthdayRequest,
    BrandDetails,
    BrandRequest,
    ContactDetails,
    DeliveryId,
    DeliveryOrder,
    EmailCodeRequest,
    EmailRequest,
    InboxEntryId,
    InboxList,
    InboxQuery,
    InboxUnreadCount,
    KillSwitches,
    KillSwitchRequest,
    LiftedSuppression,
    LiftSuppressionRequest,
    MarkInboxReadRequest,
    NotificationDetails,
    NotificationId,
    NotificationRequest,
    NotificationSettings,
    NotificationSettingsRequest,
    NotificationTemplate,
    NotificationTemplateRequest,
    PhoneCodeRequest,
    PhoneVerificationRequest,
    PreferencesDetails,
    PreferencesRequest,
    PushRequest,
    PushSubscriptionDetails,
    PushSubscriptionRequest,
    SmsRequest,
    SnoozeInboxEntryRequest,
    TemplateId,
    TemplateList,
    TemplateListQuery,
    TemplatePreview,
    TemplatePreviewRequest,
    TemplateTestRequest,
    TemplateVersionsQuery,
    UnsubscribeRequest,
    UnsubscribeToken,
    VapidPublicKey,
)
from notifications.templates import unsubscribe_page
from notifications.use_cases import (
    birthdays,
    brands,
    callbacks,
    cancellation,
    channel_states,
    contacts,
    delivery,
    delivery_status,
    digests,
    dispatch,
    due_deliveries,
    due_reminders,
    erasure,
    imports,
    inbox,
    kill_switches,
    notification_requests,
    person_copies,
    preferences,
    settings,
    subscriptions,
    suppressions,
    template_previews,
    templates,
    unsubscribing,
)
from shared.data import imported_rows
from shared.data.imported_rows import ImportedRows, ImportRowsRequest
from shared.data.mongodb_indexes import EnsuredIndexes, EnsureIndexesRequest
from shared.data.person_copies import CopiesPageQuery, PersonCopies
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.http.operations import RawResponse, TypedResponse
from shared.http.request import raw_body
from shared.platform import clock
from shared.platform.config import from_environment

app = FeatureApp(
    "notifications",
    ready={"mongo": store.ping, "sqs": dispatch.ping},
    states=channel_states.STATES,
    services=("ssm", "sqs"),
    worker_services=("ssm",),
)
app.health_route()
app.polls(callbacks.MAIL_FEEDBACK_QUEUE)

WRITERS = (Role.ARTIST, Role.ADMIN)  # of templates
SWEEP_RESERVE_SECONDS = 30  # for a thousand deliveries, and for what follows
SENDING_ERRORS = (
    Forbidden,
    Blocked,
    SessionEnded,
    Unreachable,
    ChannelNotConfigured,
    SmsCapReached,
)


# ---- sending -----------------------------------------------------------------------------------


@app.route(
    "/v1/notifications/email",
    methods=["POST"],
    status=202,
    errors=SENDING_ERRORS,
    response_headers=("Location",),
)
def send_email(caller: Caller, body: EmailRequest) -> TypedResponse[AcceptedNotification]:
    """Send a mail.

    Its recipient is the caller, unless `userId` or `to` names another: artists may name the clients
    they work with in `userId`, and admins anybody in both. Send either `text` with its `subject`,
    or a template with its `variables`.
    """
    return _accepted(notification_requests.send_email(caller, body, clock.now()))


@app.route(
    "/v1/notifications/sms",
    methods=["POST"],
    status=202,
    errors=SENDING_ERRORS,
    response_headers=("Location",),
)
def send_sms(caller: Caller, body: SmsRequest) -> TypedResponse[AcceptedNotification]:
    """Send an SMS to a verified phone number.

    Its recipient is the caller, unless `userId` or `to` names another: artists may name the clients
    they work with in `userId`, and admins anybody in both.
    """
    return _accepted(notification_requests.send_sms(caller, body, clock.now()))


@app.route(
    "/v1/notifications/push",
    methods=["POST"],
    status=202,
    errors=SENDING_ERRORS,
    response_headers=("Location",),
)
def send_push_message(caller: Caller, body: PushRequest) -> TypedResponse[AcceptedNotification]:
    """Send a push message to all subscribed browsers of the caller, or of `userId`."""
    return _accepted(notification_requests.send_push(caller, body, clock.now()))


@app.route(
    "/v1/notifications/appointment-confirmation",
    methods=["POST"],
    status=202,
    errors=SENDING_ERRORS,
    response_headers=("Location",),
)
def send_appointment_confirmation(
    caller: Caller, body: AppointmentConfirmationRequest
) -> TypedResponse[AcceptedNotification]:
    """Send the confirmation of an appointment.

    It goes through every channel that leads to the caller, or to `userId`.
    """
    return _accepted(notification_requests.send_appointment_confirmation(caller, body, clock.now()))


@app.route(
    "/v1/notifications/send",
    methods=["POST"],
    status=202,
    errors=SENDING_ERRORS,
    response_headers=("Location",),
)
def send_notification(
    caller: Caller, body: NotificationRequest
) -> TypedResponse[AcceptedNotification]:
    """Send a text or a template through all channels.

    It goes through every channel that leads to the caller, or to `userId`; `channels` selects some
    of them.
    """
    return _accepted(notification_requests.send(caller, body, clock.now()))


@app.route("/v1/notifications/{id}", methods=["GET"], errors=(NotFound,))
def get_notification(caller: Caller, id: NotificationId) -> NotificationDetails:
    """Get a notification with the status of each of its messages.

    Its requester, its recipient and admins may see it.
    """
    return delivery_status.get_notification(caller, id)


@app.route("/v1/notifications/{id}", methods=["DELETE"], errors=(NotFound, Forbidden, AlreadySent))
def cancel_notification(caller: Caller, id: NotificationId) -> NotificationDetails:
    """Cancel what is not sent yet of a notification, such as one with `sendAt`.

    Whoever requested it can do so, and admins. A message is either cancelled, and never sent, or it
    was sent already. The response shows which of its messages were cancelled.
    """
    return cancellation.cancel(caller, id, clock.now())


# ---- inbox -------------------------------------------------------------------------------------


@app.route("/v1/notifications/inbox", methods=["GET"])
def list_inbox_entries(caller: Caller, query: InboxQuery) -> InboxList:
    """List the caller's notifications of the last 90 days, newest first.

    A conversation is one entry, with the `count` of its unread messages.
    """
    return inbox.list_entries(caller, query, clock.now())


@app.route("/v1/notifications/inbox/unread", methods=["GET"])
def count_unread_inbox_entries(caller: Caller) -> InboxUnreadCount:
    """Count the unread entries of the inbox, up to 100."""
    return inbox.count_unread(caller, clock.now())


@app.route("/v1/notifications/inbox/read", methods=["PUT"], status=204)
def mark_inbox_read(caller: Caller, body: MarkInboxReadRequest) -> None:
    """Mark all entries of the inbox up to an instant read."""
    inbox.mark_all_read(caller, body.until, clock.now())


@app.route("/v1/notifications/inbox/{id}/read", methods=["PUT"], status=204, errors=(NotFound,))
def mark_inbox_entry_read(caller: Caller, id: InboxEntryId) -> None:
    """Mark an entry of the inbox read."""
    inbox.mark_read(caller, id, clock.now())


@app.route("/v1/notifications/inbox/{id}/snooze", methods=["PUT"], status=204, errors=(NotFound,))
def snooze_inbox_entry(caller: Caller, id: InboxEntryId, body: SnoozeInboxEntryRequest) -> None:
    """Hide an entry of the inbox until an instant, at which it is unread.

    A new message of its conversation brings it back earlier.
    """
    inbox.snooze(caller, id, body.until, clock.now())


@app.route("/v1/notifications/inbox/{id}", methods=["DELETE"], status=204, errors=(NotFound,))
def archive_inbox_entry(caller: Caller, id: InboxEntryId) -> None:
    """Remove an entry from the inbox.

    A later message of its conversation brings it back.
    """
    inbox.archive(caller, id, clock.now())


# ---- templates ---------------------------------------------------------------------------------


@app.route("/v1/notifications/templates", methods=["GET"])
def list_notification_templates(caller: Caller, query: TemplateListQuery) -> TemplateList:
    """List the caller's own templates and the system's, the newest version of each."""
    return templates.list_templates(caller, query)


@app.route(
    "/v1/notifications/templates",
    methods=["POST"],
    status=201,
    roles=(Role.ARTIST, Role.ADMIN),
    errors=(TemplateChanged, TooManyTemplates),
)
def create_notification_template(
    caller: Caller, body: NotificationTemplateRequest
) -> NotificationTemplate:
    """Create a template, or its next version.

    The bodies are written in Liquid. The same name and locale again make the next version. An
    artist's own template comes before the system's of the same name; an admin writes the system's.
    """
    return templates.save(caller, body, clock.now())


# ---- preferences -------------------------------------------------------------------------------


@app.route("/v1/notifications/preferences", methods=["GET"], errors=(SessionEnded,))
def get_notification_preferences(caller: Caller) -> PreferencesDetails:
    """Get the caller's preferences: which messages they want, through which channels and when."""
    return preferences.get(caller, clock.now())


@app.route("/v1/notifications/preferences", methods=["PUT"], errors=(SessionEnded,))
def replace_notification_preferences(
    caller: Caller, body: PreferencesRequest
) -> PreferencesDetails:
    """Replace the caller's preferences.

    Codes, warnings and what the caller asked for are always sent. An artist's `studioDefaults`
    apply to what their studio sends to people who chose nothing else.
    """
    return preferences.replace(caller, body, clock.now())


# ---- settings of artists -----------------------------------------------------------------------


@app.route("/v1/notifications/settings", methods=["GET"], roles=(Role.ARTIST,))
def get_notification_settings(caller: Caller) -> NotificationSettings:
    """Get what the artist's clients are sent on time: reminders, aftercare and the like."""
    return settings.get(caller)


@app.route(
    "/v1/notifications/settings", methods=["PUT"], roles=(Role.ARTIST,), errors=(SessionEnded,)
)
def replace_notification_settings(
    caller: Caller, body: NotificationSettingsRequest
) -> NotificationSettings:
    """Replace what the artist's clients are sent on time.

    It applies to appointments that are booked already, too. What was sent is not sent again.
    """
    return settings.replace(caller, body, clock.now())


@app.route(
    "/v1/notifications/templates/preview", methods=["POST"], roles=WRITERS, errors=(NotFound,)
)
def preview_notification_template(caller: Caller, body: TemplatePreviewRequest) -> TemplatePreview:
    """Preview what a template makes, saved or not.

    It is rendered with the examples of its variables, or with `values`. A mail without `text` gets
    the text of its HTML, and the SMS comes with the number of its segments.
    """
    return template_previews.preview(caller, body)


@app.route("/v1/notifications/templates/{id}", methods=["GET"], errors=(NotFound,))
def get_notification_template(caller: Caller, id: TemplateId) -> NotificationTemplate:
    """Get one version of a template of the caller's or the system's."""
    return templates.get(caller, id)


@app.route("/v1/notifications/templates/{id}/versions", methods=["GET"], errors=(NotFound,))
def list_notification_template_versions(
    caller: Caller, id: TemplateId, query: TemplateVersionsQuery
) -> TemplateList:
    """List the versions of the template that this is one of, newest first."""
    return templates.list_versions(caller, id, query)


@app.route(
    "/v1/notifications/templates/{id}/publish",
    methods=["POST"],
    roles=WRITERS,
    errors=(NotFound, TemplateChanged),
)
def publish_notification_template(caller: Caller, id: TemplateId) -> NotificationTemplate:
    """Publish a version of a template: a draft, or an older version again.

    Messages are made of it from now on. Publishing the published version changes nothing.
    """
    return templates.publish(caller, id)


@app.route(
    "/v1/notifications/templates/{id}/rollback",
    methods=["POST"],
    roles=WRITERS,
    errors=(NotFound, TemplateChanged),
)
def roll_back_notification_template(caller: Caller, id: TemplateId) -> NotificationTemplate:
    """Roll back the published version of a template.

    It becomes a draft, and the version that was published before it is used again; where there is
    none, the system's template is.
    """
    return templates.roll_back(caller, id)


@app.route(
    "/v1/notifications/templates/{id}/test",
    methods=["POST"],
    status=202,
    roles=WRITERS,
    errors=(NotFound, SessionEnded, Unreachable, ChannelNotConfigured),
    response_headers=("Location",),
)
def test_notification_template(
    caller: Caller, id: TemplateId, body: TemplateTestRequest
) -> TypedResponse[AcceptedNotification]:
    """Send what a template makes to the caller's own addresses.

    It is rendered with the examples of its variables, or with `values`. Drafts can be tried too.
    """
    accepted = template_previews.send_test(caller, id, body, clock.now())
    return TypedResponse(accepted, {"location": accepted.status_url})


@app.route("/v1/notifications/brand", methods=["GET"], roles=(Role.ARTIST,))
def get_brand(caller: Caller) -> BrandDetails:
    """Get the brand of the artist's mails."""
    return brands.get(caller)


@app.route("/v1/notifications/brand", methods=["PUT"], roles=(Role.ARTIST,), errors=(SessionEnded,))
def save_brand(caller: Caller, body: BrandRequest) -> BrandDetails:
    """Save the brand of the artist's mails: the name above them, its colour, and lines below.

    It is in the frame of the mails to clients about bookings with the artist, and of those that the
    artist sends.
    """
    return brands.save(caller, body)


@app.route(
    "/v1/notifications/unsubscribe/{token}",
    methods=["GET"],
    public=True,
    keyless=True,
    errors=(NotFound,),
    media_types=("text/html",),
)
def get_unsubscribe_page(token: UnsubscribeToken) -> RawResponse:
    """Get the page of an unsubscribe link.

    It shows which mails the recipient gets, with a button for each category. It changes nothing.
    """
    return _page(unsubscribing.show(token))


@app.route(
    "/v1/notifications/unsubscribe/{token}",
    methods=["POST"],
    public=True,
    keyless=True,
    limit="public-read",
    errors=(NotFound, InvalidFields),
    media_types=("text/html",),
)
def unsubscribe_from_mails(token: UnsubscribeToken, request: Request) -> RawResponse:
    """Unsubscribe from the mails of a category.

    Takes a form: `List-Unsubscribe=One-Click` (RFC 8058), or one of the page, with a `category` and
    a `choice`: `off` or `on`. It is effective before the next mail is sent.
    """
    content_type = request.headers.get("content-type", "")
    return _page(unsubscribing.submit(token, content_type, raw_body(request), clock.now()))


# ---- contacts and push subscriptions -----------------------------------------------------------


@app.route("/v1/notifications/contact", methods=["GET"], errors=(SessionEnded,))
def get_contact_details(caller: Caller) -> ContactDetails:
    """Get the addresses of the caller, and which of them do not work."""
    return contacts.get_details(caller)


@app.route("/v1/notifications/contact/email", methods=["POST"], status=202, errors=(SessionEnded,))
def request_contact_email_code(caller: Caller) -> AcceptedNotification:
    """Send a code to the caller's own mail address, even if mails to it came back.

    Entered at `contact/email/verify`, the code proves that the address works again.
    """
    return contacts.request_email_code(caller, clock.now())


@app.route(
    "/v1/notifications/contact/email/verify", methods=["POST"], status=204, errors=(SessionEnded,)
)
def verify_contact_email(caller: Caller, body: EmailCodeRequest) -> None:
    """Prove with the code from the mail that the caller's address works, and get mails again."""
    contacts.verify_email(caller, body.code, clock.now())


@app.route(
    "/v1/notifications/contact/phone",
    methods=["POST"],
    status=202,
    errors=(SessionEnded, SmsCapReached),
)
def request_phone_code(caller: Caller, body: PhoneVerificationRequest) -> AcceptedNotification:
    """Send a code to a phone number.

    Entered at `contact/phone/verify`, the code makes the number the caller's.
    """
    return contacts.request_phone_code(caller, body.phone, clock.now())


@app.route(
    "/v1/notifications/contact/phone/verify", methods=["POST"], status=204, errors=(SessionEnded,)
)
def verify_phone(caller: Caller, body: PhoneCodeRequest) -> None:
    """Verify a phone number with the code from the SMS."""
    contacts.verify_phone(caller, body.code, clock.now())


@app.route("/v1/notifications/contact/phone", methods=["DELETE"], status=204)
def delete_phone(caller: Caller) -> None:
    """Delete the phone number of the caller."""
    contacts.delete_phone(caller)


@app.route("/v1/notifications/contact/birthday", methods=["PUT"], errors=(SessionEnded,))
def replace_birthday(caller: Caller, body: BirthdayRequest) -> BirthdayDetails:
    """Set the caller's birthday, on which their artists may greet them."""
    return birthdays.save(caller, body, clock.now())


@app.route("/v1/notifications/contact/birthday", methods=["DELETE"], status=204)
def delete_birthday(caller: Caller) -> None:
    """Delete the caller's birthday."""
    birthdays.delete(caller)


@app.route("/v1/notifications/subscriptions", methods=["POST"], status=201, errors=(SessionEnded,))
def create_push_subscription(
    caller: Caller, body: PushSubscriptionRequest
) -> PushSubscriptionDetails:
    """Subscribe this browser to the caller's push messages."""
    return subscriptions.subscribe(caller, body, clock.now())


@app.route("/v1/notifications/subscriptions", methods=["DELETE"], status=204, errors=(NotFound,))
def delete_push_subscription(caller: Caller, body: UnsubscribeRequest) -> None:
    """Unsubscribe a browser from the caller's push messages."""
    subscriptions.unsubscribe(caller, body.endpoint)


@app.route("/v1/notifications/vapid-public-key", methods=["GET"], public=True, errors=(NotFound,))
def get_vapid_public_key() -> VapidPublicKey:
    """Get the key that a browser needs to subscribe."""
    return subscriptions.get_vapid_public_key()


@app.route(
    "/v1/notifications/suppressions/lift",
    methods=["POST"],
    roles=(Role.ADMIN,),
    errors=(NotFound,),
)
def lift_suppression(caller: Caller, body: LiftSuppressionRequest) -> LiftedSuppression:
    """Let an address get messages again, for which every reason not to send to it ends.

    The admin's own reason is kept. A STOP that Twilio knows of holds there until START is sent.
    """
    return suppressions.lift(caller, body, clock.now())


# ---- callbacks of providers --------------------------------------------------------------------


@app.route(
    "/v1/notifications/callbacks/twilio/status/{id}",
    methods=["POST"],
    public=True,
    keyless=True,
    limit="callbacks",
    errors=(Forbidden,),
)
def receive_sms_status(id: DeliveryId, request: Request) -> None:
    """Take Twilio's report of an SMS: a form with its signature."""
    callbacks.receive_sms_status(id, _read_form(request), clock.now())


@app.route(
    "/v1/notifications/callbacks/twilio/inbound",
    methods=["POST"],
    public=True,
    keyless=True,
    limit="callbacks",
    errors=(Forbidden,),
    media_types=("text/xml",),
)
def receive_sms(request: Request) -> RawResponse:
    """Take a reply to an SMS from Twilio: STOP, START or HELP, or another text, which is ignored.

    The response is TwiML, with the answer to the keyword.
    """
    answer = callbacks.receive_sms(_read_form(request), clock.now())
    return RawResponse(answer, "text/xml; charset=utf-8")


# ---- triggers ----------------------------------------------------------------------------------
# The libraries of the providers are heavy, so each worker imports its own and no other function
# imports any.


@app.on_sqs_message(queue="notifications-email", batch_size=10)
def email_worker(batch: SQSEvent) -> dict[str, Any]:
    """Send the mails of a batch through one connection."""
    from notifications.channels import mail_chain  # noqa: PLC0415

    with closing(mail_chain.create()) as provider:
        return _deliver(batch, Channel.EMAIL, provider)


@app.on_sqs_message(queue="notifications-sms", batch_size=10)
def sms_worker(batch: SQSEvent) -> dict[str, Any]:
    """Send the SMS of a batch."""
    from notifications.channels import sms_chain  # noqa: PLC0415

    with closing(sms_chain.create()) as provider:
        return _deliver(batch, Channel.SMS, provider)


@app.on_sqs_message(queue="notifications-push", batch_size=10)
def push_worker(batch: SQSEvent) -> dict[str, Any]:
    """Send the push messages of a batch."""
    from notifications.channels.push import WebPushProvider  # noqa: PLC0415

    with closing(WebPushProvider()) as provider:
        return _deliver(batch, Channel.PUSH, provider)


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Handle the events of the other features."""
    consumers.handle(event, clock.now())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweeper(event: CloudWatchEvent) -> None:
    """Release what was stopped, send what is due, erase, and read what SES reports."""

    def has_time() -> bool:
        return queues.seconds_left(event) > SWEEP_RESERVE_SECONDS

    kill_switches.release(clock.now())
    due_deliveries.enqueue(clock.now(), has_time)  # codes are among them
    digests.send_due(clock.now(), has_time)
    due_reminders.run(clock.now, lambda: queues.seconds_left(event))
    erasure.run_due(clock.now())
    callbacks.drain_mail_feedback(clock.now())


@app.operator_function()
def ensure_indexes(request: EnsureIndexesRequest) -> EnsuredIndexes:  # noqa: ARG001
    """Create the indexes of the database that are missing. Every deployment ends with it."""
    return store.ensure_indexes()


@app.operator_function()
def copies(request: CopiesPageQuery) -> PersonCopies:
    """List the copies of users' names, to be compared with their profiles."""
    return person_copies.list_copies(request)


@app.operator_function(name="kill-switches")
def change_kill_switches(request: KillSwitchRequest) -> KillSwitches:
    """Stop a template, a channel or a provider, or release it; list what is stopped."""
    return kill_switches.change(request, clock.now())


def _deliver(batch: SQSEvent, channel: Channel, provider: Provider) -> dict[str, Any]:
    base_seconds = from_environment(RetrySettings).retry_base_seconds

    def has_time() -> bool:
        return queues.seconds_left(batch) >= provider.needed_seconds

    def handle(orders: list[DeliveryOrder]) -> Mapping[str, Any]:
        ids = [order.delivery_id for order in orders]
        given = delivery.Means(has_time, base_seconds)
        return delivery.deliver_batch(ids, channel, provider, clock.now, given)

    return queues.consume_together(
        batch, dispatch.get_queue(channel), DeliveryOrder, handle, base_seconds
    )


def _read_form(request: Request) -> PostedForm:
    domain = request.context.get("domainName")
    return PostedForm(
        body=raw_body(request),
        content_type=request.headers.get("content-type", ""),
        signature=request.headers.get("x-twilio-signature", ""),
        url=f"https://{domain}{request.context['path']}" if domain else "",
    )


def _page(html: str) -> RawResponse:
    policy = {"content-security-policy": unsubscribe_page.POLICY}
    return RawResponse(html, "text/html; charset=utf-8", policy)


def _accepted(notification: AcceptedNotification) -> TypedResponse[AcceptedNotification]:
    # Relative to the route that was called, so that it fits below any stage or domain.
    return TypedResponse(notification, {"location": notification.id})


@app.operator_function()
def import_rows(request: ImportRowsRequest) -> ImportedRows:
    """Import templates and push subscriptions from an earlier system."""
    return imported_rows.import_rows(request, imports.KINDS, clock.now())
