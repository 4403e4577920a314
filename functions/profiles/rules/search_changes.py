"""Changes of the search index: how a search sees them, and how they become segments."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

from profiles.models.search import PendingChanges, SearchDocument, SegmentPlace, Standing
from profiles.rules.search_segments import (
    Segment,
    build_document,
    get_order,
    list_documents,
    split,
)

View = list[tuple[Segment, int]]


def overlay(segments: Sequence[Segment], pending: PendingChanges) -> View:
    """Return segments as a search reads them, with who of them may be found.

    Changed pages are segments of their own, and hide what the others hold of their artists.
    """
    view = [
        (_update_standings(segment, pending), _hide(segment, pending.pages)) for segment in segments
    ]
    return [*view, *((fresh, fresh.everybody) for fresh in split(_list_changed(pending)))]


def seal(segments: Sequence[Segment], pending: PendingChanges) -> list[Segment]:
    """Return the segments with all changes in them; segments without a change are the same objects.

    Args:
        segments: All segments, ordered by cell.
        pending: The changes.
    """
    starts = [segment.terms.cells[0] for segment in segments]
    added: dict[int, list[SearchDocument]] = defaultdict(list)
    for document in _list_changed(pending):
        added[max(0, bisect_right(starts, document.cell) - 1)].append(document)
    sealed: list[Segment] = []
    for number, segment in enumerate(segments):
        current = _update_standings(segment, pending)
        if number not in added and _hide(segment, pending.pages) == segment.everybody:
            sealed.append(current)
            continue
        kept = [each for each in list_documents(current) if each.artist_id not in pending.pages]
        sealed += split(sorted([*kept, *added[number]], key=get_order))
    return sealed or split(sorted(added[0], key=get_order))


def describe(segment: Segment, terms: str, standings: str) -> SegmentPlace:
    """Return the place of a segment that is stored under these keys."""
    return SegmentPlace(segment.terms.cells[0], segment.size, terms, standings)


def _list_changed(pending: PendingChanges) -> list[SearchDocument]:
    """Return the documents of changed pages, in order."""
    documents = [
        build_document(page.entry, pending.update(artist_id, page.standing))
        for artist_id, page in pending.pages.items()
        if page is not None
    ]
    return sorted(documents, key=get_order)


def _update_standings(segment: Segment, pending: PendingChanges) -> Segment:
    changed: dict[int, Standing] = {}
    for artist_id in {*pending.ratings, *pending.next_free}:
        position = segment.positions.get(artist_id)
        if position is not None:
            changed[position] = pending.update(artist_id, segment.get_standing(position))
    return segment.with_standings(changed) if changed else segment


def _hide(segment: Segment, artist_ids: Iterable[str]) -> int:
    """Return the artists of a segment except these."""
    left = segment.everybody
    for artist_id in artist_ids:
        position = segment.positions.get(artist_id)
        if position is not None:
            left &= ~(1 << position)
    return left
