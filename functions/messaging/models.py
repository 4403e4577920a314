"""Stored records: the documents of the collections, and their values."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Self

import msgspec
from msgspec import UNSET, UnsetType

from domain import ids
from domain.moderation import Decision, ReportReason, SubjectKind
from messaging.rules import inbox
from messaging.rules.guest_messages import GuestDelivery, Platform
from shared.data.mongodb import Record
from shared.http.caller import Role


class Side(StrEnum):
    """Side of a conversation: each member is on one of the two."""

    ARTIST = "artist"
    CLIENT = "client"

    @property
    def other(self) -> "Side":
        """The opposite side."""
        return Side.CLIENT if self is Side.ARTIST else Side.ARTIST


class MessageType(StrEnum):
    """Type of a message: members send the first five, only events post the others."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    VOICE = "voice"
    FILE = "file"
    SYSTEM = "system"
    CONSULTATION = "consultation"
    PROPOSAL = "proposal"
    DEPOSIT_REQUEST = "deposit_request"
    POLICY = "policy"
    APPOINTMENT_CONFIRMED = "appointment_confirmed"


class Person(Record, frozen=True):
    """A copy of a person, kept up to date by events. Of an erased person, only the id remains.

    Attributes:
        id: Id of the user.
        avatar: Id of the image file.
        record_version: Version of the profile that was copied; 0 where only auth's event of the
            new account is known.
        erased_at: When the account was deleted. No later event brings the person back.
        erase_again_at: When the last run of the erasure is due; None unless it is.
        away_enabled: Whether the artist has an away message. It is not part of the copy.
    """

    id: str = msgspec.field(name="_id")
    name: str = ""
    avatar: str | None = None
    handle: str | None = None
    role: Role | None = None
    record_version: int = 0
    erased_at: datetime | None = None
    erase_again_at: datetime | None = None
    away_enabled: bool = False


class Counts(Record, frozen=True):
    """Numbers of messages, from the first of the conversation to this one, by others than a side.

    The difference of two of these is the number of unread messages, so no counter can drift.

    Attributes:
        artist: Messages that the artist did not write.
        client: Messages that the client did not write.
    """

    artist: int = 0
    client: int = 0

    def get(self, side: Side) -> int:
        """Return the number for one side."""
        return self.artist if side is Side.ARTIST else self.client

    def add_message(self, author: Side | None) -> "Counts":
        """Count one more message, written by this side or, where it is None, by neither."""
        return Counts(
            artist=self.artist + (author is not Side.ARTIST),
            client=self.client + (author is not Side.CLIENT),
        )


class RecordReference(Record, frozen=True):
    """A reference to a record of another feature, which holds the state of that record.

    Attributes:
        kind: Kind of the record: `consultation`, `proposal`, `appointment` or `policy_acceptance`.
            Example: consultation
        id: Id of the record. Example: cns_01JD2Z5Q0V8XKM3F7T9B4N6RWC
    """

    kind: str
    id: str


class Membership(Record, frozen=True):
    """State of one member of a conversation.

    Attributes:
        read_sequence: Read cursor: the position of the last message they have read.
        read_count: Their number in the `Counts` of that message.
        muted: Whether they want no notifications.
        muted_until: When a mute ends; None for never.
        has_blocked: Whether they block the other member.
        erased: Whether their account was deleted.
        withdrawn: Positions of unread messages that were deleted, and do not count any more.
        frozen_read: What the other member sees of the read cursor, which moved under a block; None
            where it did not.
        marked_unread: Whether they marked the conversation as unread, until they open it.
        archived: Whether they moved it to their archive.
        labels: Ids of the labels that they gave it.
        state_version: Number of changes of these three.
        drafted_at: When the member edited their draft last; None where they have none.
        views: The views of their list that show it; see `rules.inbox`.
        delivered_sequence: Position up to which a device of theirs has received the messages.
        frozen_delivered: What the other member sees of it, as of the read cursor.
    """

    read_sequence: int = 0
    read_count: int = 0
    muted: bool = False
    muted_until: datetime | None = None
    has_blocked: bool = False
    erased: bool = False
    frozen_read: int | None = None
    withdrawn: tuple[int, ...] = ()
    marked_unread: bool = False
    archived: bool = False
    labels: tuple[str, ...] = ()
    state_version: int = 0
    views: tuple[str, ...] = inbox.NEW
    drafted_at: datetime | None = None
    delivered_sequence: int = 0
    frozen_delivered: int | None = None

    @property
    def received(self) -> int:
        """Position up to which they have received the messages.

        What was read before there was a delivered cursor was received too.
        """
        return max(self.delivered_sequence, self.read_sequence)

    @property
    def shown_read(self) -> int:
        """What the other member sees of the read cursor: under a block, it stands still."""
        return self.read_sequence if self.frozen_read is None else self.frozen_read

    @property
    def shown_received(self) -> int:
        """What the other member sees of `received`: under a block, it stands still."""
        frozen = self.frozen_delivered
        delivered = self.delivered_sequence if frozen is None else frozen
        return max(delivered, self.shown_read)

    def is_muted(self, now: datetime) -> bool:
        """Return whether they want no notifications at this moment."""
        return self.muted and (self.muted_until is None or now < self.muted_until)


class MessageSummary(Record, frozen=True):
    """The last message of a conversation, as a list shows it.

    Attributes:
        preview: Beginning of the content; None once the message is deleted.
    """

    message_id: str
    sequence: int
    revision: int
    type: MessageType
    sender_id: str | None
    preview: str | None
    created_at: datetime


class Pin(Record, frozen=True):
    """The consultation that the artist pinned to the top of a conversation.

    Attributes:
        message_id: Id of its card.
        refer: The consultation.
    """

    message_id: str
    refer: RecordReference


class Conversation(Record, frozen=True):
    """The conversation of an artist and a client. Every pair has at most one.

    It is its own outbox: it stores which of its changes must still be published.

    Attributes:
        client_id: The client, or the guest who has no account.
        opened_by: The member who opened it; None where an event of another feature did. It is
            unknown of conversations from before 0.3.
        active_at: When the newest delivered message was posted.
        artist: State of the artist.
        client: State of the client.
        last: Summary of the newest delivered message. The messages themselves may be newer.
        counts: Counts of that message.
        revision: A revision that is at most the highest of the messages.
        pinned: What the artist pinned.
        unpublished: Changes whose events are not published yet: `opened`, a side whose read
            cursor moved, `<side> block`, `answered`, or `shared` for the attachments of a guest who
            joined.
        version: Version, which grows with every change of `unpublished`.
        due_at: When the sweeper takes over; None when nothing is unpublished.
        guest_ids: Guests who joined with the account of the client.
        joined_into: Id of the client's conversation that took the messages of this one of a guest.
        awaiting_since: When the other member began to wait for an answer of the artist; missing
            where they do not.
        unread_version: Version, which grows with every change of what is unread.
    """

    id: str = msgspec.field(name="_id")
    artist_id: str
    client_id: str
    created_at: datetime
    active_at: datetime
    opened_by: str | UnsetType | None = UNSET
    artist: Membership = Membership()
    client: Membership = Membership()
    last: MessageSummary | None = None
    counts: Counts = Counts()
    revision: int = 0
    pinned: Pin | None = None
    unpublished: tuple[str, ...] = ()
    version: int = 0
    due_at: datetime | None = None
    guest_ids: tuple[str, ...] = ()
    joined_into: str | None = None
    awaiting_since: datetime | UnsetType = UNSET
    unread_version: int = 0

    @property
    def guest_id(self) -> str | None:
        """Id of the guest; None where the other member has an account."""
        return self.client_id if ids.is_guest(self.client_id) else None

    @property
    def account_id(self) -> str | None:
        """Id of the client's account; None for a guest."""
        return None if ids.is_guest(self.client_id) else self.client_id

    @property
    def member_ids(self) -> tuple[str, str]:
        """Ids of the artist and of the client."""
        return (self.artist_id, self.client_id)

    @property
    def is_blocked(self) -> bool:
        """Whether one of the members blocks the other."""
        return self.artist.has_blocked or self.client.has_blocked

    @property
    def can_write(self) -> bool:
        """Whether members may write: neither blocks the other, and both accounts exist."""
        return not (self.is_blocked or self.artist.erased or self.client.erased)

    def get_user_id(self, side: Side) -> str:
        """Return the id of the member on this side."""
        return self.artist_id if side is Side.ARTIST else self.client_id

    def find_side(self, user_id: str | None) -> Side | None:
        """Return the side of a user, None where they are not a member."""
        if user_id == self.artist_id:
            return Side.ARTIST
        return Side.CLIENT if user_id == self.client_id else None

    def get_membership(self, side: Side) -> Membership:
        """Return the state of the member on this side."""
        return self.artist if side is Side.ARTIST else self.client

    def count_unread(self, side: Side) -> int:
        """Return how many delivered messages this side has not read.

        It is at least one while the conversation is marked as unread.
        """
        if self.joined_into is not None:
            return 0
        member = self.get_membership(side)
        unread = self.counts.get(side) - member.read_count - len(member.withdrawn)
        return max(int(member.marked_unread), unread)

    def list_views(self, side: Side) -> tuple[str, ...]:
        """Return the views that show the conversation to this side.

        There are none where it was moved, or the account of the member was deleted.
        """
        member = self.get_membership(side)
        if self.joined_into is not None or member.erased:
            return ()
        return inbox.list_views(
            archived=member.archived,
            unread=self.count_unread(side) > 0,
            guest=side is Side.ARTIST and self.guest_id is not None,
            labels=member.labels,
        )

    def with_membership(self, side: Side, member: Membership) -> "Conversation":
        """Return the conversation with another state of the member on this side."""
        if side is Side.ARTIST:
            return msgspec.structs.replace(self, artist=member)
        return msgspec.structs.replace(self, client=member)

    def with_views(self) -> "Conversation":
        """Return the conversation with the views that it must have."""
        changed = self
        for side in Side:
            member = self.get_membership(side)
            views = msgspec.structs.replace(member, views=self.list_views(side))
            changed = changed.with_membership(side, views)
        return changed


class UnreadCount(Record, frozen=True):
    """The unread messages of a person in one conversation.

    Attributes:
        version: `unread_version` of the conversation.
        at: When it was counted.
    """

    conversation_id: str
    count: int
    version: int
    at: datetime


class UnreadCounter(Record, frozen=True):
    """The unread messages of a person over all conversations.

    Attributes:
        id: Id of the user.
        total: Sum of the counts.
        counts: Counts that are not zero, and those that were counted lately.
        complete: Whether all conversations are counted: before, only those are that changed since
            there are counters.
        revision: Revision, which grows with every change.
    """

    id: str = msgspec.field(name="_id")
    total: int = 0
    counts: tuple[UnreadCount, ...] = ()
    complete: bool = False
    revision: int = 0


class Reaction(Record, frozen=True):
    """A member's reaction to a message.

    Attributes:
        emoji: The emoji, fully qualified.
    """

    emoji: str
    user_id: str
    reacted_at: datetime


class MessageVersion(Record, frozen=True):
    """What a message said before it was edited.

    Attributes:
        content: The text.
        written_at: When it was posted or edited to say so.
    """

    content: str
    written_at: datetime


class LinkPreview(Record, frozen=True):
    """What the first page that a message links to says about itself.

    Attributes:
        url: Address of the page, as it was sent.
        site_name: Name of the site: its own, or the host.
    """

    url: str
    title: str
    description: str | None
    site_name: str


class LinkedPage(Record, frozen=True):
    """What a page said about itself, kept for a day; or a server of which nothing is fetched.

    Attributes:
        id: Hash of the URL, or of the server.
        title: Its title; None where there is no preview of it.
        expires_at: When it is fetched again.
        pending: Whether a worker is fetching it.
    """

    id: str = msgspec.field(name="_id")
    expires_at: datetime
    pending: bool = False
    title: str | None = None
    description: str | None = None
    site_name: str | None = None


class LinkPreviewChoice(Record, frozen=True):
    """Whether links that a user sends get previews.

    Attributes:
        id: Id of the user.
    """

    id: str = msgspec.field(name="_id")
    enabled: bool


class Hiding(Record, frozen=True):
    """The state of content that an admin hid.

    Attributes:
        report_id: Id of the report that was decided.
        at: When it was hidden.
        reason: Why, in the admin's words; its author sees it.
    """

    report_id: str
    at: datetime
    reason: str


class Message(Record, frozen=True):
    """A message. It is its own outbox.

    Attributes:
        sequence: Position in the conversation, from 1, without gaps.
        revision: Revision of the last change. No two messages of a conversation ever have the
            same; a change takes the next one after the highest.
        sender_id: Id of the member who sent it; None where an event posted it.
        acting_id: Id of the assistant who sent it for the sender; None where nobody did.
        author_id: Id of the user whose words it holds. An artist's deposit instructions have an
            author and no sender.
        client_message_id: The sender's own id, which makes a repeated request post nothing.
        source: Type and record of the event that posted it, which makes a repeated event post
            nothing.
        body_hash: Hash of the request that sent it.
        content: Text; None once the message is deleted.
        folded: The content as search compares it.
        attachments: Ids of the attached files.
        refer: Record to which a card or a system message refers.
        counts: Counts up to this message.
        correlation_id: Correlation id of the request or event that posted it.
        published_at: When its event was published.
        due_at: When the sweeper takes over; None once the last change was delivered.
        unrevised: Whether it was redacted and has not got its new revision yet.
        guest_id: The guest who wrote it, or to whom it is sent; None where there is none.
        platform: Platform by which it came or is sent.
        sent_at: When it was sent at the platform, if it was written there.
        delivery: State of a message that is sent to a guest.
        human_agent: Whether it is sent as a human agent's answer, after the reply window.
        guest_text: What is sent to the guest instead of the content; None once its event was
            published.
        artist_id: The artist of the conversation, by whom search over all conversations finds it.
        client_id: The client or guest of the conversation, in the same way.
        hidden: Why nobody but its author is shown it; None for any other.
        preview: Preview of the first page that it links to.
        preview_url: Address of a page whose preview is still to be fetched.
        has_no_preview: Whether its sender removed the preview.
        reply_to: Id of the message of the same conversation to which it replies.
        reactions: Reactions of both members, the oldest first.
        versions: What it said before each edit, the oldest first. Lists do not read it.
        pinned_at: When it was pinned to the top of the conversation; None where it is not.
        pinned_by: The member who pinned it.
    """

    id: str = msgspec.field(name="_id")
    conversation_id: str
    sequence: int
    revision: int
    type: MessageType
    sender_id: str | None
    author_id: str | None
    client_message_id: str | None
    source: str | None
    body_hash: str | None
    content: str | None
    folded: str
    attachments: tuple[str, ...]
    refer: RecordReference | None
    counts: Counts
    created_at: datetime
    correlation_id: str
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    published_at: datetime | None = None
    due_at: datetime | None = None
    unrevised: bool = False
    acting_id: str | None = None
    guest_id: str | None = None
    platform: Platform | None = None
    sent_at: datetime | None = None
    delivery: GuestDelivery | None = None
    human_agent: bool = False
    guest_text: str | None = None
    artist_id: str = ""
    client_id: str = ""
    hidden: Hiding | None = None
    preview: LinkPreview | None = None
    preview_url: str | None = None
    has_no_preview: bool = False
    reply_to: str | None = None
    reactions: tuple[Reaction, ...] = ()
    versions: tuple[MessageVersion, ...] = ()
    pinned_at: datetime | None = None
    pinned_by: str | None = None


class Star(Record, frozen=True):
    """A message that a member marked for themselves.

    Attributes:
        id: Ids of the user and of the message.
    """

    id: str = msgspec.field(name="_id")
    user_id: str
    conversation_id: str
    message_id: str
    starred_at: datetime


class JoinRequest(Record, frozen=True):
    """An artist's request that a guest joins with an account.

    Attributes:
        code_hash: Hash of the code, which went to the guest only.
    """

    code_hash: str
    requested_at: datetime
    expires_at: datetime


class Guest(Record, frozen=True):
    """A person who writes to an artist from a social platform, without an account.

    Attributes:
        id: Id of the guest, which social derives from artist, platform and user there.
        account_id: The artist's social account to which they wrote last.
        picture: Id of the image file.
        picture_at: When the message was sent with which the picture came; the newest wins.
        seen_at: When the message was sent with which the name came; the newest wins.
        reply_until: End of the reply window; None before they wrote.
        agent_reply_until: End of the longer window of human agents.
        join: The last request to join.
        client_id: The account with which they joined.
        settle_at: When the sweeper moves what arrived while they joined; None once that is done.
        erased_at: When the account was deleted with which they had joined. Nothing older brings
            them back.
        found_by: The name by which search finds their conversation.
    """

    id: str = msgspec.field(name="_id")
    artist_id: str
    account_id: str = ""
    platform: Platform = Platform.INSTAGRAM
    name: str = ""
    handle: str | None = None
    picture: str | None = None
    picture_at: datetime | None = None
    seen_at: datetime | None = None
    reply_until: datetime | None = None
    agent_reply_until: datetime | None = None
    join: JoinRequest | None = None
    client_id: str | None = None
    joined_at: datetime | None = None
    settle_at: datetime | None = None
    erased_at: datetime | None = None
    found_by: str = ""


class SocialAccount(Record, frozen=True):
    """A copy of an artist's social account.

    Attributes:
        connected: Whether replies can be sent through it.
        changed_at: When that was published last.
    """

    id: str = msgspec.field(name="_id")
    artist_id: str
    connected: bool
    changed_at: datetime


class OverdueRecord(msgspec.Struct, frozen=True):
    """A message or a conversation whose last change was not delivered in time.

    Attributes:
        message_id: Id of the message; None if it is about the conversation itself.
        since: When a message that was never published was written, otherwise when it was due.
    """

    conversation_id: str
    message_id: str | None
    since: datetime


class AttachmentKind(StrEnum):
    """Kind of a file that may be attached."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"

    @classmethod
    def of(cls, content_type: str) -> Self:
        """Return the kind of a file of this media type."""
        family = content_type.partition("/")[0]
        return cls(family) if family in set(cls) else cls("document")


class AttachableFile(Record, frozen=True):
    """A copy of a file that was found clean, or a mark that it was removed.

    Attributes:
        record_version: Version of the file at the files feature.
        removed: Whether it was removed, after which it can never be attached again.
    """

    id: str = msgspec.field(name="_id")
    owner_id: str
    kind: AttachmentKind
    record_version: int
    removed: bool = False


class MessagingSettings(Record, frozen=True):
    """Settings of an artist.

    Attributes:
        id: Id of the artist.
        send_deposit_instructions: Whether the instructions follow every deposit request.
        deposit_instructions: The artist's own words.
    """

    id: str = msgspec.field(name="_id")
    send_deposit_instructions: bool = False
    deposit_instructions: str = ""


class LabelColor(StrEnum):
    """Colour of a label. Which shade it is on a screen, the app decides."""

    GREY = "grey"
    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    TEAL = "teal"
    BLUE = "blue"
    PURPLE = "purple"
    PINK = "pink"
    BROWN = "brown"


class Label(Record, frozen=True):
    """A label that a user gives to conversations.

    Attributes:
        id: Id of the label, which the user's device chose.
    """

    id: str
    name: str
    color: LabelColor


class LabelSet(Record, frozen=True):
    """The labels of a user, in the order in which they were made.

    Attributes:
        id: Id of the user.
        version: Number of the last change.
    """

    id: str = msgspec.field(name="_id")
    labels: tuple[Label, ...] = ()
    version: int = 0

    def find(self, label_id: str) -> Label | None:
        """Return a label, None where there is none of this id."""
        return next((label for label in self.labels if label.id == label_id), None)


class AwayMessage(Record, frozen=True):
    """What is answered for an artist who is not there.

    Attributes:
        id: Id of the artist.
        enabled: Whether it is sent.
        content: The artist's own words.
    """

    id: str = msgspec.field(name="_id")
    enabled: bool = False
    content: str = ""


class ArtistHours(Record, frozen=True):
    """A copy of an artist's opening hours and time off.

    Attributes:
        id: Id of the artist.
        time_zone: IANA time zone of all windows.
        weekly: For each weekday, from Monday on, its windows such as `09:00-17:00`.
        overrides: Windows of single dates such as `2026-03-02`, instead of those of the weekday.
        time_off: Periods without any.
        record_version: Version of the hours at the appointments feature.
    """

    id: str = msgspec.field(name="_id")
    time_zone: str
    weekly: tuple[tuple[str, ...], ...]
    overrides: dict[str, tuple[str, ...]]
    time_off: tuple[tuple[datetime, datetime], ...]
    record_version: int


class ResponseTimes(Record, frozen=True):
    """How soon an artist answered: counts of the last 90 days. It is its own outbox.

    Attributes:
        id: Id of the artist.
        days: For each day, as `2026-03-02`, the number of answers of each class in minutes.
        typical_minutes: What others are shown; see `rules.response_times`.
        answered_share: What others are shown.
        version: Number of changes of what others are shown.
        unpublished: Whether the last of these was not published yet.
        refresh_at: When the sweeper looks at it again.
    """

    id: str = msgspec.field(name="_id")
    days: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    typical_minutes: int | None = None
    answered_share: float | None = None
    version: int = 0
    unpublished: bool = False
    refresh_at: datetime | None = None


class ScheduledStatus(StrEnum):
    """How far a scheduled message has come."""

    SCHEDULED = "scheduled"
    SENT = "sent"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class ScheduledMessage(Record, frozen=True):
    """A message that is sent later.

    Attributes:
        user_id: Id of the author.
        request: The request that sends it, as the author made it; empty once it was sent.
        send_at: When it is to be sent.
        reason: Code of the error because of which it was refused.
        detail: That error in words.
        message_id: Id of the message that was posted.
        version: Number of its last change.
        due_at: When the sweeper sends it; None once it was sent or refused.
        claimed_until: Until when somebody is sending it; None while nobody is.
        expires_at: When the database deletes it; None before it was sent.
    """

    id: str = msgspec.field(name="_id")
    conversation_id: str
    user_id: str
    role: Role
    client_message_id: str
    request: dict[str, Any]
    send_at: datetime
    created_at: datetime
    status: ScheduledStatus = ScheduledStatus.SCHEDULED
    reason: str | None = None
    detail: str | None = None
    message_id: str | None = None
    version: int = 1
    due_at: datetime | None = None
    claimed_until: datetime | None = None
    expires_at: datetime | None = None


class MessageDraft(Record, frozen=True):
    """What a user has begun to write in a conversation, on all of their devices.

    Attributes:
        id: Ids of the conversation and of the user.
        content: The text; None once the draft was deleted, which outlasts it for a while.
        reply_to: Id of the message that it answers.
        attachments: Ids of the files to attach.
        edited_at: When it was edited, by the clock of the device; the latest wins.
        expires_at: When the database deletes it.
    """

    id: str = msgspec.field(name="_id")
    conversation_id: str
    user_id: str
    content: str | None
    reply_to: str | None
    attachments: tuple[str, ...]
    edited_at: datetime
    expires_at: datetime


class SuspensionState(StrEnum):
    """How far a suspension has come: auth bans the account, or says why it does not."""

    ORDERED = "ordered"
    DONE = "done"
    REFUSED = "refused"


class Suspension(Record, frozen=True):
    """A suspension that an admin decided on.

    Attributes:
        until: When it ends; None for one that an admin lifts.
        state: How far it has come.
    """

    until: datetime | None = None
    state: SuspensionState = SuspensionState.ORDERED


class ReportDecision(Record, frozen=True):
    """What an admin decided about a report.

    Attributes:
        id: Id of the decision, by which a repeated request is known.
        admin_id: Id of the admin.
        reason: Why, in the admin's words.
        text: What the person is notified of with a warning or a suspension.
        hides: Whether the content is hidden by it.
    """

    id: str
    decision: Decision
    admin_id: str
    at: datetime
    reason: str = ""
    text: str = ""
    hides: bool = False
    suspension: Suspension | None = None


class Reversal(Record, frozen=True):
    """An admin's decision to show again what was hidden.

    Attributes:
        admin_id: Id of the admin.
        reason: Why, in the admin's words.
    """

    admin_id: str
    at: datetime
    reason: str


class Report(Record, frozen=True):
    """A user's report to the admins. It is its own outbox, like a message.

    Attributes:
        conversation_id: Id of the conversation; empty for content of another feature.
        message_id: Id of the reported message; empty for anything else.
        reporter_id: Id of the user who reported; None once that person was erased.
        reported_id: Id of the user whose content it is.
        details: The reporter's words; None once that person was erased.
        content: The content when it was reported, so that deleting it hides nothing; None once its
            author was erased.
        expires_at: When the database deletes the report; None while it is open.
        kind: Kind of what is reported; None of a report from before there were several features.
        subject_id: Id of what is reported.
        attachments: Ids of the files that the content had.
        open_key: Reporter and subject of a report that is open; nobody has two of the same.
        decision: What an admin decided; None while it is open, and of one that was only closed.
        reversal: The decision to show the content again, if there was one.
        published_at: When the decision was published.
        due_at: When the sweeper takes over; None when nothing is unpublished.
        ends_at: When the suspension ends; None once that was published, or without an end.
        versions: What the message said before, if it was edited until then.
    """

    id: str = msgspec.field(name="_id")
    conversation_id: str
    message_id: str
    reporter_id: str | None
    reported_id: str
    reason: ReportReason
    details: str | None
    content: str | None
    created_at: datetime
    closed_at: datetime | None = None
    closed_by: str | None = None
    expires_at: datetime | None = None
    kind: SubjectKind | None = None
    subject_id: str = ""
    attachments: tuple[str, ...] = ()
    open_key: str | None = None
    decision: ReportDecision | None = None
    reversal: Reversal | None = None
    published_at: datetime | None = None
    due_at: datetime | None = None
    ends_at: datetime | None = None
    versions: tuple[MessageVersion, ...] = ()

    @property
    def subject(self) -> tuple[SubjectKind, str]:
        """Kind and id of what is reported."""
        if self.kind is not None:
            return self.kind, self.subject_id
        if self.message_id:
            return SubjectKind.MESSAGE, self.message_id
        return SubjectKind.CONVERSATION, self.conversation_id

    @property
    def is_hidden(self) -> bool:
        """Whether its content is hidden because of it."""
        return self.decision is not None and self.decision.hides and self.reversal is None


class Ticket(Record, frozen=True):
    """A ticket that opens one WebSocket, so that no token stands in a URL.

    Attributes:
        id: Hash of the ticket, which itself is not stored.
        token_expires_at: When the access token expires with which it was issued, and with it the
            connection.
        expires_at: When the ticket expires.
        acting_id: The assistant who acts for the user; None when it is the user.
        acting_session_id: Session of the assistant.
    """

    id: str = msgspec.field(name="_id")
    user_id: str
    role: Role
    session_id: str
    token_expires_at: datetime
    expires_at: datetime
    acting_id: str | None = None
    acting_session_id: str | None = None


class Connection(Record, frozen=True):
    """An open WebSocket of one device.

    Attributes:
        id: Connection id of API Gateway.
        expires_at: When its access token expires; nothing is posted to it from then on.
        window_at: When the current window of its rate limit began.
        frames: Frames received in that window.
        conversation_id: Id of the conversation that the device shows.
        counterpart_id: Id of the user whose presence it receives.
        acting_id: The assistant who sits at the device and acts for the user; None when it is the
            user.
        acting_session_id: Session of the assistant, with which the connection ends too.
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
    acting_id: str | None = None
    acting_session_id: str | None = None

    @property
    def person_id(self) -> str:
        """The user who sits at the device."""
        return self.acting_id or self.user_id

    def is_of_session(self, session_id: str) -> bool:
        """Return whether the connection ends with a session."""
        return session_id in (self.session_id, self.acting_session_id)


class EndedSession(Record, frozen=True):
    """A session that has ended, for as long as its access tokens may be valid.

    Attributes:
        id: Id of the session.
    """

    id: str = msgspec.field(name="_id")
    expires_at: datetime
