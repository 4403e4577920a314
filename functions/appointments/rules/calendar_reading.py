"""Readings of external calendars: what changes with a success or a failure."""

from datetime import datetime, timedelta

import msgspec

from appointments.models import ExternalCalendar

REREAD_INTERVAL = timedelta(days=1)  # after which even a calendar without changes is read
TOLERATED_FAILURES = 1  # in a row, before the artist is notified


def record_success(external: ExternalCalendar, now: datetime) -> ExternalCalendar:
    """Return a calendar that was read, or that has not changed since it was."""
    return msgspec.structs.replace(
        external, refreshed_at=now, problem=None, failures=0, failing_since=None
    )


def record_failure(external: ExternalCalendar, problem: str, now: datetime) -> ExternalCalendar:
    """Return a calendar that could not be read, and why."""
    return msgspec.structs.replace(
        external,
        problem=problem,
        failures=external.failures + 1,
        failing_since=external.failing_since or now,
    )


def must_notify(external: ExternalCalendar) -> bool:
    """Return whether the artist has to be notified of the last failure."""
    return external.failures == TOLERATED_FAILURES + 1


def must_reread(external: ExternalCalendar, time_zone: str, now: datetime) -> bool:
    """Return whether a calendar has to be read as a whole, even if it has not changed.

    With time, repeated events come closer; and its whole days are those of the artist's time zone.
    """
    is_recent = external.read_at is not None and now < external.read_at + REREAD_INTERVAL
    return not is_recent or external.read_in != time_zone
