"""Comparison of the search index with an artist's page and standing, for the rebuild."""

from collections.abc import Iterator

from msgspec.structs import replace

from profiles.models.search import SearchEntry
from profiles.rules.search_segments import get_digest
from profiles.schemas.rebuild import RebuildDifference
from profiles.store import search as store
from profiles.store import standings
from profiles.use_cases import search_engines


def compare(artist_id: str, expected: SearchEntry | None) -> Iterator[RebuildDifference]:
    """Yield what the index holds of an artist in place of what it should."""
    shown = store.find_entries([artist_id]).get(artist_id)
    wanted = replace(expected, words=()) if expected else None
    if shown != wanted:
        yield RebuildDifference(f"search entry of {artist_id}", shown, wanted)
    indexed = search_engines.get_engine().find_indexed(artist_id)
    found = indexed.digest if indexed else None
    digest = get_digest(expected) if expected else None
    if found != digest:
        yield RebuildDifference(f"search index of {artist_id}", found, digest)
    elif indexed:
        standing, _ = standings.find_standing(artist_id)
        if indexed.standing != standing:
            yield RebuildDifference(f"standing of {artist_id}", indexed.standing, standing)
