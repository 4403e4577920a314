"""Appointments in calendars: what is written of them, and what was changed there."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from domain.values import Value

AppointmentId = Annotated[
    str, Meta(description="Id of the appointment.", examples=["apt_01JD2Z5Q0V8XKM3F7T9B4N6RWC"])
]


class EventTitle(StrEnum):
    """What the title of an appointment's event says."""

    BOOKED = "booked"
    SERVICE_AND_FIRST_NAME = "service_and_first_name"


class ChangeKind(StrEnum):
    """What was done to an event of ours in its calendar."""

    MOVED = "moved"
    DELETED = "deleted"


class TimeSpan(Value, frozen=True):
    """A time."""

    starts_at: datetime
    ends_at: datetime


class ElsewhereChange(Value, frozen=True):
    """A change in a calendar about which the artist is asked.

    Attributes:
        kind: What was done.
        noticed_at: When it was noticed.
        span: When the event is now; None if it was deleted, or is at no time that can be read.
    """

    kind: ChangeKind
    noticed_at: datetime
    span: TimeSpan | None = None


class EventCopy(Value, frozen=True, kw_only=True):
    """An event of an appointment in one calendar.

    Attributes:
        account_id: The account.
        calendar_id: Its calendar.
        key: Id of the event there.
        etag: Its version; empty as long as nobody knows whether it is there.
        spans: The times that may have been written: the last one known, and the one that was sent.
        title_hash: Hash of its title; empty as long as it is not known to be there.
        change: What was changed there; the event is left alone until the artist has answered.
        must_check: Whether it may have been changed there.
        is_forced: Whether it is written whatever is there: the artist answered so.
    """

    account_id: str
    calendar_id: str
    key: str
    etag: str = ""
    spans: tuple[TimeSpan, ...] = ()
    title_hash: str = ""
    change: ElsewhereChange | None = None
    must_check: bool = False
    is_forced: bool = False


class Booking(Value, frozen=True, kw_only=True):
    """An appointment of an artist who has calendars written, and its events in them.

    Attributes:
        client_id: The client; None without one, and where no title names them.
        is_on: Whether it takes place, as far as anybody knows.
        record_version: Version of the appointment at appointments.
        copies: Its events in calendars.
        lease: Who is writing its events; empty for nobody.
        lease_until: Until when nobody else does.
        attempts: How often in a row writing failed.
        version: Version of this record.
    """

    appointment_id: str
    artist_id: str
    client_id: str | None
    service_name: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    is_on: bool
    record_version: int
    copies: tuple[EventCopy, ...] = ()
    lease: str = ""
    lease_until: datetime | None = None
    attempts: int = 0
    version: int = 0

    @property
    def span(self) -> TimeSpan:
        """When it is."""
        return TimeSpan(self.starts_at, self.ends_at)

    def find_copy(self, account_id: str, calendar_id: str) -> EventCopy | None:
        """Return its event in a calendar."""
        return next(
            (
                copy
                for copy in self.copies
                if (copy.account_id, copy.calendar_id) == (account_id, calendar_id)
            ),
            None,
        )


class WritingSettings(Value, frozen=True):
    """How an artist has appointments written to calendars.

    Attributes:
        title: What the titles say.
        version: Version of this record; 0 before the first.
    """

    title: EventTitle = EventTitle.BOOKED
    version: int = 0


class Person(Value, frozen=True):
    """A copy of a user, for the titles of events.

    Attributes:
        record_version: Version at profiles; 0 as long as only auth has published the user.
    """

    id: str
    name: str
    record_version: int = 0
