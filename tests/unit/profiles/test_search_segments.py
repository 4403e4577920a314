"""Segments of the search index: packing, splitting, sealing, and words with typing errors."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.models.artist_pages import Coordinates
from profiles.models.reviews import Rating
from profiles.models.search import (
    FoundSpot,
    PendingChanges,
    PendingPage,
    SearchDocument,
    SearchEntry,
    SegmentPlace,
    Standing,
)
from profiles.rules import search_changes, search_matching, search_segments, search_typos
from profiles.rules.search_filter import Position, SearchFilter
from profiles.rules.search_segments import Segment

NOW = datetime(2026, 12, 1, tzinfo=UTC)
SPOT = FoundSpot("Rua da Rosa 12, Lisbon", "Europe/Lisbon", date(2090, 3, 1), date(2090, 3, 2))
ANYBODY = SearchFilter((), None, None, None, 25.0, None, None, None)


def page(number: int, **fields: Any) -> PendingPage:
    """Build a changed page."""
    standing = fields.pop("standing", Standing())
    entry = SearchEntry(
        **{
            "artist_id": f"usr_{number:03}",
            "name": f"Artist {number}",
            "handle": f"artist{number}",
            "avatar": None,
            "business_name": "",
            "styles": (),
            "city": "",
            "coordinates": None,
            "prices": {},
            "books_open": True,
            "words": (f"artist{number}", "ink"),
            **fields,
        }
    )
    return PendingPage(entry, standing)


def pending(*pages: PendingPage) -> PendingChanges:
    return PendingChanges({each.entry.artist_id: each for each in pages})


def list_found(view: search_changes.View, criteria: SearchFilter = ANYBODY) -> list[str]:
    """Return everybody who is found, page by page."""
    found: list[str] = []
    after: Position | None = None
    while True:
        answer = search_matching.find(view, criteria, after, 2, NOW)
        found += [hit.artist_id for hit in answer.hits]
        after = answer.end
        if after is None:
            assert answer.total == len(found)
            return found
        assert len(answer.hits) == 2


PAGES = st.builds(
    page,
    st.integers(0, 30),
    words=st.sets(st.sampled_from(["ink", "fine", "東京", "ß"])).map(lambda some: (*sorted(some),)),
    styles=st.sets(st.sampled_from("ab")).map(lambda some: (*sorted(some),)),
    city=st.sampled_from(["", "Köln", "Bonn"]),
    coordinates=st.none() | st.builds(Coordinates, st.floats(-90, 90), st.floats(-180, 180)),
    prices=st.dictionaries(st.sampled_from(["EUR", "JPY"]), st.integers(0, 10**12)),
    books_open=st.booleans(),
    guest_spots=st.sampled_from([(), (SPOT,)]),
    standing=st.builds(
        Standing, st.builds(Rating, st.integers(0, 9), st.integers(0, 45)), st.none() | st.dates()
    ),
)


@given(st.lists(PAGES, max_size=12))
def test_a_segment_keeps_its_documents(pages: list[PendingPage]) -> None:
    by_id = {each.entry.artist_id: each for each in pages}
    documents = sorted(
        (search_segments.build_document(each.entry, each.standing) for each in by_id.values()),
        key=search_segments.get_order,
    )
    segment = search_segments.build(documents)
    read = Segment(
        search_segments.decode_terms(search_segments.encode(segment.terms)),
        search_segments.decode_standings(
            search_segments.encode(search_segments.get_standings(segment))
        ),
    )
    assert [_sort(each) for each in search_segments.list_documents(read)] == [
        _sort(each) for each in documents
    ]


def _sort(document: SearchDocument) -> Any:
    return (document.artist_id, sorted(document.words), sorted(document.styles), *_rest(document))


def _rest(document: SearchDocument) -> tuple[Any, ...]:
    return (
        document.city,
        document.coordinates,
        document.prices,
        document.books_open,
        document.guest_spots,
        document.digest,
        document.standing,
    )


@given(st.lists(st.lists(PAGES | st.integers(0, 30), max_size=8), max_size=5), st.integers(1, 4))
def test_sealing_changes_nothing_that_is_found(steps: list[list[Any]], largest: int) -> None:
    """Changes are found before and after they are sealed, and nothing else is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_segments, "MAX_ARTISTS", largest)
        segments: list[Segment] = []
        known: dict[str, PendingPage] = {}
        for step in steps:
            pages: dict[str, PendingPage | None] = {}
            for change in step:
                if isinstance(change, int):
                    pages[f"usr_{change:03}"] = None
                else:
                    pages[change.entry.artist_id] = change
            for artist_id, changed in pages.items():
                known.pop(artist_id, None)
                if changed is not None:
                    known[artist_id] = changed
            changes = PendingChanges(pages)
            view = search_changes.overlay(segments, changes)
            segments = search_changes.seal(segments, changes)
            assert all(1 <= segment.size <= largest for segment in segments)
            starts = [segment.terms.cells[0] for segment in segments]
            assert starts == sorted(starts)
            sealed = search_changes.overlay(segments, PendingChanges())
            assert sorted(list_found(view)) == sorted(list_found(sealed)) == sorted(known)


def test_a_standing_changes_no_terms() -> None:
    (segment,) = search_changes.seal([], pending(page(1), page(2)))
    rated = PendingChanges({}, {"usr_001": Rating(1, 5)}, {"usr_002": date(2026, 12, 9)})
    (sealed,) = search_changes.seal([segment], rated)
    assert sealed.terms is segment.terms
    assert sealed.get_standing(0) == Standing(Rating(1, 5), None)
    assert sealed.get_standing(1) == Standing(Rating(), date(2026, 12, 9))
    assert search_changes.seal([segment], PendingChanges()) == [segment]


def test_a_newer_standing_counts_before_that_of_a_changed_page() -> None:
    changed = page(1, standing=Standing(Rating(1, 5), date(2026, 12, 9)))
    newer = PendingChanges({"usr_001": changed}, {"usr_001": Rating(2, 6)}, {"usr_001": None})
    (segment,) = search_changes.seal([], newer)
    assert segment.get_standing(0) == Standing(Rating(2, 6), None)


def test_segments_that_are_too_large_to_store_are_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_segments, "MAX_BYTES", 600)
    segments = search_changes.seal([], pending(*map(page, range(100))))
    assert len(segments) > 1
    assert all(len(search_segments.encode(segment.terms)) <= 600 for segment in segments)


def test_only_segments_that_can_hold_a_cell_are_chosen() -> None:
    places = [SegmentPlace(first, 1, first, first) for first in ("", "u1", "u2b", "u2b", "u3")]

    def choose(*cells: str) -> list[int]:
        chosen = search_segments.choose_places(places, cells)
        return [number for number, place in enumerate(places) if any(place is c for c in chosen)]

    assert choose("u2b") == [1, 2, 3]
    assert choose("u2bzz") == [3]
    assert choose("u2") == [1, 2, 3]
    assert choose("9", "u3x") == [0, 4]


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("tattoo", True),
        ("tatoo", True),
        ("tattooo", True),
        ("tatyoo", True),
        ("tatton", True),
        ("tattnn", False),
        ("tatotoo", True),
        ("tatoto", True),
        ("attoo", True),
        ("tatttooo", False),
        ("tao", False),
    ],
)
def test_a_word_is_found_with_one_typing_error(typed: str, is_found: bool) -> None:
    known = {"tattoo"}
    found = search_typos.may_be_mistyped(typed) and (
        typed in known or search_typos.list_known(typed, set("tatoyn"), known.__contains__)
    )
    assert bool(found) is is_found
