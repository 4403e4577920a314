"""Events that social publishes and consumes."""

from datetime import date, datetime

from domain.values import Value
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


PUBLISHED: tuple[type[EventData], ...] = (
    SocialAccountConnected,
    SocialAccountReconnected,
    SocialAccountDisconnected,
    SocialCalendarBusyTimesChanged,
)

# ---- consumed


class UserDeleted(ConsumedEvent, frozen=True):
    """`user.deleted`: a user deleted their account."""

    user_id: str
