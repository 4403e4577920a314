"""Search entries, stored once under each of their keys."""

from pynamodb.transactions import TransactWrite

from profiles.models.artist_pages import ArtistPage
from profiles.models.search import SearchEntry
from profiles.store.table import RecordItem
from shared.data.record_items import json_of

SEARCH = "SEARCH#"


def list_entries(key: str, after: str | None, limit: int) -> list[SearchEntry]:
    """Return up to `limit` entries under a key, ordered by artist id, after that artist."""
    later = RecordItem.sk > after if after else None
    items = RecordItem.query(SEARCH + key, later, limit=limit)
    return [item.decoded(SearchEntry) for item in items]


def write_entry(writes: TransactWrite, key: str, entry: SearchEntry) -> None:
    """Store an entry under a key as part of a transaction."""
    writes.save(RecordItem.of(SEARCH + key, entry.artist_id, entry))


def delete_entry(writes: TransactWrite, key: str, artist_id: str) -> None:
    """Delete an artist's entry under a key as part of a transaction."""
    writes.delete(RecordItem(SEARCH + key, artist_id))


def list_wrong_keys(page: ArtistPage, entry: SearchEntry | None) -> list[str]:
    """Return the keys of a page, sorted, under which this entry is missing or different."""
    places = [(SEARCH + key, page.artist_id) for key in page.search_keys]
    items = RecordItem.batch_get(places, consistent_read=True) if places else ()
    right = {item.pk for item in items if item.record == json_of(entry)}
    return sorted(key for key in page.search_keys if SEARCH + key not in right)
