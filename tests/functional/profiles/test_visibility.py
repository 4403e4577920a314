"""Visibility: every field at every level for every kind of viewer."""

import itertools
from typing import Any

import pytest

from profiles.models.artist_pages import PageField, Visibility
from tests.functional.profiles.people import (
    ARTIST,
    CLIENT,
    People,
    consume,
    get_public_page,
    service_saved,
    try_consume,
    update_page,
)
from tests.functional.profiles.test_artist_pages import FULL

EMPTY: dict[str, Any] = {
    "coordinates": None,
    "timeZone": None,
    "priceFloor": None,
    "socials": {},
    "styles": [],
    "tags": [],
    "languages": [],
}
VIEWERS = ("nobody", "other_client", "other_artist", "client", "artist", "admin")
VISIBLE_TO = {
    Visibility.PUBLIC: set(VIEWERS),
    Visibility.CLIENTS: {"client", "artist", "admin"},
    Visibility.PRIVATE: {"artist", "admin"},
}
DEFAULTS = {**dict.fromkeys(PageField, Visibility.PUBLIC), PageField.ADDRESS: Visibility.CLIENTS}


@pytest.fixture
def studio(people: People) -> People:
    people.register()
    update_page(people.artist, **FULL)
    consume("conversation.opened", conversationId="cnv_1", artistId=ARTIST, clientId=CLIENT)
    return people


def get_page(people: People, viewer: str) -> dict[str, Any]:
    if viewer == "nobody":
        return get_public_page("mara.voss")
    answer = getattr(people, viewer).get(f"/v1/profiles/users/{ARTIST}/page")
    assert answer.status_code == 200
    page: dict[str, Any] = answer.json_body
    return page


def test_every_field_at_every_level_for_every_viewer(studio: People) -> None:
    """All other fields are public."""
    for field, level in itertools.product(PageField, Visibility):
        update_page(studio.artist, privacy={**dict.fromkeys(PageField, "public"), field: level})
        for viewer in VIEWERS:
            page = get_page(studio, viewer)
            hidden = {field} if viewer not in VISIBLE_TO[level] else set()
            if field is PageField.ADDRESS and hidden:
                assert page["coordinates"] == {"lat": 52.51, "lon": 13.4}
                page["coordinates"] = FULL["coordinates"]
            expected = {
                name: EMPTY.get(name, "") if name in hidden else FULL[name] for name in PageField
            }
            assert {name: page[name] for name in PageField} == expected, (viewer, field, level)


def test_hiding_all_fields_hides_nothing_else(studio: People) -> None:
    before = get_public_page("mara.voss")
    update_page(studio.artist, privacy=dict.fromkeys(PageField, "private"))
    after = get_public_page("mara.voss")
    assert {name for name in before if before[name] != after[name]} <= {*PageField, "fromPrices"}
    assert (after["name"], after["handle"], after["booksOpen"]) == ("Mara Voss", "mara.voss", False)


def test_addresses_are_visible_to_clients_by_default(studio: People) -> None:
    assert studio.artist.get("/v1/profiles/me/page").json_body["privacy"] == DEFAULTS
    assert get_public_page("mara.voss")["address"] == ""
    assert get_page(studio, "client")["address"] == FULL["address"]


def test_coordinates_are_blurred_where_the_address_is_hidden(studio: People) -> None:
    assert get_public_page("mara.voss")["coordinates"] == {"lat": 52.51, "lon": 13.4}
    assert get_page(studio, "client")["coordinates"] == FULL["coordinates"]
    found = studio.nobody.get("/v1/profiles/artists").json_body["items"][0]
    assert found["coordinates"] == {"lat": 52.51, "lon": 13.4}


def test_privacy_changes_field_by_field(studio: People) -> None:
    update_page(studio.artist, privacy={"bio": "private"})
    own = update_page(studio.artist, privacy={"city": "clients"})
    assert own["privacy"] == {**DEFAULTS, PageField.BIO: "private", PageField.CITY: "clients"}


SEARCHES = {
    PageField.BUSINESS_NAME: "text=ink",
    PageField.BIO: "text=2011",
    PageField.STYLES: "style=blackwork",
    PageField.TAGS: "text=botanical",
    PageField.CITY: "city=berlin",
    PageField.COORDINATES: "lat=52.5&lon=13.4&radiusKm=10",
    PageField.PRICE_FLOOR: "maxPrice=15000&currency=EUR",
}


@pytest.mark.parametrize("field", SEARCHES)
def test_hidden_fields_are_not_searchable(studio: People, field: Any) -> None:
    path = f"/v1/profiles/artists?{SEARCHES[field]}"
    assert len(studio.nobody.get(path).json_body["items"]) == 1
    for level in ("clients", "private"):
        update_page(studio.artist, privacy={field: level})
        assert studio.nobody.get(path).json_body["items"] == []
    (found,) = studio.nobody.get("/v1/profiles/artists").json_body["items"]
    assert found.get(field, EMPTY.get(field, "")) == EMPTY.get(field, "")
    update_page(studio.artist, privacy={field: "public"})
    assert len(studio.nobody.get(path).json_body["items"]) == 1


def test_a_hidden_price_floor_shows_the_cheapest_service(studio: People) -> None:
    assert try_consume(service_saved(amount=9000))
    assert get_public_page("mara.voss")["fromPrices"] == [{"amount": 15000, "currency": "EUR"}]
    update_page(studio.artist, privacy={"priceFloor": "private"})
    assert get_public_page("mara.voss")["fromPrices"] == [{"amount": 9000, "currency": "EUR"}]
