"""Requests and responses of the messaging API."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from domain import types
from domain.imported_rows import ImportedRow
from domain.moderation import Decision, ReportReason, SubjectKind
from domain.types import (
    ArtistId,
    ClientId,
    ConversationId,
    FileId,
    FilledLine,
    FilledText,
    GuestId,
    Instant,
    MessageId,
    UserId,
)
from messaging.models import (
    LabelColor,
    MessageType,
    RecordReference,
    ScheduledStatus,
    SuspensionState,
)
from messaging.rules import inbox
from messaging.rules.guest_messages import GuestDelivery, Platform
from messaging.rules.reply_windows import ReplyState
from shared.http.caller import Role
from shared.http.decoding import Input, Output

ULID = r"[0-9A-HJKMNP-TV-Z]{26}"
USER_ID_PATTERN = rf"^usr_{ULID}$(?!\n)"
MAX_CONTENT = 4_000
MAX_ATTACHMENTS = 10
MAX_SEQUENCE = 2**53 - 1  # the largest integer that every JSON parser reads exactly
MAX_PAGE = 100
MAX_CONVERSATIONS_PAGE = 50
MAX_EXPORT_PAGE = 200


def _limit(most: int) -> Meta:
    return Meta(ge=1, le=most, description="Most items on a page.", examples=[20])


# Ids as callers send them: checked before anything is looked up.
ArtistIdInput = Annotated[ArtistId, Meta(pattern=USER_ID_PATTERN)]
ClientIdInput = Annotated[ClientId, Meta(pattern=USER_ID_PATTERN)]
MessageIdInput = Annotated[MessageId, Meta(pattern=rf"^msg_{ULID}$(?!\n)")]
ConversationIdInput = Annotated[ConversationId, Meta(pattern=rf"^cnv_{ULID}$(?!\n)")]
FileIdInput = Annotated[FileId, Meta(pattern=r"^\w{1,64}$(?!\n)")]
Cursor = Annotated[types.Cursor, Meta(max_length=500)]

ReportId = Annotated[
    str, Meta(description="Id of the report.", examples=["rpt_01JD2Z5Q0V8XKM3F7T9B4N6RWC"])
]
ClientMessageId = Annotated[
    str,
    Meta(
        pattern=r"^[\w.:-]{8,64}$(?!\n)",
        description="The sender's own id of the message; sending it again posts nothing.",
        examples=["3f2504e0-4f89-41d3-9a0c-0305e82c3301"],
    ),
]
Sequence = Annotated[
    int,
    Meta(
        description="Position in the conversation: 1 for its first message, without gaps.",
        examples=[12],
    ),
]
SequenceInput = Annotated[Sequence, Meta(ge=0, le=MAX_SEQUENCE)]
Revision = Annotated[
    int,
    Meta(
        description="Number of a change in the conversation; every new or changed message takes "
        "the next one.",
        examples=[15],
    ),
]
RevisionInput = Annotated[Revision, Meta(ge=0, le=MAX_SEQUENCE)]
LabelId = Annotated[
    str, Meta(description="Id of the label.", examples=["lbl_01JD2Z5Q0V8XKM3F7T9B4N6RWC"])
]
LabelIdInput = Annotated[LabelId, Meta(pattern=rf"^lbl_{ULID}$(?!\n)")]
StateVersion = Annotated[
    int,
    Meta(
        description="Number of the last change of mark, archive and labels by the member.",
        examples=[3],
    ),
]
Limit = Annotated[int, _limit(MAX_PAGE)]
Content = Annotated[
    str,
    Meta(
        max_length=MAX_CONTENT,
        description="Text of the message.",
        examples=["Could we start with the outline on Friday?"],
    ),
]

Emoji = Annotated[
    str,
    Meta(
        description="A single emoji of Unicode 17, percent-encoded in a path.",
        examples=["👍"],
    ),
]


# ---- imports of an earlier system ----------------------------------------------------------------


class ImportedConversation(ImportedRow, frozen=True, rename="camel"):
    """A conversation of an earlier system.

    Attributes:
        active_at: When its last message was posted.
    """

    artist_id: ArtistIdInput
    client_id: ClientIdInput
    created_at: Instant
    active_at: Instant


class ImportedMessage(ImportedRow, frozen=True, rename="camel"):
    """A message of an earlier system.

    Attributes:
        sender_id: The member who sent it; None for the system.
    """

    conversation_id: ConversationId
    type: Literal["text", "system"]
    sender_id: str | None
    content: Annotated[Content, Meta(min_length=1)]
    created_at: Instant


# ---- conversations -----------------------------------------------------------------------------


class OpenConversationRequest(Input, frozen=True, kw_only=True):
    """The person to talk to. A client sends `artistId`, an artist sends `clientId`.

    Attributes:
        artist_id: Id of the artist; sent by a client only.
        client_id: Id of the client; sent by an artist only. Example: null
    """

    artist_id: ArtistIdInput | None = None
    client_id: ClientIdInput | None = None


class MemberView(Output, frozen=True):
    """A member of a conversation. Only the id of a deleted account remains.

    Attributes:
        name: Display name; null once the account is deleted. Example: Mara Voss
        avatar: Id of the image file, or null.
            Example: fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        handle: Handle of the artist's page, or null. Example: mara.voss
        role: Role of the person; null once the account is deleted. Example: artist
        is_deleted: Whether the account was deleted. Example: false
    """

    user_id: UserId
    name: str | None
    avatar: str | None
    handle: str | None
    role: Role | None
    is_deleted: bool


class JoinRequestView(Output, frozen=True):
    """A request that a guest joins with an account. The code went to the guest only.

    Attributes:
        requested_at: When it was requested.
        expires_at: When the code expires.
    """

    requested_at: Instant
    expires_at: Instant


class GuestView(Output, frozen=True):
    """A person who writes from a social platform, without an account.

    Attributes:
        platform: The platform. Example: instagram
        name: Name at the platform, or null. Example: Ines Ink
        handle: Handle at the platform, or null. Example: ines.ink
        picture: Id of the image file, or null. Example: null
        account_id: Id of the artist's social account to which they wrote.
            Example: sac_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        reply_state: Whether the artist can write to them: `open`, `human_agent` (only with
            `humanAgent`), `closed`, or `disconnected` (the account must be connected again).
            Example: open
        reply_until: Until when the platform takes replies; null before they wrote.
        agent_reply_until: Until when it takes replies of a human agent; null before they wrote.
        join_request: The open request to join with an account, or null. Example: null
        joined_at: When they joined with the account of the client; null for a guest.
            Example: null
    """

    id: GuestId
    platform: Platform
    name: str | None
    handle: str | None
    picture: str | None
    account_id: str
    reply_state: ReplyState
    reply_until: Instant | None
    agent_reply_until: Instant | None
    join_request: JoinRequestView | None
    joined_at: Instant | None


class LastMessageView(Output, frozen=True):
    """Summary of the last message.

    Attributes:
        type: Type of the message. Example: text
        sender_id: Id of the member who sent it; null for a card.
        preview: Beginning of the text on one line; null once the message is deleted.
            Example: Could we start with the outline on Friday?
        created_at: When it was posted.
    """

    id: MessageId
    sequence: Sequence
    type: MessageType
    sender_id: UserId | None
    preview: str | None
    created_at: Instant


class PinView(Output, frozen=True):
    """The consultation that the artist pinned.

    Attributes:
        message_id: Id of its card.
        refer: The consultation.
    """

    message_id: MessageId
    refer: RecordReference


class ConversationView(Output, frozen=True):
    """A conversation as one of its members sees it.

    Attributes:
        client_id: Id of the client; null for a guest.
        other: The other member. Of a guest, `userId` is the id of the guest.
        last_message: Summary of the last delivered message, or null.
        last_sequence: Position of the last delivered message; 0 without any. Example: 12
        revision: A revision to catch up from; at most the highest of the conversation.
        unread: Delivered messages that the member has not read; at least 1 while the conversation
            is marked as unread. Example: 2
        read_sequence: Position up to which the member has read. Example: 10
        other_read_sequence: Position up to which the other member has read; it stands still while
            one blocks the other. Example: 12
        muted: Whether the member gets no notifications of it at this moment. Example: false
        muted_until: When the mute ends; null where it does not end or nothing is muted.
            Example: null
        has_blocked: Whether the member blocks the other one. Example: false
        can_write: Whether messages can be sent: neither blocks the other, both accounts exist, and
            the platform of a guest takes replies.
        pinned: What the artist pinned, or null.
        created_at: When it was opened.
        active_at: When its last delivered message was posted, or it was opened.
        guest: The guest, to the artist: the other member or, with `joinedAt`, one who joined with
            the account of the client. Null where there is none. Example: null
        marked_unread: Whether the member marked it as unread. Example: false
        archived: Whether it is in the member's archive. Example: false
        labels: Ids of the labels that the member gave it.
            Example: ["lbl_01JD2Z5Q0V8XKM3F7T9B4N6RWC"]
        delivered_sequence: Position up to which a device of the member has received the messages.
            Example: 12
        other_delivered_sequence: Position up to which a device of the other member has; under a
            block it stands still, as `otherReadSequence` does. Example: 12
    """

    id: ConversationId
    artist_id: ArtistId
    client_id: ClientId | None
    other: MemberView
    last_message: LastMessageView | None
    last_sequence: int
    revision: Revision
    unread: int
    read_sequence: int
    other_read_sequence: int
    muted: bool
    muted_until: Instant | None
    has_blocked: bool
    can_write: bool
    pinned: PinView | None
    created_at: Instant
    active_at: Instant
    guest: GuestView | None
    delivered_sequence: int
    other_delivered_sequence: int
    marked_unread: bool = False
    archived: bool = False
    labels: tuple[LabelId, ...] = ()
    state_version: StateVersion = 0


class JoinGuestRequest(Input, frozen=True):
    """The code that a guest received at the platform.

    Attributes:
        code: The code; case and hyphens do not matter. Example: 7K3M-0QXR-9TZ2-WB5C
    """

    code: Annotated[FilledLine, Meta(max_length=40)]


class ConversationListQuery(Input, frozen=True):
    """A page of the caller's conversations: those that fit all filters.

    Attributes:
        archived: Whether to list the caller's archive instead of the other conversations.
            Example: false
        unread: Whether to list only those with unread messages, or marked as unread.
            Example: false
        label: Id of a label of the caller that they must have.
        guests: Whether to list only those with guests (true) or only those with clients (false).
            Example: false
    """

    limit: Annotated[int, _limit(MAX_CONVERSATIONS_PAGE)] = 20
    cursor: Cursor | None = None
    archived: bool = False
    unread: bool = False
    label: LabelIdInput | None = None
    guests: bool | None = None


class ConversationList(Output, frozen=True):
    """A page of conversations, the most recently active first.

    Attributes:
        items: The conversations.
    """

    items: list[ConversationView]
    next_cursor: types.NextCursor


class UnreadMessageCount(Output, frozen=True):
    """The number of unread messages.

    Attributes:
        total: Unread messages of all conversations. Example: 5
    """

    total: int


# ---- messages ----------------------------------------------------------------------------------


class RepliedMessageView(Output, frozen=True):
    """The message to which another one replies, as it is now.

    Attributes:
        message_id: Id of that message.
        sequence: Its position; null where it is gone.
        sender_id: Id of the member who sent it; null for a card.
        type: Its type; null where it is gone. Example: text
        excerpt: Beginning of its text on one line; empty without a text, null once it is deleted or
            hidden.
            Example: Could we start with the outline on Friday?
        is_deleted: Whether it was deleted. Example: false
    """

    message_id: MessageId
    sequence: Sequence | None
    sender_id: UserId | None
    type: MessageType | None
    excerpt: str | None
    is_deleted: bool


class ReactionView(Output, frozen=True):
    """One kind of reaction to a message.

    Attributes:
        emoji: The emoji, fully qualified. Example: 👍
        user_ids: Ids of the members who reacted with it.
    """

    emoji: str
    user_ids: list[UserId]


class SendMessageRequest(Input, frozen=True):
    """A message to send. A text has `content`; the other types have `attachments`.

    A voice note (`voice`) is one sound; its duration and waveform are those of the file. Any other
    sound is sent as a `file`.

    Attributes:
        type: Type of the message.
            Example: text
        content: Text of the message, or the caption of its attachments.
        attachments: Ids of the sender's own files that were found clean; none for a text.
            Example: []
        human_agent: Whether a person answers a guest whose reply window is over, which the platform
            takes for seven days. Example: false
        reply_to: Id of the message of this conversation to which it replies; left out, it replies
            to none. Example: null
    """

    client_message_id: ClientMessageId
    type: Literal["text", "image", "video", "voice", "file"]
    content: Content = ""
    attachments: Annotated[list[FileIdInput], Meta(max_length=MAX_ATTACHMENTS)] = msgspec.field(
        default_factory=list
    )
    human_agent: bool = False
    reply_to: MessageIdInput | None = None


class EditMessageRequest(Input, frozen=True):
    """The new text of a message."""

    content: Content


class LinkPreviewView(Output, frozen=True):
    """What the first page that a message links to says about itself. The page may say anything.

    Attributes:
        url: Address of the page, as it was sent. Example: https://maravoss.example/flash
        title: Its title. Example: Flash of this spring
        description: Its description, or null. Example: Twelve botanical pieces.
        site_name: Name of its site; without one, its host. Example: maravoss.example
        image: Always null: pictures of pages are not fetched. Example: null
    """

    url: str
    title: str
    description: str | None
    site_name: str
    image: FileId | None = None


class LinkPreviewSettings(Input, frozen=True):
    """Whether links that the caller sends get previews.

    Attributes:
        enabled: Whether they do. Example: true
    """

    enabled: bool


class MessageHidingView(Output, frozen=True):
    """The state of a message that an admin hid.

    Attributes:
        at: When it was hidden.
        reason: Why, in the admin's words; null for all but its author. Example: Insults a person
    """

    at: Instant
    reason: str | None


class MessageView(Output, frozen=True):
    """A message.

    Attributes:
        revision: Revision of the last change of this message.
        type: Type of the message. Example: image
        sender_id: Id of the member who sent it; null for a card.
        acting_id: Id of the assistant who sent it for the sender; null where nobody did.
            Example: null
        client_message_id: The sender's own id; null for a card.
        content: Text; empty for a card, null once the message is deleted, and null for all but its
            author while it is hidden.
        attachments: Ids of the attached files. Example: ["fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC"]
        refer: Record to which a card or a system message refers, or null.
            Example: null
        created_at: When it was posted.
        edited_at: When it was last edited, or null. Example: null
        deleted_at: When it was deleted, or null. Example: null
        platform: Platform by which it came from a guest or is sent to one; null otherwise.
            Example: null
        sent_at: When it was written at the platform; null where it was not written there.
            Example: null
        delivery: How far a message to a guest has come; null for any other. Example: null
        hidden: Since when an admin hides it; null for any other. Example: null
        preview: Preview of the first https link of its text. It follows as a change of the message,
            or never. Example: null
        replied_to: The message to which it replies, or null. Example: null
        reactions: Reactions to it, the first kind first.
        pinned_at: When it was pinned to the top of the conversation; null where it is not.
            Example: null
        pinned_by: Id of the member who pinned it, or null. Example: null
    """

    id: MessageId
    conversation_id: ConversationId
    sequence: Sequence
    revision: Revision
    type: MessageType
    sender_id: UserId | None
    client_message_id: ClientMessageId | None
    content: Content | None
    attachments: tuple[FileId, ...]
    refer: RecordReference | None
    created_at: Instant
    edited_at: Instant | None
    deleted_at: Instant | None
    platform: Platform | None
    sent_at: Instant | None
    delivery: GuestDelivery | None
    acting_id: UserId | None = None
    hidden: MessageHidingView | None = None
    preview: LinkPreviewView | None = None
    replied_to: RepliedMessageView | None = None
    reactions: list[ReactionView] = msgspec.field(default_factory=list)
    pinned_at: Instant | None = None
    pinned_by: UserId | None = None


class MessageVersionView(Output, frozen=True):
    """What a message said before it was edited.

    Attributes:
        written_at: When it was posted or edited to say so.
    """

    content: Content
    written_at: Instant


class MessageVersionList(Output, frozen=True):
    """What a message said before each edit, the oldest first.

    Attributes:
        items: The earlier versions; none of a message that was not edited, was deleted, or is
            hidden.
    """

    items: list[MessageVersionView]


class PinnedMessageList(Output, frozen=True):
    """The pinned messages of a conversation, the one that was pinned last first.

    Attributes:
        items: The messages, at most 20.
    """

    items: list[MessageView]


class StarListQuery(Input, frozen=True):
    """A page of the caller's stars.

    Attributes:
        conversation_id: Conversation of the messages; left out, those of all.
    """

    conversation_id: ConversationIdInput | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class StarView(Output, frozen=True):
    """A message that the caller has starred.

    Attributes:
        message: The message as it is now.
        starred_at: When they starred it.
    """

    message: MessageView
    starred_at: Instant


class StarList(Output, frozen=True):
    """A page of the caller's stars, the newest first.

    Attributes:
        items: The stars.
    """

    items: list[StarView]
    next_cursor: types.NextCursor


class MessageListQuery(Input, frozen=True, kw_only=True):
    """A page of messages: the newest ones, unless one of the first four parameters is sent.

    Attributes:
        after: Messages after this sequence; 0 is the start of the conversation. Example: 12
        before: Messages before this sequence. Example: 12
        changed_after: Messages that were posted or changed after this revision, in the order of
            their revisions. A page that reaches the end moves the delivered cursor. Example: 15
        cursor: `nextCursor` or `previousCursor` of another page.
    """

    after: SequenceInput | None = None
    before: SequenceInput | None = None
    changed_after: RevisionInput | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class MessageList(Output, frozen=True):
    """A page of messages, in the order of their sequences or, for `changedAfter`, revisions.

    Attributes:
        items: The messages.
        next_cursor: Send it as `cursor` to get newer messages (for `changedAfter`: later
            changes); null where there are none.
        previous_cursor: Send it as `cursor` to get older messages; null where there are none.
            Example: q83vEjRWeJA
        last_sequence: Sequence of the last message before the page was read; 0 without any.
            Example: 12
        revision: Highest revision before the page was read: catching up from here misses nothing.
    """

    items: list[MessageView]
    next_cursor: types.NextCursor
    previous_cursor: types.NextCursor
    last_sequence: int
    revision: Revision


class MessageSearchQuery(Input, frozen=True):
    """Words to search for.

    Attributes:
        q: Words, or beginnings of words, of which every one must occur; case and accents do not
            matter. Example: outline
    """

    q: Annotated[FilledLine, Meta(max_length=100)]
    cursor: Cursor | None = None
    limit: Limit = 20


class MessageSearchResults(Output, frozen=True):
    """Messages that hold every word, the newest first.

    Attributes:
        items: The messages. A page may be empty although `nextCursor` leads on.
        next_cursor: Send it as `cursor` to search older messages; null once all were searched.
    """

    items: list[MessageView]
    next_cursor: types.NextCursor


class SearchResults(Output, frozen=True):
    """What a search over all conversations of the caller found.

    Attributes:
        conversations: Conversations whose other member has a name or handle with all of the words,
            the most recently active first: up to 20, on the first page only.
        items: Messages that hold every word, the newest first. A page may be empty although
            `nextCursor` leads on.
        next_cursor: Send it as `cursor` to search older messages; null once all were searched.
    """

    conversations: list[ConversationView]
    items: list[MessageView]
    next_cursor: types.NextCursor


class ConversationExportQuery(Input, frozen=True):
    """A page of an export."""

    cursor: Cursor | None = None
    limit: Annotated[int, _limit(MAX_EXPORT_PAGE)] = MAX_EXPORT_PAGE


class ConversationExport(Output, frozen=True):
    """A page of a whole conversation.

    Attributes:
        conversation: The conversation.
        people: Its members.
        exported_at: When this page was exported.
        items: The messages, the oldest first.
    """

    conversation: ConversationView
    people: list[MemberView]
    exported_at: Instant
    items: list[MessageView]
    next_cursor: types.NextCursor


# ---- actions of a member -----------------------------------------------------------------------


class MarkReadRequest(Input, frozen=True):
    """The position up to which the caller has read.

    Attributes:
        sequence: Sequence of the last message they have read.
    """

    sequence: Annotated[Sequence, Meta(ge=1, le=MAX_SEQUENCE)]


class MarkDeliveredRequest(Input, frozen=True):
    """The position up to which a device of the caller has received the messages.

    Attributes:
        sequence: Sequence of the last message that it has received.
    """

    sequence: Annotated[Sequence, Meta(ge=1, le=MAX_SEQUENCE)]


class PinMessageRequest(Input, frozen=True):
    """The card to pin.

    Attributes:
        message_id: Id of the card of a consultation.
    """

    message_id: MessageIdInput


class MuteConversationRequest(Input, frozen=True):
    """The duration of a mute.

    Attributes:
        until: When the mute ends; left out, it does not end.
    """

    until: Instant | None = None


class ReportConversationRequest(Input, frozen=True):
    """A report to the admins.

    Attributes:
        reason: Reason of the report. Example: spam
        details: What happened. Example: They keep sending me advertisements.
        message_id: Id of the message it is about; left out, it is about the conversation.
    """

    reason: ReportReason
    details: Annotated[str, Meta(max_length=1_000)] = ""
    message_id: MessageIdInput | None = None


class ReportReceipt(Output, frozen=True):
    """Confirmation that a report was received."""

    id: ReportId


class ReportListQuery(Input, frozen=True):
    """A page of reports.

    Attributes:
        state: Whether to list open or closed reports.
    """

    state: Literal["open", "closed"] = "open"
    limit: Limit = 50
    cursor: Cursor | None = None


Reason = Annotated[FilledText, Meta(max_length=500)]
WarningText = Annotated[FilledText, Meta(max_length=2_000)]


class WarnRequest(Input, frozen=True):
    """A warning.

    Attributes:
        reason: Why you do this. It is written into the audit logs of the account and of yours.
            Example: Insults a client
        text: What the person is notified of. Example: Do not insult people here.
        hide: Whether the content is hidden as well.
    """

    reason: Reason
    text: WarningText
    hide: bool = False


class SuspendRequest(Input, frozen=True):
    """A suspension.

    Attributes:
        reason: Why you do this. It is written into the audit logs of the account and of yours.
            Example: Sent advertisements to 40 artists
        text: What the person is notified of. Example: You sent advertisements to 40 artists.
        until: When it ends, at most a year ahead; left out, it ends when an admin lifts the ban.
            Example: null
        hide: Whether the content is hidden as well.
    """

    reason: Reason
    text: WarningText
    until: Instant | None = None
    hide: bool = False


class ReportReasonRequest(Input, frozen=True):
    """Why an admin acts.

    Attributes:
        reason: Why you do this. It is written into the audit logs of the account and of yours, and
            the author of hidden content sees it. Example: Insults a client
    """

    reason: Reason


class SuspensionView(Output, frozen=True):
    """A suspension.

    Attributes:
        until: When it ends; null for one that an admin lifts. Example: null
        state: `ordered` until auth has banned the account, then `done`; `refused` where it is that
            of an admin, or the end had passed. Example: done
    """

    until: Instant | None
    state: SuspensionState


class ReportDecisionView(Output, frozen=True):
    """What an admin decided about a report.

    Attributes:
        decision: What was decided. Example: warn
        admin_id: Id of the admin.
        at: When it was decided.
        reason: Why. Example: Insults a client
        text: What the person was notified of; null without a warning or a suspension.
            Example: Do not insult people here.
        suspension: The suspension, or null. Example: null
    """

    decision: Decision
    admin_id: UserId
    at: Instant
    reason: str
    text: str | None
    suspension: SuspensionView | None


class ReversalView(Output, frozen=True):
    """The decision to show again what was hidden.

    Attributes:
        admin_id: Id of the admin.
        at: When it was decided.
        reason: Why. Example: It was a quotation
    """

    admin_id: UserId
    at: Instant
    reason: str


class ReportView(Output, frozen=True):
    """A report as admins see it.

    Attributes:
        conversation_id: Id of the conversation; null for content that is not of one.
        message_id: Id of the reported message; null for anything else.
        reporter_id: Id of the user who reported; null once that account is deleted.
        reported_id: Id of the user whose content it is.
        reason: Reason of the report. Example: spam
        details: The reporter's words; null once that account is deleted.
            Example: They keep sending me advertisements.
        content: The content when it was reported; null for a conversation, or once the account of
            its author is deleted.
            Example: Buy my watches
        created_at: When it was reported.
        closed_at: When an admin closed it, or null. Example: null
        closed_by: Id of that admin, or null. Example: null
        kind: Kind of what is reported. Example: message
        subject_id: Id of what is reported. Example: msg_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        attachments: Ids of the files that the content had. Example: []
        warnings: How many warnings the reported user was given in the last 180 days. Example: 1
        hidden: Whether the content is hidden because of this report. Example: false
        decision: What was decided, or null. Example: null
        reversal: The decision to show the content again, or null. Example: null
        versions: What the message said before, if it was edited until it was reported, the oldest
            first.
    """

    id: ReportId
    conversation_id: ConversationId | None
    message_id: MessageId | None
    reporter_id: UserId | None
    reported_id: UserId
    reason: ReportReason
    details: str | None
    content: str | None
    created_at: Instant
    closed_at: Instant | None
    closed_by: UserId | None
    kind: SubjectKind
    subject_id: str
    attachments: tuple[FileId, ...]
    warnings: int
    hidden: bool
    decision: ReportDecisionView | None
    reversal: ReversalView | None
    versions: list[MessageVersionView]


class ReportList(Output, frozen=True):
    """A page of reports, the oldest first.

    Attributes:
        items: The reports.
    """

    items: list[ReportView]
    next_cursor: types.NextCursor


# ---- settings ----------------------------------------------------------------------------------


class MessagingSettingsRequest(Input, frozen=True):
    """The artist's new settings.

    Attributes:
        send_deposit_instructions: Whether the instructions follow every deposit request.
        deposit_instructions: The text of the instructions; required where they are sent.
            Example: Please write your name on the transfer.
    """

    send_deposit_instructions: bool
    deposit_instructions: Annotated[str, Meta(max_length=2_000)] = ""


class MessagingSettingsView(Output, frozen=True):
    """The artist's settings.

    Attributes:
        send_deposit_instructions: Whether the instructions follow every deposit request.
        deposit_instructions: The text of the instructions; may be empty.
            Example: Please write your name on the transfer.
    """

    send_deposit_instructions: bool
    deposit_instructions: str


# ---- WebSocket ---------------------------------------------------------------------------------


class TicketView(Output, frozen=True):
    """A ticket that opens a WebSocket once.

    Attributes:
        ticket: The ticket. Example: 0Wm3r8Zf5uYxQ1nB7cLkV2sTgHdJpEaR9oI6yXvNqM4
        expires_at: When the ticket expires, a minute after it was issued.
        url: URL to open, with the ticket in it.
            Example: wss://live.example.com/live?ticket=0Wm3r8Zf5uYxQ1nB7cLkV2sTgHdJpEaR9oI6yXvNqM4
    """

    ticket: str
    expires_at: Instant
    url: str


# ---- inbox -------------------------------------------------------------------------------------


class LabelRequest(Input, frozen=True):
    """A label.

    Attributes:
        name: Name of the label, which no other of the caller's has. Example: Waiting for deposit
        color: Its colour. Example: orange
    """

    name: Annotated[FilledLine, Meta(max_length=40)]
    color: LabelColor


class LabelView(Output, frozen=True):
    """A label of the caller.

    Attributes:
        name: Name of the label. Example: Waiting for deposit
        color: Its colour. Example: orange
    """

    id: LabelId
    name: str
    color: LabelColor


class LabelList(Output, frozen=True):
    """The caller's labels.

    Attributes:
        items: The labels, in the order in which they were made; at most 20.
        version: Number of the last change of the labels. Example: 4
    """

    items: list[LabelView]
    version: int


class LabelConversationRequest(Input, frozen=True):
    """The labels of a conversation.

    Attributes:
        labels: Ids of the caller's own labels, instead of those it has.
            Example: ["lbl_01JD2Z5Q0V8XKM3F7T9B4N6RWC"]
    """

    labels: Annotated[list[LabelIdInput], Meta(max_length=inbox.MAX_LABELS_OF_CONVERSATION)]


# ---- scheduled messages and drafts -------------------------------------------------------------

ScheduledId = Annotated[
    str,
    Meta(description="Id of the scheduled message.", examples=["smg_01JD2Z5Q0V8XKM3F7T9B4N6RWC"]),
]


class ScheduleMessageRequest(SendMessageRequest, frozen=True, kw_only=True):
    """A message to send later.

    Attributes:
        send_at: When to send it, at most 366 days ahead. It is sent within a minute of it.
    """

    send_at: Instant


class ChangeScheduledRequest(Input, frozen=True, kw_only=True):
    """What to change of a scheduled message; what is left out stays.

    Attributes:
        content: New text.
        attachments: Ids of the files to attach instead.
            Example: ["fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC"]
        send_at: New time.
    """

    content: Content | None = None
    attachments: Annotated[list[FileIdInput], Meta(max_length=MAX_ATTACHMENTS)] | None = None
    send_at: Instant | None = None


class ScheduledView(Output, frozen=True):
    """A scheduled message, which its author alone sees.

    Attributes:
        client_message_id: The id under which it is sent.
        type: Type of the message; null once it was sent. Example: text
        content: Text; null once it was sent.
        attachments: Ids of the files to attach. Example: []
        human_agent: Whether it is sent as a person's answer after the reply window.
            Example: false
        send_at: When it is to be sent.
        status: `scheduled`, `sent`, or `refused` when it could not be sent at its time.
        reason: Code of the error because of which it was refused, such as `blocked`, `person_gone`
            or `reply_window_closed`; null otherwise. Example: null
        detail: That error in words; null otherwise. Example: null
        message_id: Id of the message that was sent, or null. Example: null
        created_at: When it was scheduled.
        version: Number of its last change. Example: 1
        reply_to: Id of the message to which it replies, or null. Example: null
    """

    id: ScheduledId
    conversation_id: ConversationId
    client_message_id: ClientMessageId
    type: MessageType | None
    content: Content | None
    attachments: tuple[FileId, ...]
    human_agent: bool
    send_at: Instant
    status: ScheduledStatus
    reason: str | None
    detail: str | None
    message_id: MessageId | None
    created_at: Instant
    version: int
    reply_to: MessageId | None = None


class ScheduledList(Output, frozen=True):
    """The caller's messages that were not sent.

    Attributes:
        items: Those that are scheduled and those that were refused, by their times; at most 100.
    """

    items: list[ScheduledView]


class SaveDraftRequest(Input, frozen=True, kw_only=True):
    """What the caller has written so far. Nothing at all deletes the draft.

    Attributes:
        content: The text.
        reply_to: Id of the message that it answers. Example: null
        attachments: Ids of the files to attach, which need not be inspected yet. Example: []
        edited_at: When it was edited, by the clock of the device. The latest edit wins.
    """

    content: Content = ""
    reply_to: MessageIdInput | None = None
    attachments: Annotated[list[FileIdInput], Meta(max_length=MAX_ATTACHMENTS)] = msgspec.field(
        default_factory=list
    )
    edited_at: Instant


class DeleteDraftQuery(Input, frozen=True):
    """When the draft was deleted.

    Attributes:
        edited_at: When it was deleted, by the clock of the device; now, unless it is sent. A later
            edit stays.
    """

    edited_at: Instant | None = None


class DraftView(Output, frozen=True):
    """A draft of the caller. It is empty where they have none.

    Attributes:
        content: The text; empty without any.
        reply_to: Id of the message that it answers, or null. Example: null
        attachments: Ids of the files to attach. Example: []
        edited_at: When it was edited, or deleted; null where there never was one.
    """

    conversation_id: ConversationId
    content: Content
    reply_to: MessageId | None
    attachments: tuple[FileId, ...]
    edited_at: Instant | None


# ---- away messages -----------------------------------------------------------------------------


class AwayMessageRequest(Input, frozen=True):
    """The artist's new away message.

    Attributes:
        enabled: Whether it is sent. Example: true
        content: The text; required where it is sent.
            Example: I am back on Monday at nine and answer then.
    """

    enabled: bool
    content: Annotated[str, Meta(max_length=1_000)] = ""


class AwayMessageView(Output, frozen=True):
    """The artist's away message.

    Attributes:
        enabled: Whether it is sent. Example: true
        content: The text; may be empty. Example: I am back on Monday at nine and answer then.
        hours_known: Whether the artist's opening hours are known here. Without any, the artist is
            never away. Example: true
        away_since: When the present away period began; null while the artist is there.
    """

    enabled: bool
    content: str
    hours_known: bool
    away_since: Instant | None
