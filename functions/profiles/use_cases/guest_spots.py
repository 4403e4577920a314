"""Guest spots shown on pages: copies kept up to date by events, in whatever order those arrive."""

from datetime import datetime

from msgspec.structs import replace

from profiles.events import ScheduleRemoved, ScheduleSaved
from profiles.models.artist_pages import ArtistPage, GuestSpot
from profiles.rules.guest_spots import is_over
from profiles.store import artist_pages as store
from profiles.store import table
from profiles.use_cases import page_changes
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data


def handle_schedule_saved(event: DomainEvent, now: datetime) -> None:
    """Update the copy of a guest spot, unless it is newer or the schedule was removed."""
    data = decode_data(event, ScheduleSaved)
    spot = GuestSpot(
        id=data.schedule_id,
        location=data.location,
        time_zone=data.time_zone,
        first_date=data.first_date,
        last_date=data.last_date,
        version=data.record_version,
    )
    _save(data.artist_id, spot, now)


def handle_schedule_removed(event: DomainEvent, now: datetime) -> None:
    """Remove the copy of a guest spot for good; late events do not bring it back."""
    data = decode_data(event, ScheduleRemoved)
    _remove(data.artist_id, data.schedule_id, now)


@retry_on_conflict
def _save(artist_id: str, spot: GuestSpot, now: datetime) -> None:
    before = _get_page(artist_id)
    known = before.guest_spots.get(spot.id)
    if known is not None and known.version >= spot.version:
        return
    kept = {key: one for key, one in before.guest_spots.items() if not is_over(one, now)}
    page = replace(before, guest_spots={**kept, spot.id: spot})
    try:
        page_changes.save(before, page, now, added_copy=spot.id)
    except WriteConflict:
        _raise_unless_gone(artist_id, spot.id)


@retry_on_conflict
def _remove(artist_id: str, schedule_id: str, now: datetime) -> None:
    if store.is_removed(artist_id, schedule_id):
        return
    before = _get_page(artist_id)
    spots = {key: spot for key, spot in before.guest_spots.items() if key != schedule_id}
    page = replace(before, guest_spots=spots)
    try:
        page_changes.save(before, page, now, removed_copy=schedule_id)
    except WriteConflict:
        _raise_unless_gone(artist_id, schedule_id)


def _get_page(artist_id: str) -> ArtistPage:
    return store.find_page(artist_id) or ArtistPage(artist_id)


def _raise_unless_gone(artist_id: str, schedule_id: str) -> None:
    """Raise WriteConflict again, unless the schedule was removed or the account was deleted."""
    if not store.is_removed(artist_id, schedule_id) and not table.is_deleted(artist_id):
        raise WriteConflict
