"""The door of notifications: routes, one worker per channel, events and the sweeper."""

from contextlib import closing
from typing import Any

from chalice.app import CloudWatchEvent, Rate, SQSEvent

from notifications import consumers, store
from notifications.channels import SEND_SECONDS, Provider, RetrySettings
from notifications.inbox.schemas import InboxPage, InboxQuery, ReadAllRequest, UnreadTotal
from notifications.models import Channel
from notifications.schemas import (
    Accepted,
    AppointmentConfirmationRequest,
    ContactView,
    DeliveryOrder,
    EmailRequest,
    NotificationStatus,
    PhoneCodeRequest,
    PhoneRequest,
    PushRequest,
    SendRequest,
    SmsRequest,
    Subscribed,
    SubscriptionRequest,
    TemplateRequest,
    Templates,
    TemplatesQuery,
    TemplateView,
    UnsubscribeRequest,
    VapidPublicKey,
)
from notifications.use_cases import (
    contacts,
    delivery,
    delivery_status,
    dispatch,
    due_work,
    inbox,
    person_copies,
    send_requests,
    subscriptions,
    templates,
)
from shared.data.person_copies import CopiesPageQuery, PersonCopies
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.http.operations import TypedResponse
from shared.platform import clock
from shared.platform.config import from_environment

app = FeatureApp("notifications", ready={"mongo": store.ping, "sqs": dispatch.ping})
app.health_route()


# ---- sending -----------------------------------------------------------------------------------


@app.route("/v1/notifications/email", methods=["POST"], status=202)
def send_email(caller: Caller, body: EmailRequest) -> TypedResponse[Accepted]:
    """Send a mail.

    To the caller unless `userId` or `to` says otherwise: artists may name the clients they work
    with in `userId`, admins anybody in both. Either `text` with its `subject`, or a template with
    its `variables`.
    """
    return _accepted(send_requests.email(caller, body, clock.now()))


@app.route("/v1/notifications/sms", methods=["POST"], status=202)
def send_sms(caller: Caller, body: SmsRequest) -> TypedResponse[Accepted]:
    """Send an SMS to a proven phone number.

    To the caller unless `userId` or `to` says otherwise: artists may name the clients they work
    with in `userId`, admins anybody in both.
    """
    return _accepted(send_requests.sms(caller, body, clock.now()))


@app.route("/v1/notifications/push", methods=["POST"], status=202)
def send_push(caller: Caller, body: PushRequest) -> TypedResponse[Accepted]:
    """Send a push message to all subscribed browsers of the caller, or of `userId`."""
    return _accepted(send_requests.push(caller, body, clock.now()))


@app.route("/v1/notifications/appointment-confirmation", methods=["POST"], status=202)
def send_appointment_confirmation(
    caller: Caller, body: AppointmentConfirmationRequest
) -> TypedResponse[Accepted]:
    """Confirm an appointment through every channel that leads to the caller, or to `userId`."""
    return _accepted(send_requests.appointment_confirmation(caller, body, clock.now()))


@app.route("/v1/notifications/send", methods=["POST"], status=202)
def send(caller: Caller, body: SendRequest) -> TypedResponse[Accepted]:
    """Send a text or a template through every channel that leads to the caller, or to `userId`.

    `channels` narrows them down.
    """
    return _accepted(send_requests.to_user(caller, body, clock.now()))


@app.route("/v1/notifications/{id}", methods=["GET"])
def get_notification(caller: Caller, id: str) -> NotificationStatus:
    """What became of a notification, message by message."""
    return delivery_status.of_notification(caller, id)


# ---- the inbox ---------------------------------------------------------------------------------


@app.route("/v1/notifications/inbox", methods=["GET"])
def list_inbox(caller: Caller, query: InboxQuery) -> InboxPage:
    """What the caller was told in the last 90 days, newest first.

    A conversation is one entry, with the `count` of its unread messages.
    """
    return inbox.page(caller, query, clock.now())


@app.route("/v1/notifications/inbox/unread", methods=["GET"])
def count_unread(caller: Caller) -> UnreadTotal:
    """How many entries of the inbox are unread, counted to 100."""
    return inbox.unread(caller, clock.now())


@app.route("/v1/notifications/inbox/read", methods=["PUT"], status=204)
def mark_inbox_read(caller: Caller, body: ReadAllRequest) -> None:
    """Mark everything in the inbox read that was there at that instant."""
    inbox.mark_all_read(caller, body.until, clock.now())


@app.route("/v1/notifications/inbox/{id}/read", methods=["PUT"], status=204)
def mark_inbox_entry_read(caller: Caller, id: str) -> None:
    """Mark an entry of the inbox read."""
    inbox.mark_read(caller, id, clock.now())


@app.route("/v1/notifications/inbox/{id}", methods=["DELETE"], status=204)
def archive_inbox_entry(caller: Caller, id: str) -> None:
    """Take an entry out of the inbox; a later message of its conversation brings it back."""
    inbox.archive(caller, id, clock.now())


# ---- templates ---------------------------------------------------------------------------------


@app.route("/v1/notifications/templates", methods=["GET"])
def list_templates(caller: Caller, query: TemplatesQuery) -> Templates:
    """The caller's own templates and the system's, the newest version of each."""
    return templates.list_for(caller, query)


@app.route(
    "/v1/notifications/templates", methods=["POST"], status=201, roles=(Role.ARTIST, Role.ADMIN)
)
def save_template(caller: Caller, body: TemplateRequest) -> TemplateView:
    """Save a template in Liquid; the same name and locale again makes its next version.

    An artist's own comes before the system's of the same name; an admin writes the system's.
    """
    return templates.save(caller, body, clock.now())


# ---- contacts and subscriptions ----------------------------------------------------------------


@app.route("/v1/notifications/contact", methods=["GET"])
def get_contact(caller: Caller) -> ContactView:
    """How the caller can be reached."""
    return contacts.view(caller)


@app.route("/v1/notifications/contact/phone", methods=["POST"], status=202)
def request_phone(caller: Caller, body: PhoneRequest) -> Accepted:
    """Send a code to a phone number, to be entered at `contact/phone/verify`."""
    return contacts.request_phone(caller, body.phone, clock.now())


@app.route("/v1/notifications/contact/phone/verify", methods=["POST"], status=204)
def verify_phone(caller: Caller, body: PhoneCodeRequest) -> None:
    """Prove the phone number by the code from the SMS."""
    contacts.verify_phone(caller, body.code, clock.now())


@app.route("/v1/notifications/contact/phone", methods=["DELETE"], status=204)
def remove_phone(caller: Caller) -> None:
    """Forget the caller's phone number."""
    contacts.remove_phone(caller)


@app.route("/v1/notifications/subscriptions", methods=["POST"], status=201)
def subscribe(caller: Caller, body: SubscriptionRequest) -> Subscribed:
    """Let this browser take push messages for the caller."""
    return subscriptions.subscribe(caller, body, clock.now())


@app.route("/v1/notifications/subscriptions", methods=["DELETE"], status=204)
def unsubscribe(caller: Caller, body: UnsubscribeRequest) -> None:
    """Send no more push messages to this browser of the caller."""
    subscriptions.unsubscribe(caller, body.endpoint)


@app.route("/v1/notifications/vapid-public-key", methods=["GET"], public=True)
def get_vapid_public_key() -> VapidPublicKey:
    """The key that a browser needs to subscribe."""
    return subscriptions.vapid_public_key()


# ---- triggers ----------------------------------------------------------------------------------
# The providers' libraries are heavy, so each worker imports its own and no other function any.


@app.on_sqs_message(queue="notifications-email", batch_size=10)
def email_worker(batch: SQSEvent) -> dict[str, Any]:
    """Send the mails of a batch through one connection."""
    from notifications.channels.email import Mailer  # noqa: PLC0415

    with closing(Mailer()) as mailer:
        return _deliver(batch, Channel.EMAIL, mailer)


@app.on_sqs_message(queue="notifications-sms", batch_size=10)
def sms_worker(batch: SQSEvent) -> dict[str, Any]:
    """Send the SMS of a batch."""
    from notifications.channels.sms import Texter  # noqa: PLC0415

    return _deliver(batch, Channel.SMS, Texter())


@app.on_sqs_message(queue="notifications-push", batch_size=10)
def push_worker(batch: SQSEvent) -> dict[str, Any]:
    """Send the push messages of a batch."""
    from notifications.channels.push import Pusher  # noqa: PLC0415

    with closing(Pusher()) as pusher:
        return _deliver(batch, Channel.PUSH, pusher)


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Learn of users and what concerns them, and write to them."""
    consumers.handle(event, clock.now())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweeper(event: CloudWatchEvent) -> None:  # noqa: ARG001
    """Enqueue what is due."""
    due_work.sweep(clock.now())


@app.operator_function()
def copies(request: CopiesPageQuery) -> PersonCopies:
    """The names kept of users, to be compared with their cards."""
    return person_copies.page(request)


def _deliver(batch: SQSEvent, channel: Channel, provider: Provider) -> dict[str, Any]:
    def handle(order: DeliveryOrder) -> None:
        delivery.deliver(order.delivery_id, channel, provider, clock.now())

    def give_up(order: DeliveryOrder) -> None:
        delivery.give_up(order.delivery_id, clock.now())

    settings = from_environment(RetrySettings)
    return queues.consume(
        batch,
        dispatch.queue_of(channel),
        DeliveryOrder,
        handle,
        settings.retry_base_seconds,
        give_up=give_up,
        needed_seconds=SEND_SECONDS,
    )


def _accepted(answer: Accepted) -> TypedResponse[Accepted]:
    # Relative to the route that was called, so that it fits below any stage or domain.
    return TypedResponse(answer, {"location": answer.id})
