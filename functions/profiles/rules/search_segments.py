"""Segments of the search index: a few thousand artists each, packed into two records.

The artists of a segment are ordered by geohash cell, so the artists of a cell stand side by side.
A segment knows for each term (a word, a style, a city, open books) which of its artists have it. In
memory such a set is an integer with a bit for each artist: sets are intersected, united and counted
by single operations, so a search for any combination of criteria is exact.

`encode` writes sets as whatever is shorter, a list of positions or the bits. What changes often,
ratings and next free dates, is a record of its own and an array for each.
"""

import sys
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import date
from functools import cached_property
from hashlib import sha256
from math import nan
from typing import Any

import msgspec
from msgspec import Struct

from domain.search_words import normalize
from profiles.models.artist_pages import Coordinates
from profiles.models.reviews import Rating
from profiles.models.search import (
    FoundSpot,
    SearchDocument,
    SearchEntry,
    SegmentPlace,
    Standing,
)
from profiles.rules import geo

MAX_ARTISTS = 4_096
MAX_BYTES = 320_000  # of a packed record; an item of DynamoDB has at most 400 KB
NO_PRICE = -1
_WORD, _STYLE, _CITY, _OPEN = "WORD#", "STYLE#", "CITY#", "OPEN"
_LIST, _BITS = b"L", b"B"


class Terms(Struct, frozen=True, array_like=True):
    """The first record of a segment, as it is stored. Lists are in the order of the artists.

    Attributes:
        artist_ids: The artists.
        cells: Their cells, ascending; empty without a place.
        digests: Checksums of their entries.
        places: Latitude and longitude of each in degrees, NaN without a place.
        cities: Names of cities by their normalized form.
        prices: Lowest prices in each currency, NO_PRICE where an artist has none.
        spots: Guest spots by the position of their artist.
        sets: Sets of positions by term.
    """

    artist_ids: list[str]
    cells: list[str]
    digests: list[int]
    places: bytes
    cities: dict[str, str]
    prices: dict[str, bytes]
    spots: dict[int, tuple[FoundSpot, ...]]
    sets: dict[str, bytes]


class Standings(Struct, frozen=True, array_like=True):
    """The second record of a segment, as it is stored: one number for each artist.

    Attributes:
        reviews: Number of reviews.
        totals: Sum of their ratings.
        days: Next free date as ordinal; 0 where it is not known.
    """

    reviews: bytes
    totals: bytes
    days: bytes


class Segment:
    """A segment in memory. Artists are named by their position in it."""

    def __init__(self, terms: Terms, standings: Standings) -> None:
        self.terms = terms
        self.size = len(terms.artist_ids)
        self.everybody = (1 << self.size) - 1
        self.reviews = _unpack("I", standings.reviews)
        self.totals = _unpack("I", standings.totals)
        self.days = _unpack("I", standings.days)
        self._sets: dict[str, int] = {}

    @cached_property
    def places(self) -> "array[float]":
        """Latitude and longitude of each artist, one after the other."""
        return _unpack("d", self.terms.places)

    @cached_property
    def prices(self) -> dict[str, "array[int]"]:
        """Lowest prices of all artists in each currency."""
        return {name: _unpack("q", packed) for name, packed in self.terms.prices.items()}

    @cached_property
    def positions(self) -> dict[str, int]:
        """Positions of the artists."""
        return {artist_id: place for place, artist_id in enumerate(self.terms.artist_ids)}

    @cached_property
    def words(self) -> list[str]:
        """All words, sorted."""
        start = len(_WORD)
        return sorted(term[start:] for term in self.terms.sets if term.startswith(_WORD))

    @cached_property
    def letters(self) -> frozenset[str]:
        """All letters of the words."""
        return frozenset("".join(self.words))

    @cached_property
    def styles(self) -> list[str]:
        """All styles."""
        return [term[len(_STYLE) :] for term in self.terms.sets if term.startswith(_STYLE)]

    def has_word(self, word: str) -> bool:
        """Return whether any artist has this very word."""
        return _WORD + word in self.terms.sets

    def with_word(self, word: str) -> int:
        """Return the artists who have this very word."""
        return self._get_set(_WORD + word)

    def list_with_word(self, word: str) -> Iterable[int]:
        """Return the positions of the artists who have this very word."""
        packed = self.terms.sets[_WORD + word]
        if packed[:1] == _LIST:
            return _unpack("H", packed[1:])
        return list_positions(self.with_word(word))

    def with_prefix(self, prefix: str) -> int:
        """Return the artists who have a word that begins like this."""
        found = 0
        for place in range(bisect_left(self.words, prefix), len(self.words)):
            if not self.words[place].startswith(prefix):
                break
            found |= self.with_word(self.words[place])
        return found

    def with_style(self, style: str) -> int:
        """Return the artists who work in this style."""
        return self._get_set(_STYLE + style)

    def at_home_in(self, city: str) -> int:
        """Return the artists whose studio is in this city, which is normalized."""
        return self._get_set(_CITY + city)

    @property
    def open_books(self) -> int:
        """The artists whose books are open."""
        return self._get_set(_OPEN)

    def in_cells(self, cells: Iterable[str]) -> int:
        """Return the artists in these cells, which may be larger than those of the artists."""
        found = 0
        for cell in cells:
            first, after = find_range(self.terms.cells, cell)
            found |= (1 << after) - (1 << first)
        return found

    def get_place(self, position: int) -> Coordinates:
        """Return the place of an artist who has one."""
        return Coordinates(self.places[2 * position], self.places[2 * position + 1])

    def get_rating(self, position: int) -> Rating:
        """Return the rating of an artist."""
        return Rating(self.reviews[position], self.totals[position])

    def get_next_free(self, position: int) -> date | None:
        """Return the next free date of an artist, if it is known."""
        day = self.days[position]
        return date.fromordinal(day) if day else None

    def get_standing(self, position: int) -> Standing:
        """Return the standing of an artist."""
        return Standing(self.get_rating(position), self.get_next_free(position))

    def with_standings(self, changed: Mapping[int, Standing]) -> "Segment":
        """Return the segment with other standings of some artists."""
        other = copy(self)
        other.reviews, other.totals, other.days = self.reviews[:], self.totals[:], self.days[:]
        for position, standing in changed.items():
            other.reviews[position] = standing.rating.count
            other.totals[position] = standing.rating.total
            other.days[position] = _get_day(standing)
        return other

    def _get_set(self, term: str) -> int:
        known = self._sets.get(term)
        if known is None:
            known = self._sets[term] = _decode_set(self.terms.sets.get(term, _LIST), self.size)
        return known


# ---- documents ---------------------------------------------------------------------------------


def build_document(entry: SearchEntry, standing: Standing) -> SearchDocument:
    """Build what the index knows of an artist."""
    place = entry.coordinates
    return SearchDocument(
        artist_id=entry.artist_id,
        cell=geo.get_cell(place, geo.PRECISIONS[-1]) if place else "",
        words=entry.words,
        styles=entry.styles,
        city=entry.city,
        books_open=entry.books_open,
        coordinates=place,
        prices=entry.prices,
        guest_spots=entry.guest_spots,
        digest=get_digest(entry),
        standing=standing,
    )


def get_digest(entry: SearchEntry) -> int:
    """Return the checksum of an entry, by which the index is compared with the pages."""
    return zlib.crc32(msgspec.json.encode(entry))


def get_order(document: SearchDocument) -> tuple[str, str]:
    """Return where an artist stands among the others of the index."""
    return document.cell, document.artist_id


def build(documents: Iterable[SearchDocument]) -> Segment:
    """Build a segment of these artists."""
    ordered = sorted(documents, key=get_order)
    sets: dict[str, list[int]] = defaultdict(list)
    cities: dict[str, str] = {}
    prices: dict[str, array[int]] = {}
    places: list[float] = []
    for position, document in enumerate(ordered):
        city = normalize(document.city)
        for term in _list_terms(document, city):
            sets[term].append(position)
        if city:
            cities[city] = max(document.city, cities.get(city, ""))
        for currency, amount in document.prices.items():
            if currency not in prices:
                prices[currency] = array("q", [NO_PRICE]) * len(ordered)
            prices[currency][position] = amount
        place = document.coordinates
        places += (place.lat, place.lon) if place else (nan, nan)
    terms = Terms(
        artist_ids=[document.artist_id for document in ordered],
        cells=[document.cell for document in ordered],
        digests=[document.digest for document in ordered],
        places=_pack("d", places),
        cities=cities,
        prices={currency: _pack("q", column) for currency, column in prices.items()},
        spots={n: each.guest_spots for n, each in enumerate(ordered) if each.guest_spots},
        sets={term: _encode_set(found, len(ordered)) for term, found in sorted(sets.items())},
    )
    return Segment(terms, _build_standings(document.standing for document in ordered))


def list_documents(segment: Segment) -> list[SearchDocument]:
    """Return the documents that a segment was built of."""
    words: list[list[str]] = [[] for _ in range(segment.size)]
    for word in segment.words:
        for position in segment.list_with_word(word):
            words[position].append(word)
    styles: list[list[str]] = [[] for _ in range(segment.size)]
    for style in segment.styles:
        for position in list_positions(segment.with_style(style)):
            styles[position].append(style)
    cities = [""] * segment.size
    for city, name in segment.terms.cities.items():
        for position in list_positions(segment.at_home_in(city)):
            cities[position] = name
    return [
        SearchDocument(
            artist_id=segment.terms.artist_ids[position],
            cell=cell,
            words=tuple(words[position]),
            styles=tuple(styles[position]),
            city=cities[position],
            books_open=bool(segment.open_books >> position & 1),
            coordinates=segment.get_place(position) if cell else None,
            prices={
                currency: column[position]
                for currency, column in segment.prices.items()
                if column[position] != NO_PRICE
            },
            guest_spots=segment.terms.spots.get(position, ()),
            digest=segment.terms.digests[position],
            standing=segment.get_standing(position),
        )
        for position, cell in enumerate(segment.terms.cells)
    ]


def make_set(positions: Iterable[int], size: int) -> int:
    """Return the set of these positions, which are below `size`."""
    return int.from_bytes(_write_bits(positions, size), "little")


def list_positions(found: int) -> list[int]:
    """Return the positions in a set, ascending."""
    return [place for place, bit in enumerate(bin(found)[:1:-1]) if bit == "1"]


def find_range(cells: Sequence[str], cell: str) -> tuple[int, int]:
    """Return where the cells inside a cell begin and end, in an ascending list."""
    return bisect_left(cells, cell), bisect_right(cells, cell + "~")


def choose_places(places: Sequence[SegmentPlace], cells: Iterable[str]) -> list[SegmentPlace]:
    """Return the segments that can hold artists of these cells."""
    starts = [place.first for place in places]
    chosen: set[int] = set()
    for cell in cells:
        first, after = find_range(starts, cell)
        chosen.update(range(max(0, first - 1), after))
    return [places[number] for number in sorted(chosen)]


# ---- records -----------------------------------------------------------------------------------


def encode(record: Terms | Standings) -> bytes:
    """Pack a record of a segment."""
    return zlib.compress(msgspec.msgpack.encode(record), 6)


def decode_terms(packed: bytes) -> Terms:
    """Unpack the first record of a segment."""
    return msgspec.msgpack.decode(zlib.decompress(packed), type=Terms)


def decode_standings(packed: bytes) -> Standings:
    """Unpack the second record of a segment."""
    return msgspec.msgpack.decode(zlib.decompress(packed), type=Standings)


def get_key(packed: bytes) -> str:
    """Return the key of a packed record: equal records have equal keys, and never change."""
    return sha256(packed).hexdigest()[:32]


def get_standings(segment: Segment) -> Standings:
    """Return the standings of a segment as they are stored."""
    return Standings(
        _pack("I", segment.reviews), _pack("I", segment.totals), _pack("I", segment.days)
    )


def split(documents: Sequence[SearchDocument]) -> list[Segment]:
    """Build segments of documents that are in order, none of them too large to be stored."""
    if not documents:
        return []
    if len(documents) <= MAX_ARTISTS:
        segment = build(documents)
        if len(documents) == 1 or len(encode(segment.terms)) <= MAX_BYTES:
            return [segment]
    middle = len(documents) // 2
    return [*split(documents[:middle]), *split(documents[middle:])]


def _list_terms(document: SearchDocument, city: str) -> set[str]:
    return {
        *(_WORD + word for word in document.words),
        *(_STYLE + style for style in document.styles),
        *([_CITY + city] if city else []),
        *([_OPEN] if document.books_open else []),
    }


def _build_standings(standings: Iterable[Standing]) -> Standings:
    listed = list(standings)
    return Standings(
        _pack("I", [each.rating.count for each in listed]),
        _pack("I", [each.rating.total for each in listed]),
        _pack("I", map(_get_day, listed)),
    )


def _get_day(standing: Standing) -> int:
    return standing.next_free.toordinal() if standing.next_free else 0


def _encode_set(positions: Sequence[int], size: int) -> bytes:
    if 2 * len(positions) < size / 8:
        return _LIST + _pack("H", positions)
    return _BITS + _write_bits(positions, size)


def _decode_set(packed: bytes, size: int) -> int:
    kind, content = packed[:1], packed[1:]
    bits = content if kind == _BITS else _write_bits(_unpack("H", content), size)
    return int.from_bytes(bits, "little")


def _write_bits(positions: Iterable[int], size: int) -> bytes:
    bits = bytearray((size + 7) // 8)
    for position in positions:
        bits[position >> 3] |= 1 << (position & 7)
    return bytes(bits)


def _pack(kind: str, numbers: Iterable[float]) -> bytes:
    """Write numbers in little-endian order."""
    packed: array[Any] = array(kind, numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def _unpack(kind: str, packed: bytes) -> "array[Any]":
    numbers: array[Any] = array(kind)
    numbers.frombytes(packed)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
