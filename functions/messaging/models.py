"""What this feature keeps: the documents of its collections, and their values."""

from datetime import datetime
from enum import StrEnum

import msgspec

from shared.data.mongodb import Record
from shared.http.caller import Role


class Side(StrEnum):
    """Which of the two members of a conversation."""

    ARTIST = "artist"
    CLIENT = "client"

    @property
    def other(self) -> "Side":
        """The one they talk to."""
        return Side.CLIENT if self is Side.ARTIST else Side.ARTIST


class Type(StrEnum):
    """What a message is. From SYSTEM on only events make them."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    FILE = "file"
    SYSTEM = "system"
    CONSULTATION = "consultation"
    PROPOSAL = "proposal"
    DEPOSIT_REQUEST = "deposit_request"
    POLICY = "policy"
    APPOINTMENT_CONFIRMED = "appointment_confirmed"


class Person(Record, frozen=True):
    """A card of a user, told by events. Once erased only the id stays: no late event revives it.

    record_version: of the card at profiles; 0 is what auth told of the new account.
    """

    id: str = msgspec.field(name="_id")
    name: str = ""
    avatar: str | None = None
    handle: str | None = None
    role: Role | None = None
    record_version: int = 0
    erased_at: datetime | None = None


class Counts(Record, frozen=True):
    """How many messages of a conversation, from the first to this one, each side did not write.

    What is unread is the difference of two of these, so there is no counter that could drift.
    """

    artist: int = 0
    client: int = 0

    def of(self, side: Side) -> int:
        """The count of one side."""
        return self.artist if side is Side.ARTIST else self.client

    def after(self, author: Side | None) -> "Counts":
        """The counts with one more message by this side; by neither where it is None."""
        return Counts(
            artist=self.artist + (author is not Side.ARTIST),
            client=self.client + (author is not Side.CLIENT),
        )


class Reference(Record, frozen=True):
    """The record of another feature that a card refers to; its state lives there."""

    kind: str
    id: str


class Membership(Record, frozen=True):
    """What one member decided and did in a conversation.

    read_sequence, read_count: how far they have read, and their count (see Counts) at that message.
    muted_until: None with `muted` is for good. erased: their account was deleted.
    """

    read_sequence: int = 0
    read_count: int = 0
    muted: bool = False
    muted_until: datetime | None = None
    has_blocked: bool = False
    erased: bool = False

    def is_muted(self, now: datetime) -> bool:
        """Whether they want no notifications of this conversation now."""
        return self.muted and (self.muted_until is None or now < self.muted_until)


class Summary(Record, frozen=True):
    """The last message of a conversation, as a list shows it. preview: None once it is deleted."""

    message_id: str
    sequence: int
    revision: int
    type: Type
    sender_id: str | None
    preview: str | None
    created_at: datetime


class Pin(Record, frozen=True):
    """The consultation that the artist keeps at the top."""

    message_id: str
    refer: Reference


class Conversation(Record, frozen=True):
    """The thread of an artist and a client; there is one of each pair.

    last, counts, active_at: of the newest message that was delivered; messages tell the truth.
    revision: at most the newest of the messages'. unpublished: what others must still hear of:
    `opened`, the sides that read, and `<side> block`. version: counts the changes of that.
    due_at: when the sweeper looks after it; None when nothing is unpublished.
    """

    id: str = msgspec.field(name="_id")
    artist_id: str
    client_id: str
    created_at: datetime
    active_at: datetime
    artist: Membership = Membership()
    client: Membership = Membership()
    last: Summary | None = None
    counts: Counts = Counts()
    revision: int = 0
    pinned: Pin | None = None
    unpublished: tuple[str, ...] = ()
    version: int = 0
    due_at: datetime | None = None

    @property
    def member_ids(self) -> tuple[str, str]:
        """The artist and the client."""
        return (self.artist_id, self.client_id)

    def user_id(self, side: Side) -> str:
        """Who is on this side."""
        return self.artist_id if side is Side.ARTIST else self.client_id

    def side_of(self, user_id: str | None) -> Side | None:
        """Which side the user is on; None for who is no member."""
        if user_id == self.artist_id:
            return Side.ARTIST
        return Side.CLIENT if user_id == self.client_id else None

    def membership(self, side: Side) -> Membership:
        """What the member of this side decided and did."""
        return self.artist if side is Side.ARTIST else self.client

    @property
    def can_write(self) -> bool:
        """Whether members may write: neither blocked the other, and both are there."""
        sides = (self.artist, self.client)
        return not any(side.has_blocked or side.erased for side in sides)

    def unread(self, side: Side) -> int:
        """How many delivered messages this side has not read."""
        return max(0, self.counts.of(side) - self.membership(side).read_count)


class Message(Record, frozen=True):
    """A message. It is its own outbox.

    sequence: its place, from 1 on, without gaps. revision: of its last change; no two messages of
    a conversation ever have the same, and a change takes the next after the highest.
    sender_id: None for what events posted. author_id: whose words it holds; not only the sender's,
    an artist's instructions are posted by events. client_message_id, source: what makes posting it
    again post nothing: the sender's own id, or what event about what it came from.
    body_hash: of what was first sent. content: None once deleted. folded: the content as search
    compares it. published_at: when others heard of it. due_at: when the sweeper looks after it;
    None once its last change was delivered. unrevised: erased, and its new revision is still due.
    """

    id: str = msgspec.field(name="_id")
    conversation_id: str
    sequence: int
    revision: int
    type: Type
    sender_id: str | None
    author_id: str | None
    client_message_id: str | None
    source: str | None
    body_hash: str | None
    content: str | None
    folded: str
    attachments: tuple[str, ...]
    refer: Reference | None
    counts: Counts
    created_at: datetime
    correlation_id: str
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    published_at: datetime | None = None
    due_at: datetime | None = None
    unrevised: bool = False


class FileKind(StrEnum):
    """What a file is."""

    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"


class File(Record, frozen=True):
    """A file that was inspected and found clean, as its feature told; or that it was removed."""

    id: str = msgspec.field(name="_id")
    owner_id: str
    kind: FileKind
    record_version: int
    removed: bool = False


class Settings(Record, frozen=True):
    """How an artist wants their conversations to be. The id is theirs."""

    id: str = msgspec.field(name="_id")
    send_deposit_instructions: bool = False
    deposit_instructions: str = ""


class Reason(StrEnum):
    """Why a conversation or a message is reported."""

    SPAM = "spam"
    HARASSMENT = "harassment"
    SCAM = "scam"
    INAPPROPRIATE = "inappropriate"
    OTHER = "other"


class Report(Record, frozen=True):
    """What a member reported to the admins.

    message_id: "" for the conversation as a whole. content: the message as it was then, so that
    deleting it hides nothing. reporter_id, details, content: None once that person was erased.
    """

    id: str = msgspec.field(name="_id")
    conversation_id: str
    message_id: str
    reporter_id: str | None
    reported_id: str
    reason: Reason
    details: str | None
    content: str | None
    created_at: datetime
    closed_at: datetime | None = None
    closed_by: str | None = None
    expires_at: datetime | None = None


class Ticket(Record, frozen=True):
    """A way into the WebSocket without a token in the URL. Only its hash is kept; it opens once.

    token_expires_at: when the connection that it opens ends.
    """

    id: str = msgspec.field(name="_id")
    user_id: str
    role: Role
    session_id: str
    token_expires_at: datetime
    expires_at: datetime


class Connection(Record, frozen=True):
    """One open WebSocket of one device. The id is API Gateway's.

    expires_at: when the token that opened or renewed it does; nothing is posted to it from then on.
    conversation_id: the thread it shows. counterpart_id: of whose coming and going it hears there.
    window_at, frames: when the current window of its frames began, and how many came in it.
    """

    id: str = msgspec.field(name="_id")
    user_id: str
    role: Role
    session_id: str
    opened_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    window_at: datetime
    frames: int = 0
    conversation_id: str | None = None
    counterpart_id: str | None = None
