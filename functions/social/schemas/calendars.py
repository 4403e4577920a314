"""Calendars of social accounts, as their artist sees and chooses them."""

from typing import Annotated

from msgspec import Meta

from domain.types import Instant
from shared.http.decoding import Input, Output
from social.models.calendars import CalendarId

MAX_READ = 20


class SocialCalendarView(Output, frozen=True, kw_only=True):
    """A calendar of a social account.

    Attributes:
        name: Its name at the provider. Example: Family
        time_zone: Its time zone, if it has one. Example: Europe/Berlin
        is_primary: Whether it is the main calendar of the account.
        can_write: Whether appointments can be written to it.
        is_read: Whether its busy times block slots.
        is_written: Whether appointments are written to it.
        read_at: When it was read; null before the first time.
        problem: Why it could not be read the last time; null if it could.
            Example: The provider does not respond.
        failing_since: Since when it cannot be read.
        blocks: Number of its busy times. Example: 42
        unclear_count: Number of its events that could not be read completely, and block where their
            time is known. Example: 0
    """

    id: CalendarId
    name: str
    time_zone: str | None
    is_primary: bool
    can_write: bool
    is_read: bool
    is_written: bool
    read_at: Instant | None
    problem: str | None
    failing_since: Instant | None
    blocks: int
    unclear_count: int


class SocialCalendarList(Output, frozen=True):
    """The calendars of a social account.

    Attributes:
        items: The calendars, the main one first.
    """

    items: list[SocialCalendarView]


class CalendarChoiceRequest(Input, frozen=True):
    """Which calendars of an account are used, and for what.

    Attributes:
        read: Calendars whose busy times block slots.
            Example: ["scl_4f6b2c9d81a35e70c2d94b18a6f7035e"]
        write: The calendar to which appointments are written; null for none.
            Example: scl_4f6b2c9d81a35e70c2d94b18a6f7035e
    """

    read: Annotated[list[CalendarId], Meta(max_length=MAX_READ)]
    write: CalendarId | None
