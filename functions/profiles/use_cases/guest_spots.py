"""Guest spots shown on pages: copies kept up to date by events, in whatever order those arrive."""

from datetime import datetime

from msgspec.structs import replace

from profiles.events import ScheduleRemoved, ScheduleSaved
from profiles.models.artist_pages import ArtistPage, GuestSpot
from profiles.rules.guest_spots import is_over
from profiles.use_cases import page_copies
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
    page_copies.save(data.artist_id, spot.id, lambda page: _add(page, spot, now), now)


def handle_schedule_removed(event: DomainEvent, now: datetime) -> None:
    """Remove the copy of a guest spot for good; late events do not bring it back."""
    data = decode_data(event, ScheduleRemoved)
    removed = data.schedule_id
    page_copies.remove(data.artist_id, removed, lambda page: _drop(page, removed), now)


def _add(page: ArtistPage, spot: GuestSpot, now: datetime) -> ArtistPage:
    known = page.guest_spots.get(spot.id)
    if known is not None and known.version >= spot.version:
        return page
    kept = {key: one for key, one in page.guest_spots.items() if not is_over(one, now)}
    return replace(page, guest_spots={**kept, spot.id: spot})


def _drop(page: ArtistPage, schedule_id: str) -> ArtistPage:
    spots = {key: spot for key, spot in page.guest_spots.items() if key != schedule_id}
    return replace(page, guest_spots=spots)
