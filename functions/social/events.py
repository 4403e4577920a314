"""Events that social publishes and consumes."""

from datetime import date, datetime

from domain.social_media import ImportId, ImportRefusal, MediaProvider, MediaTarget
from domain.values import Value
from shared.data.file_imports import FileFetched
from shared.events.domain_events import ConsumedEvent, EventData
from social.models import ProviderId

# ---- published


class SocialAccountConnected(EventData, frozen=True):
    """An artist connected a social account for the first time."""

    type = "social_account.connected"

    account_id: str
    artist_id: str
    provider: ProviderId
    display_name: str


class SocialAccountReconnected(EventData, frozen=True):
    """An artist connected a social account again."""

    type = "social_account.reconnected"

    account_id: str
    artist_id: str
    provider: ProviderId
    display_name: str


class SocialAccountDisconnected(EventData, frozen=True):
    """A social account was disconnected, here or at its provider."""

    type = "social_account.disconnected"

    account_id: str
    artist_id: str
    provider: ProviderId
    display_name: str


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


PUBLISHED: tuple[type[EventData], ...] = (
    SocialAccountConnected,
    SocialAccountReconnected,
    SocialAccountDisconnected,
    SocialCalendarBusyTimesChanged,
    FileFetched,
    SocialMediaImported,
    SocialMediaSourceChanged,
)

# ---- consumed


class SessionEnded(ConsumedEvent, frozen=True):
    """`session.ended`: a session ended before its time."""

    session_id: str


class UserDeleted(ConsumedEvent, frozen=True):
    """`user.deleted`: a user deleted their account."""

    user_id: str


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
