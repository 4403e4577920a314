"""Frames of the WebSocket: those that clients send (`action`) and receive (`event`)."""

from typing import Annotated

from msgspec import Meta

from domain.types import ConversationId, Instant, MessageId, UserId
from messaging.schemas import (
    ClientMessageId,
    ConversationIdInput,
    DraftView,
    LabelId,
    LabelView,
    MarkDeliveredRequest,
    MarkReadRequest,
    MessageView,
    Revision,
    ScheduledView,
    SendMessageRequest,
    Sequence,
    StateVersion,
)
from shared.live.websockets import ClientFrame, ServerFrame

AccessToken = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=4_096,
        description="Access token (JWT).",
        examples=["eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJ1c3JfMSJ9.c2lnbmF0dXJl"],
    ),
]


# ---- sent by clients ---------------------------------------------------------------------------


class PingFrame(ClientFrame, frozen=True, tag="ping"):
    """Keep the connection open. API Gateway closes one that is silent for ten minutes."""


class SubscribeFrame(ClientFrame, frozen=True, tag="subscribe"):
    """Show a conversation on this device, instead of any other."""

    conversation_id: ConversationIdInput


class UnsubscribeFrame(ClientFrame, frozen=True, tag="unsubscribe"):
    """Stop showing a conversation on this device."""

    conversation_id: ConversationIdInput


class MessageFrame(ClientFrame, SendMessageRequest, frozen=True, kw_only=True, tag="message"):
    """Send a message, as over HTTP."""

    conversation_id: ConversationIdInput


class ReadFrame(ClientFrame, MarkReadRequest, frozen=True, kw_only=True, tag="read"):
    """Mark a conversation as read up to a message, as over HTTP."""

    conversation_id: ConversationIdInput


class DeliveredFrame(ClientFrame, MarkDeliveredRequest, frozen=True, kw_only=True, tag="delivered"):
    """Acknowledge the messages of a conversation up to one, as over HTTP."""

    conversation_id: ConversationIdInput


class TypingFrame(ClientFrame, frozen=True, tag="typing"):
    """Show the other member that this one is typing. Repeat it every few seconds."""

    conversation_id: ConversationIdInput


class RenewFrame(ClientFrame, frozen=True, tag="renew"):
    """Replace the access token of the connection, so that it outlasts the earlier one.

    Attributes:
        token: A newer access token of the same user.
    """

    token: AccessToken


# ---- received by clients -----------------------------------------------------------------------


class PongFrame(ServerFrame, frozen=True, tag="pong"):
    """The response to `ping`.

    Attributes:
        conversation_id: Id of the conversation that this device shows, or null.
        revision: Its highest revision, or null. A client that has not seen it missed something and
            catches up with `changedAfter`.
    """

    conversation_id: ConversationId | None = None
    revision: Revision | None = None


class SubscribedFrame(ServerFrame, frozen=True, tag="subscribed"):
    """The response to `subscribe`.

    Attributes:
        presence: Whether the other member is online.
        revision: Highest revision of the conversation, to be used as that of `pong`.
    """

    conversation_id: ConversationId
    presence: bool
    revision: Revision


class SentFrame(ServerFrame, frozen=True, tag="sent"):
    """The response to `message`: it is stored. The sender also receives `message.created`.

    Attributes:
        client_message_id: The `clientMessageId` that was sent.
        message: The message.
    """

    client_message_id: ClientMessageId
    message: MessageView


class RenewedFrame(ServerFrame, frozen=True, tag="renewed"):
    """The response to `renew`.

    Attributes:
        expires_at: When the newer token expires, and the connection with it.
    """

    expires_at: Instant


class MessageCreatedFrame(ServerFrame, frozen=True, tag="message.created"):
    """A message was posted.

    Attributes:
        message: The message.
    """

    conversation_id: ConversationId
    message: MessageView


class MessageChangedFrame(ServerFrame, frozen=True, tag="message.changed"):
    """A message was edited, deleted, reacted to, pinned or hidden, got its preview, or no more.

    Attributes:
        message: The message as it is now.
    """

    conversation_id: ConversationId
    message: MessageView


class ConversationReadFrame(ServerFrame, frozen=True, tag="conversation.read"):
    """A member has read a conversation up to a message.

    Attributes:
        user_id: Id of the member.
        sequence: Sequence of the last message they have read.
    """

    conversation_id: ConversationId
    user_id: UserId
    sequence: Sequence


class ConversationDeliveredFrame(ServerFrame, frozen=True, tag="conversation.delivered"):
    """A device of a member has received the messages of a conversation up to one.

    Attributes:
        user_id: Id of the member.
        sequence: Sequence of the last message that it has received.
    """

    conversation_id: ConversationId
    user_id: UserId
    sequence: Sequence


class MessageStarredFrame(ServerFrame, frozen=True, tag="message.starred"):
    """The user starred a message on one of their devices, or removed the star.

    Attributes:
        starred: Whether it has the star now.
    """

    conversation_id: ConversationId
    message_id: MessageId
    starred: bool


class MemberTypingFrame(ServerFrame, frozen=True, tag="typing"):
    """The other member is typing.

    Attributes:
        user_id: Id of the other member.
    """

    conversation_id: ConversationId
    user_id: UserId


class PresenceFrame(ServerFrame, frozen=True, tag="presence"):
    """The other member of the conversation that this device shows went online or offline.

    Attributes:
        user_id: Id of the other member.
        online: Whether they are online now.
    """

    user_id: UserId
    online: bool


class ConversationStateFrame(ServerFrame, frozen=True, tag="conversation.state"):
    """The member sorted a conversation anew, on this device or on another of their own.

    Attributes:
        state_version: Version of this state; an older one than the device knows is out of date.
        unread: Unread messages; at least one while it is marked as unread.
        marked_unread: Whether the member marked it as unread.
        archived: Whether it is in the member's archive.
        labels: Ids of the labels that the member gave it.
    """

    conversation_id: ConversationId
    state_version: StateVersion
    unread: int
    marked_unread: bool
    archived: bool
    labels: tuple[LabelId, ...]


class LabelsChangedFrame(ServerFrame, frozen=True, tag="labels.changed"):
    """The user made, changed or deleted a label.

    Attributes:
        items: All labels of the user.
        version: Version of the labels; an older one than the device knows is out of date.
    """

    items: list[LabelView]
    version: int


class ScheduledChangedFrame(ServerFrame, frozen=True, tag="scheduled.changed"):
    """A scheduled message of the user was made, changed, sent, refused or cancelled.

    Attributes:
        scheduled: The message as it is now; its status is `cancelled` once it is deleted.
    """

    scheduled: ScheduledView


class DraftChangedFrame(ServerFrame, frozen=True, tag="draft.changed"):
    """The user edited or deleted a draft, or sent it.

    Attributes:
        draft: The draft as it is now; empty where there is none.
    """

    draft: DraftView
