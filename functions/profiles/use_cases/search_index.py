"""The search index: reading it, and sealing changes into segments.

Records of segments never change, so a container keeps those it has read. A search therefore makes
one query, for the changes and the manifest, and reads segments only where it has not done so.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from profiles.models.search import IndexedArtist, Manifest, SegmentPlace
from profiles.rules import geo, search_changes, search_matching, search_segments
from profiles.rules.search_changes import View
from profiles.rules.search_filter import Answer, Position, SearchFilter
from profiles.rules.search_segments import Segment
from profiles.store import search as store
from profiles.store.search import Change
from shared.data.conflicts import WriteConflict
from shared.platform.outages import Outage

READ_ATTEMPTS = 3
# Changes are sealed once they are this many, or take this much of every search.
MANY_CHANGES = 64
MANY_BYTES = 48 * 1024
# A replaced record stays for searches that read the manifest before.
REPLACED_KEPT_SECONDS = 60

_segments: dict[SegmentPlace, Segment] = {}
_views: dict[tuple[object, ...], View] = {}


class SealReport(Struct, frozen=True):
    """What a call of `seal` did: the number of changes in segments, and of records written."""

    sealed: int = 0
    written: int = 0


def find(criteria: SearchFilter, after: Position | None, limit: int, now: datetime) -> Answer:
    """Return a page of the artists who match, those included who changed a moment ago."""
    return search_matching.find(_read_view(criteria), criteria, after, limit, now)


def find_indexed(artist_id: str) -> IndexedArtist | None:
    """Return what searches find of an artist; None for nobody."""
    for segment, found in _read_view(None):
        position = segment.positions.get(artist_id)
        if position is not None and found >> position & 1:
            digest = segment.terms.digests[position]
            return IndexedArtist(digest, segment.get_standing(position))
    return None


def seal(now: datetime, *, everything: bool = False) -> SealReport:
    """Put the changes into segments once they are many, or make somebody be found no more.

    Args:
        now: Current time.
        everything: Whether to do so however few they are.
    """
    changes, manifest = store.read_index()
    manifest = _delete_replaced(manifest, now)
    if not (everything and changes) and not _is_due(changes):
        return SealReport()
    current = load(manifest.segments)
    sealed = search_changes.seal(current, store.decode_changes(changes))
    try:
        written = commit(manifest, current, sealed, now)
    except WriteConflict:
        return SealReport()  # another call was faster; what this one wrote is read by nobody
    store.remove_changes(changes)
    return SealReport(len(changes), written)


def commit(manifest: Manifest, current: list[Segment], sealed: list[Segment], now: datetime) -> int:
    """Make segments the index; return how many records were written.

    Args:
        manifest: The index as it is.
        current: Its segments.
        sealed: The segments of the index as it will be, in order.
        now: Current time.

    Raises:
        WriteConflict: The index was changed meanwhile.
    """
    places, written = _store_segments(manifest.segments, current, sealed)
    kept = {key for place in places for key in (place.terms, place.standings)}
    before = [key for place in manifest.segments for key in (place.terms, place.standings)]
    replaced = {*manifest.replaced, *before} - kept
    store.save_manifest(
        Manifest(tuple(places), tuple(sorted(replaced)), int(now.timestamp()), manifest.version + 1)
    )
    return written


def _is_due(changes: list[Change]) -> bool:
    return (
        len(changes) >= MANY_CHANGES
        or sum(len(value) for _, _, value in changes) >= MANY_BYTES
        or any(value == "null" for _, name, value in changes if "#" not in name)
    )


def _delete_replaced(manifest: Manifest, now: datetime) -> Manifest:
    if not manifest.replaced or now.timestamp() < manifest.sealed_at + REPLACED_KEPT_SECONDS:
        return manifest
    store.delete_parts(manifest.replaced)
    cleared = Manifest(manifest.segments, (), manifest.sealed_at, manifest.version + 1)
    store.save_manifest(cleared)
    return cleared


def _store_segments(
    places: Iterable[SegmentPlace], current: list[Segment], sealed: list[Segment]
) -> tuple[list[SegmentPlace], int]:
    """Store the segments that are new; return where each is, and how many records were written."""
    known = {id(segment): place for segment, place in zip(current, places, strict=True)}
    parts: dict[str, bytes] = {}
    stored: list[SegmentPlace] = []
    terms_known = {id(segment.terms): known[id(segment)].terms for segment in current}
    for segment in sealed:
        if id(segment) in known:
            stored.append(known[id(segment)])
            continue
        terms = terms_known.get(id(segment.terms))
        if terms is None:
            packed = search_segments.encode(segment.terms)
            terms = search_segments.get_key(packed)
            parts[terms] = packed
        packed = search_segments.encode(search_segments.get_standings(segment))
        standings = search_segments.get_key(packed)
        parts[standings] = packed
        stored.append(search_changes.describe(segment, terms, standings))
    store.save_parts(parts)
    return stored, len(parts)


def _read_view(criteria: SearchFilter | None) -> View:
    """Return the segments that can hold artists who match, with all changes."""
    for _ in range(READ_ATTEMPTS):
        changes, manifest = store.read_index()
        places = list(manifest.segments)
        if criteria is not None and criteria.place is not None:
            cells = geo.list_covering_cells(criteria.place, criteria.radius_km)
            places = search_segments.choose_places(places, cells)
        state = (*changes, *places)
        if state not in _views:
            try:
                segments = load(places)
            except KeyError:
                continue  # sealed and deleted since the manifest was read
            _views.clear()
            _views[state] = search_changes.overlay(segments, store.decode_changes(changes))
            _forget(manifest)
        return _views[state]
    raise Outage("The segments of the search index changed during every attempt to read them.")


def load(places: Iterable[SegmentPlace]) -> list[Segment]:
    """Return segments, reading those that this container does not know.

    Raises:
        KeyError: A record of a segment does not exist.
    """
    listed = list(places)
    missing = [place for place in listed if place not in _segments]
    known = {place.terms: segment.terms for place, segment in _segments.items()}
    keys = [key for place in missing for key in (place.terms, place.standings) if key not in known]
    parts = store.find_parts(keys)
    for place in missing:
        terms = known.get(place.terms) or search_segments.decode_terms(parts[place.terms])
        standings = search_segments.decode_standings(parts[place.standings])
        _segments[place] = Segment(terms, standings)
    return [_segments[place] for place in listed]


def forget() -> None:
    """Forget all segments, as a new container knows none."""
    _segments.clear()
    _views.clear()


def _forget(manifest: Manifest) -> None:
    """Forget segments that are in the index no more."""
    for place in _segments.keys() - set(manifest.segments):
        del _segments[place]
