"""The frames: what clients send (`action`) and what they hear (`event`)."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from messaging.schemas import ULID, MessageRequest, MessageView, ReadRequest
from shared.live.websockets import ClientFrame, ServerFrame

ConversationId = Annotated[str, Meta(pattern=rf"^cnv_{ULID}$(?!\n)")]
Token = Annotated[str, Meta(min_length=1, max_length=4_096)]


# ---- what clients send -------------------------------------------------------------------------


class Ping(ClientFrame, frozen=True, tag="ping"):
    """Still here. API Gateway closes what says nothing for ten minutes."""


class Subscribe(ClientFrame, frozen=True, tag="subscribe"):
    """This device shows the conversation from now on, and no other."""

    conversation_id: ConversationId


class Unsubscribe(ClientFrame, frozen=True, tag="unsubscribe"):
    """This device shows the conversation no more."""

    conversation_id: ConversationId


class Send(ClientFrame, MessageRequest, frozen=True, kw_only=True, tag="message"):
    """Send a message, as by REST."""

    conversation_id: ConversationId


class Read(ClientFrame, ReadRequest, frozen=True, kw_only=True, tag="read"):
    """How far the member has read."""

    conversation_id: ConversationId


class ShowTyping(ClientFrame, frozen=True, tag="typing"):
    """The member is writing. Say it again every few seconds for as long as they are."""

    conversation_id: ConversationId


class Renew(ClientFrame, frozen=True, tag="renew"):
    """A newer access token, so that the connection outlasts the one it was opened with."""

    token: Token


# ---- what they hear ----------------------------------------------------------------------------


class Pong(ServerFrame, frozen=True, tag="pong"):
    """Answers `ping`.

    `conversationId`, `revision`: of the conversation that this device shows; whoever has not seen
    that revision missed something and asks for it with `changedAfter=`.
    """

    conversation_id: str | None = None
    revision: int | None = None


class Subscribed(ServerFrame, frozen=True, tag="subscribed"):
    """Answers `subscribe`. `presence`: whether the other member is online.

    `revision`: of the conversation; as in `pong`.
    """

    conversation_id: str
    presence: bool
    revision: int


class Sent(ServerFrame, frozen=True, tag="sent"):
    """Answers `message`: it is kept. The sender's devices also hear of it as everybody does."""

    client_message_id: str
    message: MessageView


class Renewed(ServerFrame, frozen=True, tag="renewed"):
    """Answers `renew`: until when the connection lasts."""

    expires_at: datetime


class MessageCreated(ServerFrame, frozen=True, tag="message.created"):
    """A message was posted."""

    conversation_id: str
    message: MessageView


class MessageChanged(ServerFrame, frozen=True, tag="message.changed"):
    """A message was edited or deleted."""

    conversation_id: str
    message: MessageView


class ConversationRead(ServerFrame, frozen=True, tag="conversation.read"):
    """A member has read up to this sequence."""

    conversation_id: str
    user_id: str
    sequence: int


class Typing(ServerFrame, frozen=True, tag="typing"):
    """The other member is writing."""

    conversation_id: str
    user_id: str


class Presence(ServerFrame, frozen=True, tag="presence"):
    """The other member of a conversation that this device shows came or went."""

    user_id: str
    online: bool
