"""A collection of OpenSearch as the engine of searches for artists."""

from datetime import datetime

from msgspec.structs import replace

from profiles.models.search import IndexedArtist
from profiles.rules import search_requests
from profiles.rules.search_filter import Answer, Position, SearchFilter
from profiles.rules.search_segments import get_digest
from profiles.store import opensearch
from profiles.store import search as store
from profiles.store.opensearch import Send


class OpenSearch:
    """A collection of OpenSearch."""

    def __init__(self, send: Send) -> None:
        """Use the collection that `send` sends requests to."""
        self._send = send
        self._is_created = False

    def find(
        self, criteria: SearchFilter, after: Position | None, limit: int, now: datetime
    ) -> Answer:
        """Return a page of the artists who match, by the changes that were applied."""
        rank, tolerant = (after.rank, after.tolerant) if after else (None, False)
        tolerated = self._list_tolerated(criteria) if tolerant else frozenset[str]()
        request = search_requests.build_search(criteria, rank, limit, now, tolerated)
        found = opensearch.search(self._send, request)
        if after is None and not search_requests.read_total(found):
            tolerated = self._list_tolerated(criteria)
            tolerant = bool(tolerated)
            if tolerant:
                request = search_requests.build_search(criteria, None, limit, now, tolerated)
                found = opensearch.search(self._send, request)
        return search_requests.read_answer(found, criteria, limit, tolerant=tolerant)

    def apply(self, now: datetime, *, everything: bool = False) -> None:  # noqa: ARG002
        """Send all changes to the collection."""
        changes, _ = store.read_index()
        if not changes:
            return
        if not self._is_created:
            opensearch.create_index(self._send, search_requests.MAPPINGS)
            self._is_created = True
        bulk = search_requests.build_bulk(store.decode_changes(changes))
        opensearch.change(self._send, bulk)
        store.remove_changes(changes)

    def find_indexed(self, artist_id: str) -> IndexedArtist | None:
        """Return what searches find of an artist once changes are applied; None for nobody."""
        changes, _ = store.read_index()
        pending = store.decode_changes(changes)
        if artist_id in pending.pages:
            page = pending.pages[artist_id]
            if page is None:
                return None
            standing = pending.update(artist_id, page.standing)
            return IndexedArtist(get_digest(page.entry), standing)
        request = search_requests.build_lookup(artist_id)
        known = search_requests.read_indexed(opensearch.search(self._send, request))
        return known and replace(known, standing=pending.update(artist_id, known.standing))

    def _list_tolerated(self, criteria: SearchFilter) -> frozenset[str]:
        unsure = frozenset(search_requests.list_unsure(criteria))
        if not unsure:
            return unsure
        counted = opensearch.search(self._send, search_requests.build_count_of_words(criteria))
        return search_requests.read_unknown(counted) or unsure
