"""Search: results compared with a scan of all pages, paging, and calls to DynamoDB."""

import math
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from time_machine import TimeMachineFixture

from domain.money import Money
from profiles.app import app
from profiles.models.artist_pages import ArtistPage, Coordinates, OfferedService, PageDetails
from profiles.models.reviews import Review
from profiles.models.search import NextFree, PendingPage, Standing
from profiles.rules import search_entries, search_segments
from profiles.store import artist_pages as store
from profiles.store import reviews, standings, table
from profiles.store.table import RecordItem
from profiles.use_cases import page_changes, search_engines, search_index
from shared.platform.clock import now
from tests.functional.erasure.world import TICK
from tests.functional.profiles import search_filling
from tests.functional.profiles.people import (
    ARTIST,
    CLIENT,
    People,
    consume,
    everything,
    get_public_page,
    update_page,
)
from tests.support import aws_calls
from tests.support.responses import error_fields

PATH = "/v1/profiles/artists"
EARTH_KM = 6371.0088


def artist_id(number: int) -> str:
    return f"usr_01JD0000000000000000{number:06}"


def save_page(number: int, **fields: Any) -> ArtistPage:
    """Save an artist's page with these fields; it is listed by default."""
    who = artist_id(number)
    name = fields.pop("name", f"Artist {number}")
    prices = fields.pop("prices", ())
    details = PageDetails(**{"listed": True, **fields})
    services = {
        f"svc_{n}": OfferedService(f"svc_{n}", "Tattoo", 60, price, 1, "direct", 1)
        for n, price in enumerate(prices)
    }
    before = store.find_page(who) or ArtistPage(who)
    page = ArtistPage(who, name, None, (f"artist{number}",), details, services)
    return page_changes.save(before, page, now())


def save_pages(numbers: Iterable[int], fields: Callable[[int], dict[str, Any]]) -> None:
    """Save many pages with their part of the index in batches, which is faster."""
    with RecordItem.batch_write() as batch:
        entries = []
        for number in numbers:
            who, handle = artist_id(number), f"artist{number}"
            details = PageDetails(**{"listed": True, **fields(number)})
            page = ArtistPage(who, f"Artist {number}", None, (handle,), details, version=1)
            entry = search_entries.build_entry(page)
            assert entry is not None
            item = RecordItem.of(table.ARTIST + who, store.PAGE, page)
            item.version = page.version
            batch.save(item)
            entries.append(entry)
    search_filling.fill(PendingPage(entry, Standing()) for entry in entries)


def find(people: People, **query: Any) -> list[str]:
    """Return the ids of the artists that a search finds, over all its pages."""
    return [artist["artistId"] for artist in list_found(people, **query)]


def list_found(people: People, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = None
    for _ in range(1000):
        given_ = {**query, "cursor": cursor} if cursor else query
        answer = people.nobody.from_address("198.51.100.9").get(f"{PATH}?{urlencode(given_)}")
        assert answer.status_code == 200, answer.body
        assert len(answer.json_body["items"]) <= query.get("limit", 20)
        items += answer.json_body["items"]
        cursor = answer.json_body["nextCursor"]
        if cursor is None:
            return items
    raise AssertionError("it does not end")


def apply() -> None:
    """Have the index take all changes."""
    search_engines.get_engine().apply(now(), everything=True)


def sweep() -> None:
    """Run the sweeper."""
    app.handler_map["sweeper"](TICK, None)


@pytest.fixture(autouse=True)
def no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_READ_LIMIT", "1000000")


# ---- results -----------------------------------------------------------------------------------


def test_a_page_is_found_while_it_is_listed(people: People) -> None:
    people.register(ARTIST)
    update_page(people.artist, handle="mara", styles=["fine-line"])
    assert find(people) == []
    update_page(people.artist, listed=True)
    assert find(people) == find(people, style="fine-line") == [ARTIST]
    apply()
    assert find(people) == find(people, style="fine-line") == [ARTIST]
    update_page(people.artist, listed=False)
    assert find(people) == find(people, style="fine-line") == []
    assert get_public_page("mara")["artistId"] == ARTIST  # it is still found by its handle


def test_nothing_is_left_of_a_page_that_is_found_no_more(
    people: People, clock: TimeMachineFixture
) -> None:
    people.register(ARTIST)
    update_page(people.artist, handle="mara", listed=True)
    sweep()
    apply()
    update_page(people.artist, listed=False)
    sweep()
    clock.shift(search_index.REPLACED_KEPT_SECONDS)
    sweep()
    index = [item for item in everything() if item["pk"]["S"].startswith("SEARCH#")]
    assert all(ARTIST not in item for item in index)
    assert not [item for item in index if item["pk"]["S"].startswith("SEARCH#SEGMENT#")]
    assert not [item for item in everything() if item["sk"]["S"] == "ENTRY"]


def test_artists_without_a_name_are_not_found(people: People) -> None:
    update_page(people.artist, handle="mara", listed=True)
    assert find(people) == []
    people.register(ARTIST)
    assert find(people) == [ARTIST]


def test_found_artists_are_described(people: People) -> None:
    people.register(ARTIST)
    update_page(
        people.artist,
        handle="mara",
        listed=True,
        city="Köln",
        coordinates={"lat": 50.94, "lon": 6.96},
        priceFloor={"amount": 100, "currency": "EUR"},
    )
    (artist,) = list_found(people, lat=50.94, lon=7.0)
    assert artist == {
        "artistId": ARTIST,
        "handle": "mara",
        "name": "Mara Voss",
        "avatar": None,
        "businessName": "",
        "styles": [],
        "city": "Köln",
        "coordinates": {"lat": 50.94, "lon": 6.96},
        "booksOpen": True,
        "fromPrices": [{"amount": 100, "currency": "EUR"}],
        "rating": {"count": 0, "average": None},
        "distanceKm": 2.8,
        "guestSpot": None,
        "nextFree": None,
    }
    assert list_found(people)[0]["distanceKm"] is None


MATCHES: list[tuple[dict[str, Any], bool]] = [
    ({"text": "mara"}, True),
    ({"text": "VOSS mara"}, True),
    ({"text": "voss ink koln"}, True),
    ({"text": "mara nobody"}, False),
    ({"text": "mar"}, True),
    ({"text": "m"}, False),
    ({"text": "ara"}, False),
    ({"city": "KOLN"}, True),
    ({"city": "köln "}, True),
    ({"city": "bonn"}, False),
    ({"style": "dot-work"}, True),
    ({"style": "dot"}, False),
    ({"booksOpen": "true"}, True),
    ({"booksOpen": "false"}, False),
    ({"maxPrice": 100, "currency": "EUR"}, True),
    ({"maxPrice": 99, "currency": "EUR"}, False),
    ({"maxPrice": 100, "currency": "USD"}, False),
    ({"text": "mara", "style": "dot-work", "city": "köln", "booksOpen": "true"}, True),
    ({"text": "mara", "style": "other"}, False),
    ({"text": "mara", "lat": 50.9, "lon": 6.9}, True),
    ({"text": "mara", "lat": 52.5, "lon": 13.4}, False),
]


def test_all_criteria_must_match(people: People) -> None:
    save_page(
        1,
        name="Mara",
        business_name="Voss Ink",
        city="Köln",
        styles=("dot-work",),
        coordinates=Coordinates(50.94, 6.96),
        price_floor=Money(100, "EUR"),
    )
    for query, is_match in MATCHES:
        assert find(people, **query) == ([artist_id(1)] if is_match else []), query


def test_a_changed_page_is_found_by_its_new_values_only(people: People) -> None:
    save_page(1, city="Berlin", styles=("a",), coordinates=Coordinates(52.5, 13.4))
    save_page(1, city="Hamburg", styles=("b",), coordinates=Coordinates(53.5, 10.0))
    assert find(people, city="berlin") == find(people, style="a") == []
    assert find(people, lat=52.5, lon=13.4) == []
    assert find(people, city="hamburg") == find(people, style="b") == [artist_id(1)]
    assert find(people, lat=53.5, lon=10.0) == [artist_id(1)]


def test_a_change_that_keeps_the_keys_is_found(people: People) -> None:
    """The keys stay the same, but the entries change."""
    save_page(1, styles=("a",), prices=[Money(100, "EUR")])
    save_page(1, styles=("a",), prices=[Money(300, "EUR")], books_open=False)
    assert find(people, style="a", booksOpen="true") == []
    assert find(people, style="a", maxPrice=200, currency="EUR") == []
    assert find(people, style="a", booksOpen="false") == [artist_id(1)]
    assert [artist["fromPrices"] for artist in list_found(people)] == [
        [{"amount": 300, "currency": "EUR"}]
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Łukasz Ørsted", "lukasz ORSTED"),
        ("Lukasz Orsted", "Łukasz ørsted"),
        ("Straßer", "strasser"),
        ("I\u015f\u0131k", "isik"),
        ("東京タトゥー", "東京"),
        ("東京タトゥー", "京タト"),
        ("東京タトゥー", "東"),
        ("Maria Blackwood", "black"),
        ("Maria Blackwood", "mar blackwod"),
        ("Maria Blackwood", "mraia"),
        ("Wo\u00adche", "woche"),
    ],
)
def test_words_are_found_as_people_type_them(people: People, name: str, text: str) -> None:
    save_page(1, name=name)
    save_page(2, name="Somebody Else")
    for _ in range(2):
        assert find(people, text=text) == [artist_id(1)]
        apply()
    assert find(people, text="京東") == find(people, text="blackwxyd") == []


def test_words_may_be_mistyped_only_if_nobody_matches(people: People) -> None:
    save_page(1, name="Mara")
    save_page(2, name="Mora")
    save_page(3, name="Mora Lind")
    assert find(people, text="mora") == [artist_id(2), artist_id(3)]
    assert find(people, text="mura", limit=1) == [artist_id(1), artist_id(2), artist_id(3)]
    assert find(people, text="mara linf") == []  # only the unknown word is taken for another
    assert find(people, text="mora linf") == [artist_id(3)]
    assert find(people, text="mara lind") == [artist_id(3)]


def test_artists_are_listed_in_the_order_that_is_asked_for(people: People) -> None:
    place = Coordinates(50, 7)
    for number, (lat, price) in enumerate([(50.2, 300), (50.1, None), (50.3, 100), (50.0, 200)]):
        floor = Money(price, "EUR") if price else None
        save_page(number, coordinates=Coordinates(lat, 7), price_floor=floor)
    rate(0, 4, 4)
    rate(2, 5)
    rate(3, 4)
    offer(1, date(2026, 12, 24))
    offer(2, date(2026, 12, 6))
    orders = {
        "": [2, 0, 3, 1],
        "sort=rating": [2, 0, 3, 1],
        "sort=nextFree": [2, 1, 0, 3],
        "sort=price&currency=EUR": [2, 3, 0, 1],
        f"lat={place.lat}&lon={place.lon}&radiusKm=100": [3, 1, 0, 2],
        f"lat={place.lat}&lon={place.lon}&radiusKm=100&sort=nextFree": [2, 1, 0, 3],
    }
    for _ in range(2):
        for query, order in orders.items():
            for limit in (1, 3, 50):
                found = find(people, limit=limit, **dict(parse_qsl(query)))
                assert found == [artist_id(number) for number in order], query
        apply()
    by_id = {artist["artistId"]: artist for artist in list_found(people)}
    assert by_id[artist_id(2)]["nextFree"] == "2026-12-06"
    assert by_id[artist_id(0)]["nextFree"] is None
    assert by_id[artist_id(0)]["rating"] == {"count": 2, "average": 4.0}
    save_page(2, listed=False)
    save_page(2, name="Back")  # who is listed again is known as before
    assert find(people, sort="nextFree")[0] == find(people)[0] == artist_id(2)


def rate(number: int, *ratings: int) -> None:
    for position, rating in enumerate(ratings):
        review = Review(
            f"rev_{number}_{position}", artist_id(number), CLIENT, None, rating, "", now()
        )
        reviews.create_review(review, f"apt_{number}_{position}", CLIENT, ())


def offer(number: int, day: date) -> None:
    standings.save_next_free(artist_id(number), None, NextFree(day, 1))


def test_the_newest_next_free_date_counts_in_any_order(people: People) -> None:
    save_page(1)
    known: dict[str, Any] = {"artistId": artist_id(1)}
    consume("next_free.changed", **known, day="2026-12-24", recordVersion=4)
    consume("next_free.changed", **known, day="2026-12-06", recordVersion=3)
    consume("next_free.changed", **known, day="2026-12-24", recordVersion=4)
    assert [artist["nextFree"] for artist in list_found(people)] == ["2026-12-24"]
    consume("next_free.changed", **known, day=None, recordVersion=5)
    assert [artist["nextFree"] for artist in list_found(people)] == [None]
    consume("user.deleted", userId=artist_id(1))
    consume("next_free.changed", **known, day="2026-12-30", recordVersion=6)
    assert not [item for item in everything() if item["sk"]["S"] == standings.NEXT_FREE]


def test_artists_are_counted_by_facet(people: People) -> None:
    save_page(1, city="Köln", styles=("a", "b"), price_floor=Money(4_000, "EUR"))
    save_page(2, city="KÖLN", styles=("a",), price_floor=Money(5_000, "EUR"), books_open=False)
    apply()
    save_page(3, city="Bonn", styles=("b",), price_floor=Money(90_000, "EUR"))
    save_page(4, city="", styles=("b",), price_floor=Money(100, "CHF"))
    body = people.nobody.get(f"{PATH}?facets=true&limit=1").json_body
    assert (len(body["items"]), body["total"]) == (1, 4)
    assert body["facets"] == {
        "styles": [{"value": "b", "count": 3}, {"value": "a", "count": 2}],
        "cities": [{"value": "Köln", "count": 2}, {"value": "Bonn", "count": 1}],
        "prices": [
            {"currency": "CHF", "start": 0, "below": 5000, "count": 1},
            {"currency": "EUR", "start": 0, "below": 5000, "count": 1},
            {"currency": "EUR", "start": 5000, "below": 10000, "count": 1},
            {"currency": "EUR", "start": 50000, "below": None, "count": 1},
        ],
        "booksOpen": {"open": 3, "closed": 1},
    }
    narrow = "style=a&city=koln&maxPrice=4000&currency=EUR&booksOpen=true"
    body = people.nobody.get(f"{PATH}?facets=true&{narrow}").json_body
    assert body["total"] == 1
    assert body["facets"] == {
        "styles": [{"value": "a", "count": 1}, {"value": "b", "count": 1}],
        "cities": [{"value": "Köln", "count": 1}],
        "prices": [{"currency": "EUR", "start": 0, "below": 5000, "count": 1}],
        "booksOpen": {"open": 1, "closed": 0},
    }
    assert people.nobody.get(PATH).json_body["facets"] is None


INVALID: list[tuple[dict[str, Any], set[str]]] = [
    ({"lat": 1}, {"query.lon"}),
    ({"lon": 1}, {"query.lat"}),
    ({"radiusKm": 5}, {"query.radiusKm"}),
    ({"lat": 1, "lon": 1, "radiusKm": 0}, {"query.radiusKm"}),
    ({"lat": 1, "lon": 1, "radiusKm": 501}, {"query.radiusKm"}),
    ({"lat": "nan", "lon": "inf"}, {"query.lat", "query.lon"}),
    ({"lat": 91, "lon": 181}, {"query.lat", "query.lon"}),
    ({"maxPrice": 5}, {"query.currency"}),
    ({"currency": "EUR"}, {"query.maxPrice"}),
    ({"sort": "price"}, {"query.currency"}),
    ({"sort": "distance"}, {"query.sort"}),
    ({"sort": "name"}, {"query.sort"}),
    ({"maxPrice": -1, "currency": "eur"}, {"query.maxPrice", "query.currency"}),
    ({"text": "!!"}, {"query.text"}),
    ({"text": "x" * 101}, {"query.text"}),
    ({"city": "__"}, {"query.city"}),
    ({"style": "Fine Line"}, {"query.style"}),
    ({"limit": 51}, {"query.limit"}),
    ({"limit": 0}, {"query.limit"}),
    ({"booksOpen": "maybe"}, {"query.booksOpen"}),
    ({"cursor": "AAAA"}, {"query.cursor"}),
    ({"surprise": 1}, {"query.surprise"}),
]


def test_invalid_fields_are_named(people: People) -> None:
    for query, wrong in INVALID:
        assert set(error_fields(people.nobody.get(f"{PATH}?{urlencode(query)}"))) == wrong, query


def test_a_cursor_works_for_its_own_search_only(people: People) -> None:
    for number in range(3):
        save_page(number, styles=("a",))
    cursor = people.nobody.get(f"{PATH}?style=a&limit=1").json_body["nextCursor"]
    assert people.nobody.get(f"{PATH}?style=a&limit=2&cursor={cursor}").status_code == 200
    for other in ("style=b", "", "style=a&booksOpen=true"):
        answer = people.nobody.get(f"{PATH}?{other}&cursor={cursor}")
        assert error_fields(answer) == {"query.cursor": "is not a cursor of this list"}


# ---- comparison with a scan --------------------------------------------------------------------

STYLES = ("a", "b")
CITIES = ("", "Köln", "koeln", "Rio")
NAMES = ("Ink Ivan", "Ivan", "Mara Ink", "Zoë")
# Dense around a corner where cells of every size meet, a pole, and the 180th meridian.
SPOTS = st.sampled_from([(0.0, 0.0), (45.0, 90.0), (89.9, 10.0), (-90.0, 0.0), (10.0, 180.0)])
NUDGES = st.floats(-0.6, 0.6)


@st.composite
def places(draw: st.DrawFn) -> Coordinates:
    lat, lon = draw(SPOTS)
    lat = max(-90.0, min(90.0, lat + draw(NUDGES)))
    return Coordinates(lat, (lon + draw(NUDGES) + 540) % 360 - 180)


PAGES = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "city": st.sampled_from(CITIES),
        "styles": st.sets(st.sampled_from(STYLES)).map(lambda some: tuple(sorted(some))),
        "coordinates": st.none() | places(),
        "price_floor": st.none() | st.builds(Money, st.integers(0, 3), st.sampled_from(["EUR"])),
        "prices": st.lists(
            st.builds(Money, st.integers(0, 5), st.sampled_from(["EUR", "CHF"])), max_size=2
        ),
        "books_open": st.booleans(),
        "listed": st.sampled_from([True, True, True, False]),
    }
)
QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "text": st.sampled_from(["ink", "IVAN", "ink ivan", "zoe", "köln"]),
        "style": st.sampled_from(STYLES),
        "city": st.sampled_from(["KÖLN", "rio"]),
        "place": st.tuples(places(), st.floats(1, 500)),
        "price": st.tuples(st.integers(0, 5), st.sampled_from(["EUR", "CHF"])),
        "booksOpen": st.booleans(),
    },
)


def fold(text: str) -> str:
    return text.lower().replace("ö", "o").replace("ë", "e")


def km(start: Coordinates, end: Coordinates) -> float:
    """Return the distance by the chord between two points: another formula than the search's."""

    def point(place: Coordinates) -> tuple[float, float, float]:
        lat, lon = math.radians(place.lat), math.radians(place.lon)
        return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)

    chord = math.dist(point(start), point(end))
    return 2 * EARTH_KM * math.asin(min(1.0, chord / 2))


def blur(place: Coordinates) -> Coordinates:
    return Coordinates(round(place.lat, 2), round(place.lon, 2))


def is_wanted(page: dict[str, Any], query: dict[str, Any]) -> bool:
    """Return whether the public part of the page matches, without an index."""
    wanted = page["listed"]
    text_words = fold(" ".join([page["name"], page["city"], *page["styles"]])).split()
    wanted &= all(
        any(each.startswith(word) for each in text_words)
        for word in fold(query.get("text", "")).split()
    )
    wanted &= query.get("style") in (None, *page["styles"])
    wanted &= "city" not in query or fold(query["city"]) == fold(page["city"])
    wanted &= query.get("booksOpen") in (None, page["books_open"])
    if "place" in query:
        center, radius = query["place"]
        where = page["coordinates"]
        wanted &= where is not None and km(center, blur(where)) <= radius
    if "price" in query:
        most, currency = query["price"]
        floor = page["price_floor"]
        if floor is not None and floor.currency == currency:
            wanted &= floor.amount <= most
        else:
            wanted &= any(
                price.amount <= most for price in page["prices"] if price.currency == currency
            )
    return bool(wanted)


def build_parameters(query: dict[str, Any]) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        name: query[name] for name in ("text", "style", "city") if name in query
    }
    if "booksOpen" in query:
        parameters["booksOpen"] = str(query["booksOpen"]).lower()
    if "place" in query:
        center, radius = query["place"]
        parameters |= {"lat": center.lat, "lon": center.lon, "radiusKm": radius}
    if "price" in query:
        parameters |= {"maxPrice": query["price"][0], "currency": query["price"][1]}
    return parameters


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few artists take many segments."""
    monkeypatch.setattr(search_segments, "MAX_ARTISTS", 2)


@pytest.mark.usefixtures("small_segments")
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(PAGES, min_size=1, max_size=8),
    st.lists(QUERIES, min_size=3, max_size=6),
    st.integers(1, 4),
    st.sets(st.integers(0, 7), max_size=2),
)
def test_search_finds_the_same_as_a_scan_of_all_pages(
    people: People, pages: Any, queries: Any, limit: Any, sealed_after: Any
) -> None:
    for number in range(8):  # pages of the example before are unlisted or overwritten
        if number < len(pages):
            save_page(number, **pages[number])
        elif store.find_page(artist_id(number)):
            save_page(number, listed=False)
        if number in sealed_after:
            apply()
    for query in queries:
        expected = [artist_id(n) for n, page in enumerate(pages) if is_wanted(page, query)]
        found = list_found(people, limit=limit, **build_parameters(query))
        assert sorted(each["artistId"] for each in found) == expected, query
        order = [(each["distanceKm"] or 0, each["artistId"]) for each in found]
        if "place" in query:
            assert [first for first, _ in order] == sorted(first for first, _ in order)
        else:
            assert order == sorted(order)


# ---- changes between pages ---------------------------------------------------------------------


def test_paging_neither_repeats_nor_skips_artists_during_changes(people: People) -> None:
    """Between two pages artists are added, unlisted and changed."""
    stay = set(range(0, 60, 3))
    save_pages(range(60), lambda number: {"styles": ("a",) if number % 2 else ("a", "b")})
    got: list[str] = []
    cursor, step = None, 0
    while True:
        query = {"style": "a", "limit": 7, **({"cursor": cursor} if cursor else {})}
        body = people.nobody.get(f"{PATH}?{urlencode(query)}").json_body
        got += [artist["artistId"] for artist in body["items"]]
        cursor, step = body["nextCursor"], step + 1
        if cursor is None:
            break
        for number in range(step, 60, 7):  # other artists each time
            if number in stay:
                save_page(number, styles=("a",), city=f"City {step}", name="Renamed")
            else:
                save_page(number, styles=("a",) if step % 2 else (), listed=step % 3 > 0)
        save_page(1000 + step, styles=("a",))
        if step % 3 == 0:
            apply()
    assert got == sorted(set(got))
    assert {artist_id(number) for number in stay} <= set(got)


# ---- costs -------------------------------------------------------------------------------------

QUERY, BATCH, UPDATE = "dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"style": "a"},
        {"text": "artist"},
        {"city": "berlin"},
        {"lat": 52.5, "lon": 13.4, "radiusKm": 10, "facets": "true"},
    ],
)
def test_a_page_of_results_reads_changes_and_entries_once(people: People, query: Any) -> None:
    berlin = {"styles": ("a",), "city": "Berlin", "coordinates": Coordinates(52.5, 13.4)}
    save_pages(range(30), lambda _: berlin)
    people.nobody.get(PATH)
    with aws_calls.counted() as calls:
        answer = people.nobody.get(f"{PATH}?{urlencode(query)}")
    assert len(answer.json_body["items"]) == 20
    assert dict(calls) == {UPDATE: 1, QUERY: 1, BATCH: 1}


def test_a_page_is_written_in_one_small_transaction(people: People) -> None:
    """However many words are replaced, a page is one change of the index."""
    people.register(ARTIST)

    def fields(letter: str) -> dict[str, Any]:
        return {
            "styles": [f"{letter}{n}" for n in range(8)],
            "tags": [f"{letter}x{n} {letter}y{n} {letter}z{n}" for n in range(10)],
            "bio": " ".join(f"{letter}w{n}" for n in range(80)),
            "city": f"{letter} city",
            "listed": True,
        }

    update_page(people.artist, handle="first", coordinates={"lat": 50, "lon": 50}, **fields("a"))
    sizes: list[int] = []

    def measure(call: aws_calls.Call, client: Any, operation: str, parameters: Any) -> Any:
        if operation == "TransactWriteItems":
            sizes.append(len(parameters["TransactItems"]))
        return call(client, operation, parameters)

    with aws_calls.each_by(measure):
        update_page(
            people.artist, handle="second", coordinates={"lat": -50, "lon": -50}, **fields("b")
        )
    assert sizes == [10]  # two of them claim the handle, and those that look like it
    consume("user.deleted", userId=ARTIST)
    assert find(people) == []
