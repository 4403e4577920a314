"""What is answered to frames. Whether a member may do it the use cases of REST decide."""

from datetime import datetime

from messaging.live import connect, presence
from messaging.live.frames import (
    Pong,
    Read,
    Renew,
    Renewed,
    Send,
    Sent,
    ShowTyping,
    Subscribe,
    Subscribed,
    Unsubscribe,
)
from messaging.models import Connection
from messaging.store import connections as store
from messaging.store import conversations
from messaging.store import messages as message_store
from messaging.use_cases import member_actions, membership, messages
from shared.http.caller import Caller


def caller_of(connection: Connection) -> Caller:
    """The member behind the connection. Their address is not kept with it."""
    return Caller(connection.user_id, "", connection.role, connection.session_id)


def ping(connection: Connection) -> Pong:
    """Two reads where the device shows a conversation, else none."""
    shown = connection.conversation_id
    conversation = conversations.find(shown) if shown else None
    if conversation is None:
        return Pong()
    return Pong(conversation.id, message_store.last_revision(conversation))


def subscribe(connection: Connection, frame: Subscribe, now: datetime) -> Subscribed:
    """Show the conversation on this device. Raises a 404 Problem for who is no member.

    Where one of the two blocked the other, or is gone, they do not hear whether the other is there.
    """
    member = membership.of(connection.user_id, frame.conversation_id)
    watched = member.other_id if member.conversation.can_write else None
    store.show(connection.id, member.conversation.id, watched)
    return Subscribed(
        conversation_id=member.conversation.id,
        presence=watched is not None and presence.is_online(watched, now),
        revision=message_store.last_revision(member.conversation),
    )


def unsubscribe(connection: Connection, frame: Unsubscribe) -> None:
    """Show nothing any more, unless this device went on to another conversation already."""
    if connection.conversation_id == frame.conversation_id:
        store.show(connection.id, None, None)


def send(connection: Connection, frame: Send, now: datetime) -> Sent:
    """Send the message, as by REST, with all that may be wrong with it."""
    sent = messages.send(caller_of(connection), frame.conversation_id, frame, now)
    return Sent(frame.client_message_id, sent.message)


def read(connection: Connection, frame: Read, now: datetime) -> None:
    """Note how far the member has read, as by REST; all devices of both hear of it."""
    member_actions.read(caller_of(connection), frame.conversation_id, frame.sequence, now)


def show_typing(connection: Connection, frame: ShowTyping, now: datetime) -> None:
    """Let the other see that the member is writing, as by REST."""
    member_actions.type_(caller_of(connection), frame.conversation_id, now)


def renew(connection: Connection, frame: Renew, now: datetime) -> Renewed:
    """Let the connection last as long as the newer token. Raises a 401 Problem."""
    return Renewed(connect.renew(connection, frame.token, now))
