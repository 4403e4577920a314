"""Engines that answer searches: the segments of our own index, or a collection of OpenSearch.

Both answer the same questions alike. What changes is noted in the same records; an engine takes it
from there with `apply`, which the sweeper calls. Segments also show what was not applied yet, while
OpenSearch lags behind by a minute. Segments are made for up to about 65,000 artists, which a
container holds in memory; beyond that an environment names a collection (docs/options.md).
"""

from datetime import datetime
from functools import lru_cache
from typing import Protocol

from msgspec import Struct

from profiles.models.search import IndexedArtist
from profiles.rules.search_filter import Answer, Position, SearchFilter
from profiles.use_cases import search_index
from shared.platform.config import from_environment


class SearchSettings(Struct, frozen=True):
    """Settings of searches.

    Attributes:
        search_endpoint: Address of a collection of OpenSearch Serverless; empty for segments.
    """

    search_endpoint: str = ""


class SearchEngine(Protocol):
    """What answers searches for artists."""

    def find(
        self, criteria: SearchFilter, after: Position | None, limit: int, now: datetime
    ) -> Answer:
        """Return a page of the artists who match."""
        ...

    def apply(self, now: datetime, *, everything: bool = False) -> None:
        """Take changes into the index: those that are due, or `everything`."""
        ...

    def find_indexed(self, artist_id: str) -> IndexedArtist | None:
        """Return what searches find of an artist, or will once changes are applied."""
        ...


class Segments:
    """The segments in the table."""

    def find(
        self, criteria: SearchFilter, after: Position | None, limit: int, now: datetime
    ) -> Answer:
        """Return a page of the artists who match, by the latest changes."""
        return search_index.find(criteria, after, limit, now)

    def apply(self, now: datetime, *, everything: bool = False) -> None:
        """Seal changes."""
        search_index.seal(now, everything=everything)

    def find_indexed(self, artist_id: str) -> IndexedArtist | None:
        """Return what searches find of an artist; None for nobody."""
        return search_index.find_indexed(artist_id)


def get_engine() -> SearchEngine:
    """Return the engine of this environment."""
    endpoint = from_environment(SearchSettings).search_endpoint
    return _open(endpoint) if endpoint else Segments()


@lru_cache
def _open(endpoint: str) -> SearchEngine:
    # Imported here because most environments have no collection, and connections take long to
    # import.
    from profiles.store import opensearch  # noqa: PLC0415
    from profiles.use_cases.search_collection import OpenSearch  # noqa: PLC0415

    return OpenSearch(opensearch.open_collection(endpoint))
