"""Search indexes that are filled without the API, by the same segments and records."""

from collections.abc import Iterable

from profiles.models.search import Manifest, PendingChanges, PendingPage
from profiles.rules import search_changes
from profiles.store import search, table
from profiles.store.table import RecordItem
from profiles.use_cases import search_index
from shared.platform import clock


def fill(pages: Iterable[PendingPage], *, shows: Iterable[str] | None = None) -> None:
    """Make these artists the whole index.

    Args:
        pages: The artists.
        shows: Those of them whom pages of results show; None for all.
    """
    by_artist = {page.entry.artist_id: page for page in pages}
    with RecordItem.batch_write() as batch:
        for artist_id in by_artist if shows is None else shows:
            entry = by_artist[artist_id].entry
            batch.save(RecordItem.of(table.ARTIST + artist_id, search.ENTRY, entry))
    sealed = search_changes.seal([], PendingChanges(dict(by_artist)))
    search_index.commit(Manifest(), [], sealed, clock.now())
