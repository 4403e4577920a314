"""Services on pages: copies that converge for any order of events."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.money import Money
from profiles.models.artist_pages import ArtistPage, OfferedService, PageDetails
from profiles.rules import search_entries
from profiles.rules.visibility import Viewer
from tests.functional.profiles.people import (
    ARTIST,
    SERVICE,
    People,
    consume,
    everything,
    get_public_page,
    service_removed,
    service_saved,
    try_consume,
    update_page,
)

OTHER = SERVICE[:-1] + "2"


def list_services() -> list[tuple[str, int]]:
    return [
        (service["id"], service["price"]["amount"]) for service in get_public_page()["services"]
    ]


def test_services_are_shown_with_their_lowest_price(people: People) -> None:
    people.register(ARTIST)
    assert try_consume(service_saved())
    assert try_consume(service_saved(OTHER, amount=9000))
    assert try_consume(service_saved(SERVICE[:-1] + "3", price={"amount": 700, "currency": "CHF"}))
    page = get_public_page()
    assert page["services"][0] == {
        "id": SERVICE,
        "name": "Fine line tattoo",
        "durationMinutes": 120,
        "price": {"amount": 18000, "currency": "EUR"},
        "sittings": 1,
        "mode": "direct",
        "version": 1,
        "total": {"amount": 18000, "currency": "EUR"},
    }
    assert page["fromPrices"] == [
        {"amount": 700, "currency": "CHF"},
        {"amount": 9000, "currency": "EUR"},
    ]


def test_a_price_floor_replaces_the_lowest_price(people: People) -> None:
    people.register(ARTIST)
    assert try_consume(service_saved(amount=9000))
    update_page(people.artist, priceFloor={"amount": 15000, "currency": "EUR"})
    assert get_public_page()["fromPrices"] == [{"amount": 15000, "currency": "EUR"}]


def test_services_may_arrive_before_their_artist(people: People) -> None:
    assert try_consume(service_saved())
    assert people.nobody.get(f"/v1/profiles/artists/{ARTIST}").status_code == 404
    people.register(ARTIST)
    assert list_services() == [(SERVICE, 18000)]


def build_events(service_id: str) -> list[dict[str, Any]]:
    """Return the events of a service: three versions and the removal."""
    versions = [
        service_saved(service_id, amount=100 * version, version=version) for version in (1, 2, 3)
    ]
    return [*versions, service_removed(service_id, version=4)]


EVENTS = build_events(SERVICE)


@pytest.mark.parametrize(("count", "expected"), [(3, 300), (4, None)])
def test_events_in_any_order_leave_the_newest_version_or_the_removal(
    people: People, count: int, expected: int | None
) -> None:
    people.register(ARTIST)
    wanted = []
    for number, order in enumerate(itertools.permutations(range(count))):
        service_id = f"{SERVICE[:-2]}{number:02}"
        events = build_events(service_id)
        for position in (*order, *order):  # and twice
            assert try_consume(events[position])
        wanted += [(service_id, expected)] if expected else []
    assert list_services() == wanted


def test_repeated_events_write_nothing(people: People) -> None:
    people.register(ARTIST)
    assert try_consume(EVENTS[1])
    before = everything()
    assert try_consume(EVENTS[1])
    assert try_consume(EVENTS[0])
    assert everything() == before


def test_services_of_a_deleted_artist_are_ignored(people: People) -> None:
    people.register(ARTIST)
    consume("user.deleted", userId=ARTIST)
    before = everything()
    assert try_consume(EVENTS[0])
    assert try_consume(EVENTS[3])
    assert everything() == before


PRICES = st.builds(Money, st.integers(0, 500), st.sampled_from(["EUR", "CHF"]))


@settings(max_examples=100)
@given(st.lists(PRICES, max_size=5), st.none() | PRICES)
def test_lowest_prices_are_the_floor_or_the_cheapest_service(prices: Any, floor: Any) -> None:
    services = {
        str(n): OfferedService(str(n), "x", 60, price, 1, "direct", 1)
        for n, price in enumerate(prices)
    }
    page = ArtistPage(ARTIST, details=PageDetails(price_floor=floor), services=services)
    amounts = search_entries.get_lowest_prices(page, Viewer.OWNER)
    for currency in ("EUR", "CHF"):
        expected = min(
            (price.amount for price in prices if price.currency == currency), default=None
        )
        if floor is not None and floor.currency == currency:
            expected = floor.amount
        assert amounts.get(currency) == expected
