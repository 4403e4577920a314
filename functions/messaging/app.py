"""The door of messaging: routes, deliveries, events and the sweeper."""

from typing import Any

from chalice.app import CloudWatchEvent, Rate, Request, SQSEvent

from messaging import (
    answering,
    changing,
    consumers,
    copying,
    delivery,
    facts,
    marking,
    opening,
    paging,
    preferences,
    reporting,
    sending,
    store,
)
from messaging.live import entering, frames, tickets
from messaging.live.types import TicketView
from messaging.records import Connection
from messaging.types import (
    Conversations,
    ConversationView,
    DeliveryOrder,
    EditRequest,
    Export,
    ExportQuery,
    Found,
    ListQuery,
    MessageRequest,
    Messages,
    MessagesQuery,
    MessageView,
    MuteRequest,
    OpenRequest,
    PinRequest,
    ReadRequest,
    Reported,
    ReportRequest,
    Reports,
    ReportsQuery,
    ReportView,
    SearchQuery,
    SettingsRequest,
    SettingsView,
    Unread,
)
from shared import clock, queues
from shared.caller import Caller, Role, expiry_of
from shared.card_copies import CardCopies, CopiesPage
from shared.events import DomainEvent
from shared.feature_app import FeatureApp
from shared.operations import Reply
from shared.sockets import Handshake

app = FeatureApp("messaging", ready={"mongo": store.ping, "sqs": delivery.ping})
app.publishes(
    facts.ConversationOpened,
    facts.ConversationRead,
    facts.ConversationBlockChanged,
    facts.MessageCreated,
    facts.MessageDeleted,
    facts.QuickActionPosted,
    facts.QuickActionRefused,
)
app.health_route()

CONVERSATIONS = "/v1/messages/conversations"
CONVERSATION = f"{CONVERSATIONS}/{{id}}"
MESSAGES = f"{CONVERSATION}/messages"
MESSAGE = f"{MESSAGES}/{{message}}"


# ---- conversations -----------------------------------------------------------------------------


@app.route(CONVERSATIONS, methods=["POST"], status=201)
def open_conversation(caller: Caller, body: OpenRequest) -> Reply[ConversationView]:
    """Get or create the conversation with an artist, or as an artist with a client.

    201 where it is new, else 200.
    """
    conversation, is_new = opening.open_with(caller, body, clock.now())
    return Reply(
        conversation, {"location": f"conversations/{conversation.id}"}, 201 if is_new else 200
    )


@app.route(CONVERSATIONS, methods=["GET"])
def list_conversations(caller: Caller, query: ListQuery) -> Conversations:
    """The caller's conversations, the last active first.

    Last message and unread count are those of what was delivered. A conversation that becomes
    active while the list is read moves to its first page.
    """
    return opening.list_for(caller, query, clock.now())


@app.route(CONVERSATION, methods=["GET"])
def get_conversation(caller: Caller, id: str) -> ConversationView:
    """One conversation."""
    return opening.get(caller, id, clock.now())


@app.route("/v1/messages/unread", methods=["GET"])
def get_unread(caller: Caller) -> Unread:
    """How many messages the caller has not read, over all conversations."""
    return opening.unread(caller)


# ---- messages ----------------------------------------------------------------------------------


@app.route(MESSAGES, methods=["GET"])
def list_messages(caller: Caller, id: str, query: MessagesQuery) -> Messages:
    """Messages of a conversation: the newest, or those before, after or changed after a point.

    To catch up ask `changedAfter` the highest revision that was seen: it shows new messages as
    well as edited and deleted ones. `after` alone shows new ones only.
    """
    return paging.page(caller, id, query)


@app.route(MESSAGES, methods=["POST"], status=201)
def send_message(caller: Caller, id: str, body: MessageRequest) -> Reply[MessageView]:
    """Send a message. 201 where it is new; the same `clientMessageId` again answers 200."""
    sent = sending.send(caller, id, body, clock.now())
    location = f"messages/{sent.message.id}"
    return Reply(sent.message, {"location": location}, 201 if sent.is_new else 200)


@app.route(MESSAGE, methods=["PATCH"])
def edit_message(caller: Caller, id: str, message: str, body: EditRequest) -> MessageView:
    """Let the caller's own message say something else, within 15 minutes."""
    return changing.edit(caller, id, message, body, clock.now())


@app.route(MESSAGE, methods=["DELETE"], status=204)
def delete_message(caller: Caller, id: str, message: str) -> None:
    """Delete the caller's own message for both, within 24 hours; an empty one stays."""
    changing.delete(caller, id, message, clock.now())


@app.route(f"{CONVERSATION}/search", methods=["GET"])
def search_messages(caller: Caller, id: str, query: SearchQuery) -> Found:
    """The messages that hold every word of `q`, the newest first.

    A request looks at 2,000 messages at most, and `nextCursor` goes on from there.
    """
    return paging.search(caller, id, query)


@app.route(f"{CONVERSATION}/export", methods=["GET"])
def export_conversation(caller: Caller, id: str, query: ExportQuery) -> Export:
    """The whole conversation from its beginning on, page by page."""
    return paging.export(caller, id, query, clock.now())


# ---- what a member does ------------------------------------------------------------------------


@app.route(f"{CONVERSATION}/read", methods=["PUT"], status=204)
def mark_read(caller: Caller, id: str, body: ReadRequest) -> None:
    """Note how far the caller has read; never back."""
    marking.read(caller, id, body.sequence, clock.now())


@app.route(f"{CONVERSATION}/typing", methods=["POST"], status=204, idempotent=False)
def show_typing(caller: Caller, id: str) -> None:
    """Let the other see that the caller is writing."""
    marking.type_(caller, id, clock.now())


@app.route(f"{CONVERSATION}/pin", methods=["PUT"], roles=(Role.ARTIST,))
def pin_message(caller: Caller, id: str, body: PinRequest) -> ConversationView:
    """Keep a consultation of the conversation at its top."""
    return marking.pin(caller, id, body.message_id, clock.now())


@app.route(f"{CONVERSATION}/pin", methods=["DELETE"], status=204, roles=(Role.ARTIST,))
def unpin_message(caller: Caller, id: str) -> None:
    """Keep nothing at the top."""
    marking.unpin(caller, id)


@app.route(f"{CONVERSATION}/mute", methods=["PUT"])
def mute_conversation(caller: Caller, id: str, body: MuteRequest) -> ConversationView:
    """Send no notifications of the conversation, for good or `until` then."""
    return marking.mute(caller, id, body, clock.now())


@app.route(f"{CONVERSATION}/mute", methods=["DELETE"], status=204)
def unmute_conversation(caller: Caller, id: str) -> None:
    """Send notifications of the conversation again."""
    marking.unmute(caller, id)


@app.route(f"{CONVERSATION}/block", methods=["PUT"])
def block_conversation(caller: Caller, id: str) -> ConversationView:
    """Let neither of the two write to the other any more."""
    return marking.block(caller, id, clock.now())


@app.route(f"{CONVERSATION}/block", methods=["DELETE"], status=204)
def unblock_conversation(caller: Caller, id: str) -> None:
    """Take back the caller's own block."""
    marking.unblock(caller, id, clock.now())


@app.route(f"{CONVERSATION}/report", methods=["POST"], status=201)
def report_conversation(caller: Caller, id: str, body: ReportRequest) -> Reported:
    """Report the other to the admins, for a message or for the conversation."""
    return reporting.report(caller, id, body, clock.now())


# ---- reports and settings ----------------------------------------------------------------------


@app.route("/v1/messages/reports", methods=["GET"], roles=(Role.ADMIN,))
def list_reports(query: ReportsQuery) -> Reports:
    """What was reported, the oldest first."""
    return reporting.list_all(query)


@app.route("/v1/messages/reports/{id}/close", methods=["POST"], roles=(Role.ADMIN,))
def close_report(caller: Caller, id: str) -> ReportView:
    """Note that a report was looked into. It is kept for 180 days more."""
    return reporting.close(caller, id, clock.now())


@app.route("/v1/messages/settings", methods=["GET"], roles=(Role.ARTIST,))
def get_settings(caller: Caller) -> SettingsView:
    """How the artist wants their conversations to be."""
    return preferences.get(caller)


@app.route("/v1/messages/settings", methods=["PUT"], roles=(Role.ARTIST,))
def replace_settings(caller: Caller, body: SettingsRequest) -> SettingsView:
    """Whether the artist's instructions follow each request of a deposit, and which."""
    return preferences.replace(caller, body)


# ---- live --------------------------------------------------------------------------------------


@app.route("/v1/messages/tickets", methods=["POST"], status=201, idempotent=False)
def make_ticket(caller: Caller, request: Request) -> TicketView:
    """A ticket that opens the WebSocket once, within a minute.

    501 where there is none to open: then ask for messages with `changedAfter` every few seconds.
    """
    return tickets.issue(caller, expiry_of(request.context["authorizer"]), clock.now())


@app.sockets.on_connect
def connect(handshake: Handshake) -> str | None:
    """Let a device in by ticket, subprotocol or Authorization header."""
    return entering.open_connection(handshake, clock.now())


def _enter(connection_id: str) -> Connection:
    return entering.enter(connection_id, clock.now())


frame = app.sockets.on_frames(_enter)


@app.sockets.on_frame
def ping(connection: Connection, frame: frames.Ping) -> frames.Pong:  # noqa: ARG001
    """Still here."""
    return answering.ping(connection)


@app.sockets.on_frame
def subscribe(connection: Connection, frame: frames.Subscribe) -> frames.Subscribed:
    """Show a conversation on this device."""
    return answering.subscribe(connection, frame, clock.now())


@app.sockets.on_frame
def unsubscribe(connection: Connection, frame: frames.Unsubscribe) -> None:
    """Show it no more."""
    answering.unsubscribe(connection, frame)


@app.sockets.on_frame
def message(connection: Connection, frame: frames.Send) -> frames.Sent:
    """Send a message."""
    return answering.send(connection, frame, clock.now())


@app.sockets.on_frame
def read(connection: Connection, frame: frames.Read) -> None:
    """Note how far the member has read."""
    answering.read(connection, frame, clock.now())


@app.sockets.on_frame
def typing(connection: Connection, frame: frames.ShowTyping) -> None:
    """Let the other see that the member is writing."""
    answering.show_typing(connection, frame, clock.now())


@app.sockets.on_frame
def renew(connection: Connection, frame: frames.Renew) -> frames.Renewed:
    """Let the connection last as long as a newer token."""
    return answering.renew(connection, frame, clock.now())


@app.sockets.on_disconnect
def disconnect(connection_id: str) -> None:
    """Forget a connection."""
    entering.leave(connection_id, clock.now())


# ---- triggers ----------------------------------------------------------------------------------


@app.on_sqs_message(queue=delivery.QUEUE, batch_size=10)
def delivery_worker(batch: SQSEvent) -> dict[str, Any]:
    """Deliver what was written."""

    def handle(order: DeliveryOrder) -> None:
        delivery.deliver(order, clock.now())

    return queues.consume(
        batch,
        delivery.QUEUE,
        DeliveryOrder,
        handle,
        delivery.RETRY_SECONDS,
        needed_seconds=delivery.NEEDED_SECONDS,
    )


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Learn of people, and post cards."""
    consumers.handle(event, clock.now())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweeper(event: CloudWatchEvent) -> None:  # noqa: ARG001
    """Order again what was not delivered; close what has outlived its token."""
    delivery.sweep(clock.now())
    entering.end_expired(clock.now())


@app.operator_function()
def copies(request: CopiesPage) -> CardCopies:
    """The copies of cards that are kept here, to be compared with profiles'."""
    return copying.page(request)
