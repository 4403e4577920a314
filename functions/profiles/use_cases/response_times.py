"""Response times shown on pages: copies kept up to date by events, in whatever order those come."""

from datetime import datetime

from msgspec.structs import replace

from profiles.events import ResponseTimeChanged
from profiles.models.artist_pages import ArtistPage, ResponseTime
from profiles.use_cases import page_copies
from shared.events.domain_events import DomainEvent, decode_data

COPY = "response_time"


def handle_response_time_changed(event: DomainEvent, now: datetime) -> None:
    """Update the copy of an artist's response time, unless it is newer."""
    data = decode_data(event, ResponseTimeChanged)
    changed = ResponseTime(data.typical_minutes, data.answered_share, data.record_version)
    page_copies.save(data.artist_id, COPY, lambda page: _set(page, changed), now)


def _set(page: ArtistPage, changed: ResponseTime) -> ArtistPage:
    known = page.response_time
    if known is not None and known.version >= changed.version:
        return page
    return replace(page, response_time=changed)
