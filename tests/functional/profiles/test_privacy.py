"""Who sees which field: every field, every level, every kind of viewer."""

import itertools
from typing import Any

import pytest

from profiles.models.pages import Field, Visibility
from tests.functional.profiles.people import ARTIST, CLIENT, People, has_edited, hear, offers, seen
from tests.functional.profiles.people import heard as is_heard
from tests.functional.profiles.test_pages import FULL

EMPTY = {
    "coordinates": None,
    "timeZone": None,
    "priceFloor": None,
    "socials": {},
    "styles": [],
    "tags": [],
    "languages": [],
}
VIEWERS = ("nobody", "other_client", "other_artist", "client", "artist", "admin")
SEES = {
    Visibility.PUBLIC: set(VIEWERS),
    Visibility.CLIENTS: {"client", "artist", "admin"},
    Visibility.PRIVATE: {"artist", "admin"},
}
USUAL = {**dict.fromkeys(Field, Visibility.PUBLIC), Field.ADDRESS: Visibility.CLIENTS}


@pytest.fixture
def studio(people: People) -> People:
    people.arrive()
    has_edited(people.artist, **FULL)
    hear("conversation.opened", conversationId="cnv_1", artistId=ARTIST, clientId=CLIENT)
    return people


def page_for(people: People, viewer: str) -> dict:
    if viewer == "nobody":
        return seen("mara.voss")
    answer = getattr(people, viewer).get(f"/v1/profiles/users/{ARTIST}/page")
    assert answer.status_code == 200
    return answer.json_body


def test_the_matrix(studio: People) -> None:
    """Each field at each level, all others public: what each viewer sees of all of them."""
    for field, level in itertools.product(Field, Visibility):
        has_edited(studio.artist, privacy={**dict.fromkeys(Field, "public"), field: level})
        for viewer in VIEWERS:
            page = page_for(studio, viewer)
            hidden = {field} if viewer not in SEES[level] else set()
            if field is Field.ADDRESS and hidden:
                assert page["coordinates"] == {"lat": 52.51, "lon": 13.4}
                page["coordinates"] = FULL["coordinates"]
            expected = {one: EMPTY.get(one, "") if one in hidden else FULL[one] for one in Field}
            assert {one: page[one] for one in Field} == expected, (viewer, field, level)


def test_nothing_else_is_hidden_by_hiding_everything(studio: People) -> None:
    before = seen("mara.voss")
    has_edited(studio.artist, privacy=dict.fromkeys(Field, "private"))
    after = seen("mara.voss")
    assert {name for name in before if before[name] != after[name]} <= {*Field, "fromPrices"}
    assert (after["name"], after["handle"], after["booksOpen"]) == ("Mara Voss", "mara.voss", False)


def test_addresses_are_for_clients_unless_the_artist_says_otherwise(studio: People) -> None:
    assert studio.artist.get("/v1/profiles/me/page").json_body["privacy"] == USUAL
    assert seen("mara.voss")["address"] == ""
    assert page_for(studio, "client")["address"] == FULL["address"]


def test_who_may_not_see_the_address_sees_about_where_it_is(studio: People) -> None:
    assert seen("mara.voss")["coordinates"] == {"lat": 52.51, "lon": 13.4}
    assert page_for(studio, "client")["coordinates"] == FULL["coordinates"]
    found = studio.nobody.get("/v1/profiles/artists").json_body["items"][0]
    assert found["coordinates"] == {"lat": 52.51, "lon": 13.4}


def test_privacy_is_changed_field_by_field(studio: People) -> None:
    has_edited(studio.artist, privacy={"bio": "private"})
    own = has_edited(studio.artist, privacy={"city": "clients"})
    assert own["privacy"] == {**USUAL, Field.BIO: "private", Field.CITY: "clients"}


SEARCHES = {
    Field.BUSINESS_NAME: "text=ink",
    Field.BIO: "text=2011",
    Field.STYLES: "style=blackwork",
    Field.TAGS: "text=botanical",
    Field.CITY: "city=berlin",
    Field.COORDINATES: "lat=52.5&lon=13.4&radiusKm=10",
    Field.PRICE_FLOOR: "maxPrice=15000&currency=EUR",
}


@pytest.mark.parametrize("field", SEARCHES)
def test_what_is_hidden_is_not_found_by(studio: People, field: Any) -> None:
    path = f"/v1/profiles/artists?{SEARCHES[field]}"
    assert len(studio.nobody.get(path).json_body["items"]) == 1
    for level in ("clients", "private"):
        has_edited(studio.artist, privacy={field: level})
        assert studio.nobody.get(path).json_body["items"] == []
    (found,) = studio.nobody.get("/v1/profiles/artists").json_body["items"]
    assert found.get(field, EMPTY.get(field, "")) == EMPTY.get(field, "")
    has_edited(studio.artist, privacy={field: "public"})
    assert len(studio.nobody.get(path).json_body["items"]) == 1


def test_a_hidden_floor_leaves_the_price_of_the_services(studio: People) -> None:
    assert is_heard(offers(amount=9000))
    assert seen("mara.voss")["fromPrices"] == [{"amount": 15000, "currency": "EUR"}]
    has_edited(studio.artist, privacy={"priceFloor": "private"})
    assert seen("mara.voss")["fromPrices"] == [{"amount": 9000, "currency": "EUR"}]
