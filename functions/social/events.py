"""Events that social publishes and consumes."""

from datetime import date, datetime

from domain.social_media import ImportId, ImportRefusal, MediaProvider, MediaTarget
from domain.types import ArtistId, FileId, GuestId, Instant, MessageId
from domain.values import Value
from shared.data.file_imports import FileFetched
from shared.events.domain_events import ConsumedEvent, EventData
from social.models import ProviderId
from social.models.bookings import ChangeKind
from social.models.messages import AttachmentKind, FailureReason, MessageStatus

# ---- published


class _AccountEvent(EventData, frozen=True):
    """What happened to a social account, with what others show of it."""

    account_id: str
    artist_id: str
    provider: ProviderId
    display_name: str


class SocialAccountConnected(_AccountEvent, frozen=True):
    """An artist connected a social account for the first time."""

    type = "social_account.connected"


class SocialAccountReconnected(_AccountEvent, frozen=True):
    """An artist connected a social account again."""

    type = "social_account.reconnected"


class SocialAccountDisconnected(_AccountEvent, frozen=True):
    """A social account was disconnected, here or at its provider."""

    type = "social_account.disconnected"


class BusyTime(Value, frozen=True):
    """A busy time.

    Attributes:
        starts_at: Its start. Example: 2030-01-31T10:00:00Z
        ends_at: Its end. Example: 2030-01-31T11:30:00Z
    """

    starts_at: datetime
    ends_at: datetime


class SocialCalendarBusyTimesChanged(EventData, frozen=True):
    """The busy times of a calendar of a social account changed, or it is not read any more.

    Attributes:
        calendar_id: The calendar. Its events may come in any order: the highest version counts.
        record_version: Version of the calendar.
        first_day: First day, in UTC, whose busy times these are. Example: 2030-01-30
        busy_times: All busy times from that day on, merged and in order.
    """

    type = "social_calendar.busy_times_changed"

    account_id: str
    artist_id: str
    calendar_id: str
    record_version: int
    first_day: date
    busy_times: tuple[BusyTime, ...]


class SocialCalendarWritingChanged(EventData, frozen=True):
    """An artist chose another calendar for appointments, or other titles.

    appointments publishes those ahead again, so that all of them are written.

    Attributes:
        record_id: The record that says so: a calendar, or the artist's settings.
    """

    type = "social_calendar.writing_changed"

    artist_id: str
    record_id: str
    record_version: int


class SocialCalendarBookingChangedElsewhere(EventData, frozen=True):
    """An artist moved or deleted the event of an appointment in their own calendar.

    The appointment is as it was. They are asked whether the event is written again, or whether
    they move or cancel the appointment.

    Attributes:
        calendar_name: Name of the calendar. Example: Work
        change: What was done to the event.
        starts_at: When the event begins now; null if it was deleted, or begins at no instant.
        ends_at: When it ends now; the same.
        booked_starts_at: When the appointment begins.
        time_zone: Time zone of the appointment.
        record_version: Counts the changes of the appointment in calendars.
    """

    type = "social_calendar.booking_changed_elsewhere"

    account_id: str
    artist_id: str
    appointment_id: str
    calendar_name: str
    service_name: str
    change: ChangeKind
    starts_at: datetime | None
    ends_at: datetime | None
    booked_starts_at: datetime
    time_zone: str
    record_version: int


class SocialMediaImported(EventData, frozen=True):
    """Media of a social account became a clean file of its artist, for a portfolio or consultation.

    Attributes:
        attempt: Which attempt of the import it is: each has a file of its own.
        consultation_id: The consultation; null for the portfolio.
        caption: Text of the medium, as long as a portfolio takes it.
        permalink: Its page at the provider; null where it has none.
        taken_at: When it was published there; null if that is not known.
    """

    type = "social_media.imported"

    import_id: ImportId
    attempt: int
    artist_id: str
    target: MediaTarget
    consultation_id: str | None
    file_id: str
    caption: str
    provider: MediaProvider
    permalink: str | None
    taken_at: datetime | None
    record_version: int


class SocialMediaSourceChanged(EventData, frozen=True):
    """Imported media was removed at its provider, or is there again.

    Attributes:
        record_id: The portfolio item or the consultation that shows it.
    """

    type = "social_media.source_changed"

    import_id: ImportId
    artist_id: str
    target: MediaTarget
    record_id: str
    removed_at_source: bool
    record_version: int


class _SocialMessage(EventData, frozen=True):
    """A message of a conversation at a platform, or a part of one.

    Attributes:
        account_id: Id of the artist's social account.
            Example: sac_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        platform: Platform of the conversation.
        guest_name: Name of the guest there. Example: Gil Guest
        guest_handle: Their user name there; null where there is none. Example: gil.guest
        guest_picture: Id of the file with their picture; null until it was found clean.
        message_key: Key of the message, unique for its account.
            Example: 5f2b0c7de1a94863b0f2c9d7e8a1b3c4d5e6f708
        text: Its text; null if it has none.
        attachments: Ids of pictures and videos, which inspection found clean.
        attachment_kinds: For each of them, whether it is a picture or a video.
        unsupported: Kinds of what it has besides, such as `sticker`, `share` or `audio`.
        sent_at: When it was sent at the platform.
    """

    account_id: str
    artist_id: ArtistId
    platform: ProviderId
    guest_id: GuestId
    guest_name: str
    guest_handle: str | None
    guest_picture: FileId | None
    message_key: str
    text: str | None
    attachments: list[FileId]
    attachment_kinds: list[AttachmentKind]
    unsupported: list[str]
    sent_at: Instant


class SocialMessageReceived(_SocialMessage, frozen=True):
    """A guest wrote to an artist at a platform.

    A message with a text and attachments comes as two of these: its text at once, and its
    attachments when they are inspected.

    Attributes:
        reply_until: Until when the guest can be answered.
        agent_reply_until: Until when a person can answer them who says so.
    """

    type = "social_message.received"

    reply_until: Instant
    agent_reply_until: Instant


class SocialMessageEchoed(_SocialMessage, frozen=True):
    """An artist wrote to a guest in the platform's own app."""

    type = "social_message.echoed"


class SocialGuestPictured(EventData, frozen=True):
    """The picture of a guest was found clean. Later messages of the guest come with it too.

    Attributes:
        account_id: Id of the artist's social account.
            Example: sac_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        platform: Platform of the conversation.
        guest_name: Name of the guest there. Example: Gil Guest
        guest_handle: Their user name there; null where there is none. Example: gil.guest
        guest_picture: Id of the file with their picture.
        sent_at: When the newest message of the conversation was sent.
    """

    type = "social_guest.pictured"

    account_id: str
    artist_id: ArtistId
    platform: ProviderId
    guest_id: GuestId
    guest_name: str
    guest_handle: str | None
    guest_picture: FileId
    sent_at: Instant


class SocialMessageStatusChanged(EventData, frozen=True):
    """A message to a guest was sent, delivered or read, or it failed.

    Attributes:
        account_id: Id of the artist's social account.
            Example: sac_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        status: Its state, which never goes back.
        reason: Why it failed; null if it did not.
        at: Since when.
    """

    type = "social_message.status_changed"

    account_id: str
    artist_id: ArtistId
    guest_id: GuestId
    message_id: MessageId
    status: MessageStatus
    reason: FailureReason | None
    at: Instant


PUBLISHED: tuple[type[EventData], ...] = (
    SocialAccountConnected,
    SocialAccountReconnected,
    SocialAccountDisconnected,
    SocialCalendarBusyTimesChanged,
    SocialCalendarWritingChanged,
    SocialCalendarBookingChangedElsewhere,
    FileFetched,
    SocialMediaImported,
    SocialMediaSourceChanged,
    SocialMessageReceived,
    SocialMessageEchoed,
    SocialMessageStatusChanged,
    SocialGuestPictured,
)

# ---- consumed


class SessionEnded(ConsumedEvent, frozen=True):
    """`session.ended`: a session ended before its time."""

    session_id: str


class UserDeleted(ConsumedEvent, frozen=True):
    """`user.deleted`: a user deleted their account."""

    user_id: str


class UserVerified(ConsumedEvent, frozen=True):
    """`user.verified` of auth: a new account."""

    user_id: str
    name: str


class ProfileUpdated(ConsumedEvent, frozen=True):
    """`user.profile.updated` of profiles."""

    user_id: str
    name: str
    record_version: int


class ConsumedAppointment(ConsumedEvent, frozen=True):
    """The events of appointments about an appointment.

    Attributes:
        client_id: The client; None for a walk-in without an account.
        by: Who acted; empty where the appointment is published again.
    """

    appointment_id: str
    artist_id: str
    client_id: str | None
    service_name: str
    starts_at: Instant
    ends_at: Instant
    time_zone: str
    status: str
    record_version: int
    by: str = ""


class WritingChanged(ConsumedEvent, frozen=True):
    """Our own `social_calendar.writing_changed`."""

    artist_id: str


class FileCleaned(ConsumedEvent, frozen=True):
    """`file.cleaned`: a file was found clean."""

    file_id: str
    owner_id: str


class FileRejected(ConsumedEvent, frozen=True):
    """`file.rejected`: a file was rejected and deleted."""

    file_id: str
    owner_id: str
    reason: str


class PortfolioItemImported(ConsumedEvent, frozen=True):
    """`portfolio_item.imported`: an import is a portfolio item now."""

    import_id: str
    attempt: int
    artist_id: str
    item_id: str


class PortfolioItemRemoved(ConsumedEvent, frozen=True):
    """`portfolio_item.removed`: the artist deleted a portfolio item, imported or not."""

    item_id: str
    artist_id: str
    import_id: str | None = None
    import_attempt: int | None = None


class ImportRefused(ConsumedEvent, frozen=True):
    """`portfolio_item.import_refused`, `consultation.picture_refused`: an import was not taken."""

    import_id: str
    attempt: int
    artist_id: str
    reason: ImportRefusal


class ConsultationPictureAdded(ConsumedEvent, frozen=True):
    """`consultation.picture_added`: an import is shown in a consultation now."""

    import_id: str
    attempt: int
    artist_id: str
    consultation_id: str


class ConsultationChanged(ConsumedEvent, frozen=True):
    """The events of consultations that change their status."""

    consultation_id: str
    artist_id: str
    status: str
    record_version: int


class AccountChanged(ConsumedEvent, frozen=True):
    """Our own `social_account.connected` and `.reconnected`."""

    account_id: str
    artist_id: str


class FileDecided(ConsumedEvent, frozen=True):
    """`file.cleaned` and `file.rejected`: what inspection decided."""

    file_id: FileId


class GuestErased(ConsumedEvent, frozen=True):
    """`guest.erased`: a guest had joined with an account that was deleted."""

    artist_id: ArtistId
    guest_id: GuestId
    account_id: str


class GuestMessageCreated(ConsumedEvent, frozen=True):
    """`guest_message.created`: an artist answers a guest."""

    message_id: MessageId
    artist_id: ArtistId
    guest_id: GuestId
    account_id: str
    text: str | None
    attachments: list[FileId]
    human_agent: bool
    created_at: datetime
