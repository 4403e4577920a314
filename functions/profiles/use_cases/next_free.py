"""Next free dates that searches sort by: copies kept up to date by events, in whatever order."""

from datetime import datetime

from profiles.events import NextFreeChanged
from profiles.models.search import NextFree
from profiles.store import standings as store
from profiles.use_cases.account_retry import raise_unless_deleted
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data


@retry_on_conflict
def handle_next_free_changed(event: DomainEvent, _now: datetime) -> None:
    """Update the copy of an artist's next free date, unless it is newer."""
    data = decode_data(event, NextFreeChanged)
    before = store.find_next_free(data.artist_id)
    if before is not None and before.version >= data.record_version:
        return
    try:
        store.save_next_free(data.artist_id, before, NextFree(data.day, data.record_version))
    except WriteConflict:
        raise_unless_deleted(data.artist_id)
