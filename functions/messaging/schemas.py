"""What messaging is asked and answers, and what it tells itself."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from messaging.models import Reason, Reference, Type
from shared.http.caller import Role
from shared.http.decoding import Input, Output

ULID = r"[0-9A-HJKMNP-TV-Z]{26}"
MAX_CONTENT = 4_000
MAX_ATTACHMENTS = 10
MOST_IN_A_PAGE = 100
MOST_IN_AN_EXPORT = 200

UserId = Annotated[str, Meta(pattern=rf"^usr_{ULID}$(?!\n)")]
MessageId = Annotated[str, Meta(pattern=rf"^msg_{ULID}$(?!\n)")]
FileId = Annotated[str, Meta(pattern=r"^\w{1,64}$(?!\n)")]
ClientMessageId = Annotated[str, Meta(pattern=r"^[\w.:-]{8,64}$(?!\n)", description="your own id")]
Sequence = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Cursor = Annotated[str, Meta(max_length=500)]
Limit = Annotated[int, Meta(ge=1, le=MOST_IN_A_PAGE)]
Content = Annotated[str, Meta(max_length=MAX_CONTENT)]
Instant = Annotated[datetime, Meta(tz=True)]


# ---- conversations -----------------------------------------------------------------------------


class OpenRequest(Input, frozen=True, kw_only=True):
    """Whom to talk to: an artist where the caller is a client, a client where they are one."""

    artist_id: UserId | None = None
    client_id: UserId | None = None


class PersonView(Output, frozen=True):
    """Somebody's card. Nothing but the id is left of who deleted their account."""

    user_id: str
    name: str | None
    avatar: str | None
    handle: str | None
    role: Role | None
    is_deleted: bool


class LastMessage(Output, frozen=True):
    """The last message in short. `preview` is null once it is deleted."""

    id: str
    sequence: int
    type: Type
    sender_id: str | None
    preview: str | None
    created_at: datetime


class PinView(Output, frozen=True):
    """The consultation that the artist keeps at the top."""

    message_id: str
    refer: Reference


class ConversationView(Output, frozen=True):
    """A conversation as its member sees it.

    `other`: whom they talk to. `unread`: what the member has not read of what was delivered.
    `readSequence`, `otherReadSequence`: how far they and the other have read. `muted`: whether
    they are, at this moment. `canWrite`: false where one of the two blocked the other or is gone.
    """

    id: str
    artist_id: str
    client_id: str
    other: PersonView
    last_message: LastMessage | None
    last_sequence: int
    revision: int
    unread: int
    read_sequence: int
    other_read_sequence: int
    muted: bool
    muted_until: datetime | None
    has_blocked: bool
    can_write: bool
    pinned: PinView | None
    created_at: datetime
    active_at: datetime


class ListQuery(Input, frozen=True):
    """A page of a list."""

    limit: Annotated[int, Meta(ge=1, le=50)] = 20
    cursor: Cursor | None = None


class Conversations(Output, frozen=True):
    """A page of conversations, the last active first."""

    items: list[ConversationView]
    next_cursor: str | None


class Unread(Output, frozen=True):
    """How many messages the caller has not read, over all conversations."""

    total: int


# ---- messages ----------------------------------------------------------------------------------


class MessageRequest(Input, frozen=True):
    """Send a message. The same `clientMessageId` again posts nothing.

    A text has `content`; the others have `attachments`, and may have `content` as a caption.
    """

    client_message_id: ClientMessageId
    type: Literal["text", "image", "video", "file"]
    content: Content = ""
    attachments: Annotated[list[FileId], Meta(max_length=MAX_ATTACHMENTS)] = msgspec.field(
        default_factory=list
    )


class EditRequest(Input, frozen=True):
    """What the message says from now on."""

    content: Content


class MessageView(Output, frozen=True):
    """A message.

    `sequence`: its place, from 1 on, without gaps. `revision`: of its last change, within the
    conversation. `senderId`: null for cards. `refer`: the record that a card refers to; its state
    is to be asked of its feature. `content`: null once it is deleted.
    """

    id: str
    conversation_id: str
    sequence: int
    revision: int
    type: Type
    sender_id: str | None
    client_message_id: str | None
    content: str | None
    attachments: tuple[str, ...]
    refer: Reference | None
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None


class MessagesQuery(Input, frozen=True, kw_only=True):
    """Which messages: at most one of the first four; without any the newest.

    `after`, `before`: those after or before a sequence (`after=0`: from the start). `changedAfter`:
    those that were posted, edited or deleted after a revision, in the order of their revisions.
    """

    after: Sequence | None = None
    before: Sequence | None = None
    changed_after: Sequence | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class Messages(Output, frozen=True):
    """A page of messages in the order of their sequences (of their revisions for `changedAfter`).

    `nextCursor` leads on to newer ones, null where there are none; `previousCursor` to older ones.
    `lastSequence`, `revision`: of the conversation before the page was read, so `after` or
    `changedAfter` from there on misses nothing.
    """

    items: list[MessageView]
    next_cursor: str | None
    previous_cursor: str | None
    last_sequence: int
    revision: int


class SearchQuery(Input, frozen=True):
    """Which words; case and accents do not count."""

    q: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
    cursor: Cursor | None = None
    limit: Limit = 20


class Found(Output, frozen=True):
    """The messages that hold every word, the newest first.

    A request looks at 2,000 messages at most: there may be more by `nextCursor` though this page
    is empty.
    """

    items: list[MessageView]
    next_cursor: str | None


class ExportQuery(Input, frozen=True):
    """A page of the whole conversation, from its beginning on."""

    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=MOST_IN_AN_EXPORT)] = MOST_IN_AN_EXPORT


class Export(Output, frozen=True):
    """The conversation, its people, and its messages in their order."""

    conversation: ConversationView
    people: list[PersonView]
    exported_at: datetime
    items: list[MessageView]
    next_cursor: str | None


# ---- what a member does ------------------------------------------------------------------------


class ReadRequest(Input, frozen=True):
    """How far the caller has read: the sequence of a message."""

    sequence: Annotated[int, Meta(ge=1, le=2**53 - 1)]


class PinRequest(Input, frozen=True):
    """Which card to keep at the top."""

    message_id: MessageId


class MuteRequest(Input, frozen=True):
    """Until when; for good where it is left out."""

    until: Instant | None = None


class ReportRequest(Input, frozen=True):
    """What is wrong, and with which message; with the whole conversation where none is named."""

    reason: Reason
    details: Annotated[str, Meta(max_length=1_000)] = ""
    message_id: MessageId | None = None


class Reported(Output, frozen=True):
    """The admins will look at it."""

    id: str


class ReportsQuery(Input, frozen=True):
    """Which reports."""

    state: Literal["open", "closed"] = "open"
    limit: Limit = 50
    cursor: Cursor | None = None


class ReportView(Output, frozen=True):
    """A report. `content`: the message as it was when it was reported."""

    id: str
    conversation_id: str
    message_id: str | None
    reporter_id: str | None
    reported_id: str
    reason: Reason
    details: str | None
    content: str | None
    created_at: datetime
    closed_at: datetime | None
    closed_by: str | None


class Reports(Output, frozen=True):
    """A page of reports, the oldest first."""

    items: list[ReportView]
    next_cursor: str | None


class SettingsRequest(Input, frozen=True):
    """Whether instructions follow each request of a deposit, and in which words."""

    send_deposit_instructions: bool
    deposit_instructions: Annotated[str, Meta(max_length=2_000)] = ""


class SettingsView(Output, frozen=True):
    """The artist's settings."""

    send_deposit_instructions: bool
    deposit_instructions: str


# ---- what travels on the queue -----------------------------------------------------------------


class DeliveryOrder(msgspec.Struct, frozen=True, rename="camel"):
    """The message on the queue of deliveries: deliver this message, or what of the conversation is
    unpublished where none is named."""

    conversation_id: str
    message_id: str | None = None
