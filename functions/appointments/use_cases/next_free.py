"""Next free dates of artists, for copies: searches for artists list who is free soonest.

A booking neither looks for the date nor publishes it, so it costs what it did. The date is found
when hours, services or books change, and again every few hours, because bookings and the passing of
time change it too. It is published when it is another one.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from appointments import events, store
from appointments.models import NextFree
from appointments.rules import slots
from appointments.use_cases import consent
from shared.data.conflicts import retry_on_conflict

LOOKED_EVERY = timedelta(hours=3)
PART = timedelta(days=31)  # whose days are read at once
LOOKED_AHEAD = 3 * PART


@retry_on_conflict
def refresh(artist_id: str, now: datetime, *, publish: bool = False) -> None:
    """Find the next free date of an artist, and publish it if it is another one.

    Args:
        artist_id: The artist.
        now: The present time.
        publish: Whether to publish it in any case, for copies that were lost.
    """
    before = store.find_next_free(artist_id)
    can_be_booked, day = _find(artist_id, now)
    if before is None and not can_be_booked:
        return  # nothing was ever free, or the account was deleted
    known = NextFree(
        artist_id,
        day,
        before.version + 1 if before else 1,
        now + LOOKED_EVERY if can_be_booked else None,
    )
    is_new = publish or before is None or before.day != day
    event = events.create_event(
        artist_id, events.NextFreeChanged(artist_id, day, known.version), now
    )
    store.save_next_free(known, [event] if is_new else [])


def _find(artist_id: str, now: datetime) -> tuple[bool, date | None]:
    """Return whether anything of an artist can ever be booked, and the next free date."""
    services = store.list_services(artist_id)
    ids = [service.id for service in services]
    calendar = store.read_catalogue(artist_id, ids, terms=False, consistent=False)
    if not services or calendar.timetable.is_empty or not consent.has_open_books(artist_id):
        return False, None

    def find_dates() -> Iterator[date | None]:
        read, since = calendar, now
        while since < now + LOOKED_AHEAD:
            until = since + PART
            needed = [slots.find_deciding_days(read, each, since, until, now) for each in services]
            read = store.read_days(read, (day for days in needed for day in days), consistent=False)
            firsts = [
                next(slots.find_dated_starts(read, each, since, until, now), None)
                for each in services
            ]
            yield min((day for _, day in filter(None, firsts)), default=None)
            since = until

    return True, next(filter(None, find_dates()), None)
