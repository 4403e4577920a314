"""Handlers of frames. They call the use cases of the HTTP API, which decide on access."""

from datetime import datetime

from messaging.live import connect, presence
from messaging.live.frames import (
    DeliveredFrame,
    MessageFrame,
    PongFrame,
    ReadFrame,
    RenewedFrame,
    RenewFrame,
    SentFrame,
    SubscribedFrame,
    SubscribeFrame,
    TypingFrame,
    UnsubscribeFrame,
)
from messaging.models import Connection
from messaging.store import connections as store
from messaging.store import conversations
from messaging.store import messages as message_store
from messaging.use_cases import inbox, member_actions, membership, messages, receipts
from shared.http.caller import Caller, Scope


def get_caller(connection: Connection) -> Caller:
    """Return the user of a connection. Their email address is not stored with it."""
    return Caller(
        connection.user_id,
        "",
        connection.role,
        connection.session_id,
        acting_id=connection.acting_id,
        scopes=frozenset({Scope.MESSAGES}) if connection.acting_id else frozenset(),
        acting_session_id=connection.acting_session_id,
    )


def answer_ping(connection: Connection) -> PongFrame:
    """Answer with the revision of the conversation that the device shows: two reads, else none."""
    shown = connection.conversation_id
    conversation = conversations.find(shown) if shown else None
    if conversation is None:
        return PongFrame()
    return PongFrame(conversation.id, message_store.get_last_revision(conversation))


def subscribe(connection: Connection, frame: SubscribeFrame, now: datetime) -> SubscribedFrame:
    """Show a conversation on this device.

    It is no longer marked as unread. Presence is not sent where one member blocks the other, or one
    account was deleted.

    Raises:
        NotFound: The user is not a member of it.
    """
    member = membership.require_member(connection.user_id, frame.conversation_id)
    watched = member.other_id if member.conversation.can_write else None
    store.set_shown(connection.id, member.conversation.id, watched)
    inbox.open_conversation(member, now)
    return SubscribedFrame(
        conversation_id=member.conversation.id,
        presence=watched is not None and presence.is_online(watched, now),
        revision=message_store.get_last_revision(member.conversation),
    )


def unsubscribe(connection: Connection, frame: UnsubscribeFrame) -> None:
    """Stop showing a conversation, unless this device shows another one by now."""
    if connection.conversation_id == frame.conversation_id:
        store.set_shown(connection.id, None, None)


def send(connection: Connection, frame: MessageFrame, now: datetime) -> SentFrame:
    """Send a message. Raises what `messages.send` raises."""
    result = messages.send(get_caller(connection), frame.conversation_id, frame, now)
    return SentFrame(frame.client_message_id, result.message)


def mark_read(connection: Connection, frame: ReadFrame, now: datetime) -> None:
    """Mark a conversation as read. Raises what `member_actions.mark_read` raises."""
    member_actions.mark_read(get_caller(connection), frame.conversation_id, frame.sequence, now)


def mark_delivered(connection: Connection, frame: DeliveredFrame, now: datetime) -> None:
    """Acknowledge messages. Raises what `receipts.mark_delivered` raises."""
    receipts.mark_delivered(get_caller(connection), frame.conversation_id, frame.sequence, now)


def show_typing(connection: Connection, frame: TypingFrame, now: datetime) -> None:
    """Show that a member is typing. Raises what `member_actions.show_typing` raises."""
    member_actions.show_typing(get_caller(connection), frame.conversation_id, now)


def renew(connection: Connection, frame: RenewFrame, now: datetime) -> RenewedFrame:
    """Extend the connection by a newer token. Raises what `connect.renew` raises."""
    return RenewedFrame(connect.renew(connection, frame.token, now))
