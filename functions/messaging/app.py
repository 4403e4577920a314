"""The door of messaging: routes, deliveries, events and the sweeper."""

from typing import Any

from chalice.app import CloudWatchEvent, Rate, Request, SQSEvent

from messaging import consumers, events, store
from messaging.live import connect as live_connect
from messaging.live import frames, handlers, tickets
from messaging.live.schemas import TicketView
from messaging.models import Connection
from messaging.schemas import (
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
from messaging.use_cases import (
    conversations,
    delivery,
    edits,
    member_actions,
    messages,
    person_copies,
    queries,
    reports,
    settings,
)
from shared.data.person_copies import CopiesPageQuery, PersonCopies
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role, expiry_of
from shared.http.operations import TypedResponse
from shared.live.websockets import Handshake
from shared.platform import clock

app = FeatureApp("messaging", ready={"mongo": store.ping, "sqs": delivery.ping})
app.publishes(
    events.ConversationOpened,
    events.ConversationRead,
    events.ConversationBlockChanged,
    events.MessageCreated,
    events.MessageDeleted,
    events.QuickActionPosted,
    events.QuickActionRefused,
)
app.health_route()

CONVERSATIONS = "/v1/messages/conversations"
CONVERSATION = f"{CONVERSATIONS}/{{id}}"
MESSAGES = f"{CONVERSATION}/messages"
MESSAGE = f"{MESSAGES}/{{message}}"


# ---- conversations -----------------------------------------------------------------------------


@app.route(CONVERSATIONS, methods=["POST"], status=201)
def open_conversation(caller: Caller, body: OpenRequest) -> TypedResponse[ConversationView]:
    """Get or create the conversation with an artist, or as an artist with a client.

    201 where it is new, else 200.
    """
    conversation, is_new = conversations.open_with(caller, body, clock.now())
    return TypedResponse(
        conversation, {"location": f"conversations/{conversation.id}"}, 201 if is_new else 200
    )


@app.route(CONVERSATIONS, methods=["GET"])
def list_conversations(caller: Caller, query: ListQuery) -> Conversations:
    """The caller's conversations, the last active first.

    Last message and unread count are those of what was delivered. A conversation that becomes
    active while the list is read moves to its first page.
    """
    return conversations.list_for(caller, query, clock.now())


@app.route(CONVERSATION, methods=["GET"])
def get_conversation(caller: Caller, id: str) -> ConversationView:
    """One conversation."""
    return conversations.get(caller, id, clock.now())


@app.route("/v1/messages/unread", methods=["GET"])
def get_unread(caller: Caller) -> Unread:
    """How many messages the caller has not read, over all conversations."""
    return conversations.unread(caller)


# ---- messages ----------------------------------------------------------------------------------


@app.route(MESSAGES, methods=["GET"])
def list_messages(caller: Caller, id: str, query: MessagesQuery) -> Messages:
    """Messages of a conversation: the newest, or those before, after or changed after a point.

    To catch up ask `changedAfter` the highest revision that was seen: it shows new messages as
    well as edited and deleted ones. `after` alone shows new ones only.
    """
    return queries.page(caller, id, query)


@app.route(MESSAGES, methods=["POST"], status=201)
def send_message(caller: Caller, id: str, body: MessageRequest) -> TypedResponse[MessageView]:
    """Send a message. 201 where it is new; the same `clientMessageId` again answers 200."""
    sent = messages.send(caller, id, body, clock.now())
    location = f"messages/{sent.message.id}"
    return TypedResponse(sent.message, {"location": location}, 201 if sent.is_new else 200)


@app.route(MESSAGE, methods=["PATCH"])
def edit_message(caller: Caller, id: str, message: str, body: EditRequest) -> MessageView:
    """Let the caller's own message say something else, within 15 minutes."""
    return edits.edit(caller, id, message, body, clock.now())


@app.route(MESSAGE, methods=["DELETE"], status=204)
def delete_message(caller: Caller, id: str, message: str) -> None:
    """Delete the caller's own message for both, within 24 hours; an empty one stays."""
    edits.delete(caller, id, message, clock.now())


@app.route(f"{CONVERSATION}/search", methods=["GET"])
def search_messages(caller: Caller, id: str, query: SearchQuery) -> Found:
    """The messages that hold every word of `q`, the newest first.

    A request looks at 2,000 messages at most, and `nextCursor` goes on from there.
    """
    return queries.search(caller, id, query)


@app.route(f"{CONVERSATION}/export", methods=["GET"])
def export_conversation(caller: Caller, id: str, query: ExportQuery) -> Export:
    """The whole conversation from its beginning on, page by page."""
    return queries.export(caller, id, query, clock.now())


# ---- what a member does ------------------------------------------------------------------------


@app.route(f"{CONVERSATION}/read", methods=["PUT"], status=204)
def mark_read(caller: Caller, id: str, body: ReadRequest) -> None:
    """Note how far the caller has read; never back."""
    member_actions.read(caller, id, body.sequence, clock.now())


@app.route(f"{CONVERSATION}/typing", methods=["POST"], status=204, idempotent=False)
def show_typing(caller: Caller, id: str) -> None:
    """Let the other see that the caller is writing."""
    member_actions.type_(caller, id, clock.now())


@app.route(f"{CONVERSATION}/pin", methods=["PUT"], roles=(Role.ARTIST,))
def pin_message(caller: Caller, id: str, body: PinRequest) -> ConversationView:
    """Keep a consultation of the conversation at its top."""
    return member_actions.pin(caller, id, body.message_id, clock.now())


@app.route(f"{CONVERSATION}/pin", methods=["DELETE"], status=204, roles=(Role.ARTIST,))
def unpin_message(caller: Caller, id: str) -> None:
    """Keep nothing at the top."""
    member_actions.unpin(caller, id)


@app.route(f"{CONVERSATION}/mute", methods=["PUT"])
def mute_conversation(caller: Caller, id: str, body: MuteRequest) -> ConversationView:
    """Send no notifications of the conversation, for good or `until` then."""
    return member_actions.mute(caller, id, body, clock.now())


@app.route(f"{CONVERSATION}/mute", methods=["DELETE"], status=204)
def unmute_conversation(caller: Caller, id: str) -> None:
    """Send notifications of the conversation again."""
    member_actions.unmute(caller, id)


@app.route(f"{CONVERSATION}/block", methods=["PUT"])
def block_conversation(caller: Caller, id: str) -> ConversationView:
    """Let neither of the two write to the other any more."""
    return member_actions.block(caller, id, clock.now())


@app.route(f"{CONVERSATION}/block", methods=["DELETE"], status=204)
def unblock_conversation(caller: Caller, id: str) -> None:
    """Take back the caller's own block."""
    member_actions.unblock(caller, id, clock.now())


@app.route(f"{CONVERSATION}/report", methods=["POST"], status=201)
def report_conversation(caller: Caller, id: str, body: ReportRequest) -> Reported:
    """Report the other to the admins, for a message or for the conversation."""
    return reports.report(caller, id, body, clock.now())


# ---- reports and settings ----------------------------------------------------------------------


@app.route("/v1/messages/reports", methods=["GET"], roles=(Role.ADMIN,))
def list_reports(query: ReportsQuery) -> Reports:
    """What was reported, the oldest first."""
    return reports.list_all(query)


@app.route("/v1/messages/reports/{id}/close", methods=["POST"], roles=(Role.ADMIN,))
def close_report(caller: Caller, id: str) -> ReportView:
    """Note that a report was looked into. It is kept for 180 days more."""
    return reports.close(caller, id, clock.now())


@app.route("/v1/messages/settings", methods=["GET"], roles=(Role.ARTIST,))
def get_settings(caller: Caller) -> SettingsView:
    """How the artist wants their conversations to be."""
    return settings.get(caller)


@app.route("/v1/messages/settings", methods=["PUT"], roles=(Role.ARTIST,))
def replace_settings(caller: Caller, body: SettingsRequest) -> SettingsView:
    """Whether the artist's instructions follow each request of a deposit, and which."""
    return settings.replace(caller, body)


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
    return live_connect.open_connection(handshake, clock.now())


def _enter(connection_id: str) -> Connection:
    return live_connect.enter(connection_id, clock.now())


frame = app.sockets.on_frames(_enter)


@app.sockets.on_frame
def ping(connection: Connection, frame: frames.Ping) -> frames.Pong:  # noqa: ARG001
    """Still here."""
    return handlers.ping(connection)


@app.sockets.on_frame
def subscribe(connection: Connection, frame: frames.Subscribe) -> frames.Subscribed:
    """Show a conversation on this device."""
    return handlers.subscribe(connection, frame, clock.now())


@app.sockets.on_frame
def unsubscribe(connection: Connection, frame: frames.Unsubscribe) -> None:
    """Show it no more."""
    handlers.unsubscribe(connection, frame)


@app.sockets.on_frame
def message(connection: Connection, frame: frames.Send) -> frames.Sent:
    """Send a message."""
    return handlers.send(connection, frame, clock.now())


@app.sockets.on_frame
def read(connection: Connection, frame: frames.Read) -> None:
    """Note how far the member has read."""
    handlers.read(connection, frame, clock.now())


@app.sockets.on_frame
def typing(connection: Connection, frame: frames.ShowTyping) -> None:
    """Let the other see that the member is writing."""
    handlers.show_typing(connection, frame, clock.now())


@app.sockets.on_frame
def renew(connection: Connection, frame: frames.Renew) -> frames.Renewed:
    """Let the connection last as long as a newer token."""
    return handlers.renew(connection, frame, clock.now())


@app.sockets.on_disconnect
def disconnect(connection_id: str) -> None:
    """Forget a connection."""
    live_connect.leave(connection_id, clock.now())


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
    live_connect.end_expired(clock.now())


@app.operator_function()
def copies(request: CopiesPageQuery) -> PersonCopies:
    """The copies of cards that are kept here, to be compared with profiles'."""
    return person_copies.page(request)
