"""Records of direct messages: guests, what they wrote, and what is sent to them."""

from datetime import datetime
from enum import StrEnum

from domain.values import Value


class MessageStatus(StrEnum):
    """The state of a message to a guest."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class FailureReason(StrEnum):
    """Why a message did not reach a guest, as the artist is shown."""

    WINDOW_CLOSED = "window_closed"
    BLOCKED_BY_PLATFORM = "blocked_by_platform"
    NEEDS_RECONNECT = "needs_reconnect"
    RATE_LIMITED = "rate_limited"
    NOT_REACHABLE = "not_reachable"
    REJECTED = "rejected"


class Guest(Value, frozen=True, kw_only=True):
    """A person who writes to an artist's account at a provider, without an account of ours.

    Attributes:
        provider_user_id: Their id at the provider, scoped to the account.
        name: Their name there; empty if the provider does not say.
        handle: Their user name there.
        picture: Id of the file with their picture, once it was found clean.
        picture_file: Id of the file with their picture that was handed over last.
        picture_source: Hash of the address that the picture came from.
        picture_url: Address of a picture that is not fetched yet; empty if there is none.
        looked_up_at: When the provider was asked for them; None before.
        last_received_at: When they wrote last; None if they only got messages.
        last_sent_at: When the newest message was sent, by whomever.
        version: Version of this record.
    """

    id: str
    account_id: str
    artist_id: str
    provider_user_id: str
    name: str = ""
    handle: str | None = None
    picture: str | None = None
    picture_file: str | None = None
    picture_source: str | None = None
    picture_url: str = ""
    looked_up_at: datetime | None = None
    last_received_at: datetime | None = None
    last_sent_at: datetime | None = None
    version: int = 0


class AttachmentState(StrEnum):
    """The state of a picture or video of a received message."""

    EXPECTED = "expected"
    HANDED_OVER = "handed_over"
    CLEAN = "clean"
    LOST = "lost"


class AttachmentKind(StrEnum):
    """A kind of attachment that a conversation shows."""

    IMAGE = "image"
    VIDEO = "video"


class Attachment(Value, frozen=True):
    """A picture or video of a received message.

    Attributes:
        kind: What it is.
        url: Where the provider serves it; empty once it is not needed any more.
        file_id: Id of the file that it becomes.
    """

    kind: AttachmentKind
    url: str
    file_id: str
    state: AttachmentState = AttachmentState.EXPECTED

    @property
    def is_decided(self) -> bool:
        """Whether nothing changes any more."""
        return self.state in (AttachmentState.CLEAN, AttachmentState.LOST)


class ReceivedAttachments(Value, frozen=True, kw_only=True):
    """The attachments of a received message, until the message is published with them.

    Attributes:
        key: Key of the message.
        is_echo: Whether the account wrote it.
        unsupported: Kinds of what is shown as a line of text.
        publish_at: When it is published with what is decided until then.
        is_published: Whether it was published.
        version: Version of this record.
    """

    key: str
    account_id: str
    artist_id: str
    guest_id: str
    is_echo: bool
    sent_at: datetime
    attachments: tuple[Attachment, ...]
    unsupported: tuple[str, ...] = ()
    publish_at: datetime
    is_published: bool = False
    version: int = 1


class FileUse(Value, frozen=True):
    """What a file was fetched for: a message, or the picture of a guest.

    Attributes:
        key: Key of the message; empty for a picture.
        guest_id: The guest; empty for a message.
    """

    account_id: str
    key: str = ""
    guest_id: str = ""


class SentPart(Value, frozen=True):
    """The message of ours that a message at the provider is a part of."""

    message_id: str


class OutgoingPart(Value, frozen=True):
    """A part of a message to a guest: the platforms take a text or one attachment at a time.

    Attributes:
        text: The text, if it is one; it is not kept once it was sent.
        file_id: The attached file, if it is one.
        mid: The provider's id of the message; None before it was sent.
    """

    text: str | None = None
    file_id: str | None = None
    mid: str | None = None


class OutgoingMessage(Value, frozen=True, kw_only=True):
    """A message to a guest.

    Attributes:
        id: Id of the message, as messaging gave it.
        human_agent: Whether the artist says that they answer in person.
        attempted_at: When the call of the first part without an id began; None if none is under
            way. If it is there, nobody knows whether the provider took that part, whatever the
            status.
        refusals: How often the provider refused it for the moment.
        not_before: It is not tried before then; None if it can be at once.
        reason: Why it failed, if it did.
        version: Version of this record.
    """

    id: str
    account_id: str
    artist_id: str
    guest_id: str
    provider_user_id: str
    parts: tuple[OutgoingPart, ...]
    human_agent: bool
    created_at: datetime
    attempted_at: datetime | None = None
    refusals: int = 0
    not_before: datetime | None = None
    status: MessageStatus = MessageStatus.WAITING
    reason: FailureReason | None = None
    sent_at: datetime | None = None
    version: int = 1

    @property
    def next_part(self) -> OutgoingPart | None:
        """The first part that was not sent; None if all were."""
        return next((each for each in self.parts if each.mid is None), None)
