"""Search at 5,000 and 50,000 artists: every page exact and full, by few reads of few records."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from profiles.models.artist_pages import Coordinates
from profiles.models.reviews import Rating
from profiles.models.search import PendingPage, SearchEntry, Standing
from profiles.rules import geo
from profiles.use_cases import search_index
from tests.functional.profiles import search_filling
from tests.functional.profiles.people import People
from tests.support import aws_calls

PATH = "/v1/profiles/artists"
MAX_READS = 4
MAX_RECORDS = 150
MAX_BYTES = 100_000  # of a page in a container that has read the segments
STYLES = ("blackwork", "fine-line", "realism", "japanese", "lettering", "dotwork", "color")
SYLLABLES = ("ka", "mi", "ro", "sha", "len", "tor", "vi", "bea", "nu", "gro", "pel", "das")
CITIES = {
    f"{first}{last}stadt": (47.5 + 0.21 * row, 6.5 + 0.33 * column)
    for row, first in enumerate(("Alt", "Berg", "Cell", "Dorn", "Eich", "Fels"))
    for column, last in enumerate(("ach", "bruck", "dorf", "furt", "hain"))
}
Wanted = Callable[[PendingPage], bool]
Rank = Callable[[PendingPage], Any]


def build_page(number: int, chance: random.Random) -> PendingPage:
    """Build one of many artists: all of them tattoo, in thirty cities."""
    city = chance.choice(tuple(CITIES))
    lat, lon = CITIES[city]
    name = "".join(chance.choices(SYLLABLES, k=2)) + " " + "".join(chance.choices(SYLLABLES, k=3))
    styles = tuple(sorted(set(chance.choices(STYLES, k=2))))
    place = Coordinates(
        round(lat + chance.uniform(-0.3, 0.3), 2), round(lon + chance.uniform(-0.4, 0.4), 2)
    )
    reviews = chance.choice((0, 0, 1, 3, 20))
    entry = SearchEntry(
        artist_id=f"usr_01JD0000000000000000{number:06}",
        name=name,
        handle=f"artist{number}",
        avatar=None,
        business_name="Tattoo",
        styles=styles,
        city=city,
        coordinates=place if number % 10 else None,
        prices={} if number % 7 == 0 else {"EUR": chance.randrange(2_000, 80_000, 500)},
        books_open=number % 3 > 0,
        words=(*name.split(), f"artist{number}", "tattoo", *styles, city.lower()),
    )
    day = date(2026, 12, 1) + timedelta(chance.randrange(90)) if number % 4 else None
    rating = Rating(reviews, sum(chance.choices((3, 4, 5), k=reviews)))
    return PendingPage(entry, Standing(rating, day))


def km(page: PendingPage, lat: float, lon: float) -> float:
    place = page.entry.coordinates
    return geo.get_distance_km(Coordinates(lat, lon), place) if place else float("inf")


def best_first(page: PendingPage) -> Any:
    rating = page.standing.rating
    average = rating.total / rating.count if rating.count else 0
    return -average, -rating.count


def cheapest_first(page: PendingPage) -> Any:
    return page.entry.prices.get("EUR", 10**12)


def soonest_first(page: PendingPage) -> Any:
    return page.standing.next_free or date.max


def anybody(_page: PendingPage) -> bool:
    return True


PLACE = {"lat": 48.1, "lon": 7.5}
QUESTIONS: list[tuple[dict[str, Any], Wanted, Rank]] = [
    ({}, anybody, best_first),
    (
        {"text": "tattoo", **PLACE, "radiusKm": 10},
        lambda page: km(page, **PLACE) <= 10,
        lambda page: km(page, **PLACE),
    ),
    (
        {"style": "realism", **PLACE, "radiusKm": 60, "sort": "rating", "limit": 50},
        lambda page: km(page, **PLACE) <= 60 and "realism" in page.entry.styles,
        best_first,
    ),
    (
        {"city": "bergdorfstadt", "style": "dotwork", "sort": "nextFree"},
        lambda page: page.entry.city == "Bergdorfstadt" and "dotwork" in page.entry.styles,
        soonest_first,
    ),
    (
        {"text": "tatoo kami", "sort": "price", "currency": "EUR"},
        lambda page: any(word.startswith("kami") for word in page.entry.words),
        cheapest_first,
    ),
    (
        {"maxPrice": 2_000, "currency": "EUR", "booksOpen": "false", "sort": "nextFree"},
        lambda page: page.entry.prices.get("EUR") == 2_000 and not page.entry.books_open,
        soonest_first,
    ),
    (
        {"text": "artist7 blackw", "booksOpen": "true", **PLACE, "radiusKm": 500},
        lambda page: (
            "blackwork" in page.entry.styles
            and page.entry.handle.startswith("artist7")
            and page.entry.books_open
            and km(page, **PLACE) <= 500
        ),
        lambda page: km(page, **PLACE),
    ),
]


@dataclass
class Reads:
    """What was read from the table."""

    calls: int = 0
    records: int = 0
    sizes: list[int] = field(default_factory=list)


@contextmanager
def counted() -> Iterator[Reads]:
    """Count calls that read, the records they return, and the size of these."""
    reads = Reads()

    def count(call: aws_calls.Call, client: Any, operation: str, parameters: Any) -> Any:
        answer = call(client, operation, parameters)
        if operation in ("Query", "Scan", "GetItem", "BatchGetItem"):
            listed = [*answer.get("Items", []), *filter(None, [answer.get("Item")])]
            for items in answer.get("Responses", {}).values():
                listed += items
            reads.calls += 1
            reads.records += len(listed)
            reads.sizes += [sum(map(measure, item.values())) for item in listed]
        return answer

    with aws_calls.each_by(count):
        yield reads


def measure(value: dict[str, Any]) -> int:
    (content,) = value.values()
    return len(content)


@pytest.fixture(autouse=True)
def no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_READ_LIMIT", "1000000")


@pytest.mark.parametrize("number", [5_000, 50_000])
def test_pages_are_full_and_cheap_however_many_artists_there_are(
    people: People, number: int
) -> None:
    chance = random.Random(17)
    pages = [build_page(n, chance) for n in range(number)]
    expected = [
        sorted(
            (page for page in pages if wanted(page)),
            key=lambda page: (rank(page), page.entry.artist_id),
        )
        for _, wanted, rank in QUESTIONS
    ]
    shown = {page.entry.artist_id for found in expected for page in found[:100]}
    search_filling.fill(pages, shows=shown)
    for (query, _, _), found in zip(QUESTIONS, expected, strict=True):
        assert found
        search_index.forget()
        check_page(people, query, found, 0, max_bytes=5_000_000)
        cursor = check_page(people, query, found, 0)
        if cursor:
            check_page(people, {**query, "cursor": cursor}, found, query.get("limit", 20))


def check_page(
    people: People,
    query: dict[str, Any],
    found: list[PendingPage],
    start: int,
    *,
    max_bytes: int = MAX_BYTES,
) -> str | None:
    """Compare a page with what a scan finds; return the cursor of the next page."""
    limit = query.get("limit", 20)
    with counted() as reads:
        answer = people.nobody.get(f"{PATH}?{urlencode(query)}")
    assert answer.status_code == 200, answer.body
    body = answer.json_body
    ids = [page.entry.artist_id for page in found]
    assert [item["artistId"] for item in body["items"]] == ids[start : start + limit], query
    assert body["total"] == len(found)
    assert (body["nextCursor"] is None) is (start + limit >= len(found))
    assert reads.calls <= MAX_READS, query
    assert reads.records <= MAX_RECORDS, query
    assert sum(reads.sizes) <= max_bytes, query
    cursor: str | None = body["nextCursor"]
    return cursor
