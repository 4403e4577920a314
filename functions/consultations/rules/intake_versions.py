"""Versions of intake forms: which of them clients can answer."""

from datetime import datetime, timedelta

# A client who opened the form before the artist edited it can still submit it for so long.
ANSWERABLE_HOURS = 24


def get_answerable_until(replaced_at: datetime) -> datetime:
    """Return the last instant at which a version can be answered that was replaced then."""
    return replaced_at + timedelta(hours=ANSWERABLE_HOURS)


def is_answerable(replaced_at: datetime | None, now: datetime) -> bool:
    """Return whether a version can be answered; `replaced_at` is None for the newest."""
    return replaced_at is None or now <= get_answerable_until(replaced_at)
