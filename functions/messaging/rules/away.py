"""Away periods: when an artist is not there, by a copy of their opening hours."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from domain import opening_hours
from domain.opening_hours import EPOCH_WEEKDAY, Span

_EPOCH = date(1970, 1, 1).toordinal()


class Hours(Protocol):
    """Opening hours: windows of weekdays from Monday on, windows of single dates, time off."""

    @property
    def time_zone(self) -> str:
        """IANA time zone of the windows."""

    @property
    def weekly(self) -> tuple[tuple[str, ...], ...]:
        """Windows such as `09:00-17:00` of each weekday."""

    @property
    def overrides(self) -> dict[str, tuple[str, ...]]:
        """Windows of dates such as `2026-03-02`."""

    @property
    def time_off(self) -> tuple[tuple[datetime, datetime], ...]:
        """Periods without any."""


def find_start(hours: Hours, instant: datetime) -> datetime | None:
    """Return when the away period began that an instant lies in; None where the artist is there.

    It is 1970 where they were not there in the 512 days before.
    """
    time_off = opening_hours.merge_spans(
        (opening_hours.to_seconds(starts_at), opening_hours.to_seconds(ends_at))
        for starts_at, ends_at in hours.time_off
    )

    def list_windows(day: int) -> Iterable[Span]:
        override = hours.overrides.get(date.fromordinal(_EPOCH + day).isoformat())
        windows = hours.weekly[(day + EPOCH_WEEKDAY) % 7] if override is None else override
        return [opening_hours.to_local_span(*window.split("-")) for window in windows]

    seconds = opening_hours.to_seconds(instant)
    closed = opening_hours.find_closing(ZoneInfo(hours.time_zone), list_windows, time_off, seconds)
    return None if closed is None else datetime.fromtimestamp(closed, UTC)
