"""Guest spots on pages: copies that converge for any order of events."""

import itertools
from datetime import date
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from profiles.models.artist_pages import GuestSpot
from profiles.rules import guest_spots
from tests.functional.profiles.people import (
    ARTIST,
    SCHEDULE,
    People,
    get_public_page,
    schedule_removed,
    schedule_saved,
    try_consume,
    update_page,
)

OTHER = SCHEDULE[:-1] + "2"
SHOWN = {
    "location": "Rua da Rosa 12, Lisbon",
    "timeZone": "Europe/Lisbon",
    "firstDate": "2090-03-10",
    "lastDate": "2090-03-12",
}


def test_a_page_shows_where_the_artist_will_be_next_spot_first(people: People) -> None:
    people.register(ARTIST)
    for event in (
        schedule_saved(),
        schedule_saved(OTHER, firstDate="2090-02-01", lastDate="2090-02-02", location="Porto"),
        schedule_saved(SCHEDULE[:-1] + "3", firstDate="2020-02-01", lastDate="2020-02-02"),
        schedule_saved(SCHEDULE[:-1] + "4", firstDate=None, lastDate=None),
    ):
        assert try_consume(event)
    assert get_public_page()["guestSpots"] == [
        SHOWN | {"location": "Porto", "firstDate": "2090-02-01", "lastDate": "2090-02-02"},
        SHOWN,
    ]


EVENTS = [
    schedule_saved(version=1),
    schedule_saved(version=2, location="Porto"),
    schedule_removed(version=3),
]


@pytest.mark.parametrize("events", list(itertools.permutations(EVENTS)))
def test_a_removed_guest_spot_stays_removed(
    people: People, events: tuple[dict[str, Any], ...]
) -> None:
    people.register(ARTIST)
    for event in (*events, *events):
        assert try_consume(event)
    assert get_public_page()["guestSpots"] == []


@pytest.mark.parametrize("versions", list(itertools.permutations((1, 2, 3))))
def test_the_newest_version_is_shown(people: People, versions: tuple[int, ...]) -> None:
    """The third version has no dates any more, the second one has another place."""
    people.register(ARTIST)
    events = {
        1: schedule_saved(version=1),
        2: schedule_saved(version=2, location="Porto"),
        3: schedule_saved(version=3, firstDate=None, lastDate=None),
    }
    for version in versions:
        assert try_consume(events[version])
    assert get_public_page()["guestSpots"] == []
    assert try_consume(schedule_saved(version=4))
    assert get_public_page()["guestSpots"] == [SHOWN]


def search(city: str) -> list[Any]:
    """Return the guest spot shown with each artist found in a city."""
    answer = People.nobody.get(f"/v1/profiles/artists?city={city}")
    assert answer.status_code == 200, answer.body
    return [found["guestSpot"] for found in answer.json_body["items"]]


def test_a_search_by_city_finds_guest_spots_until_they_are_over(
    people: People, clock: TimeMachineFixture
) -> None:
    people.register(ARTIST)
    update_page(people.artist, handle="mara", listed=True, city="Berlin")
    place = "Rua da Rosa 12, 1200-383 Lisboa, Portugal"
    assert try_consume(schedule_saved(version=1, location=place))
    assert search("lisboa") == [SHOWN | {"location": place}]
    assert search("Berlin") == [None]
    assert search("Porto") == search("Rosa") == []
    clock.move_to("2090-03-12T22:00:00Z", tick=False)
    assert len(search("Lisboa")) == 1
    clock.move_to("2090-03-13T00:00:00Z", tick=False)
    assert search("Lisboa") == []
    clock.move_to("2090-01-01T00:00:00Z", tick=False)
    assert try_consume(schedule_removed(version=2))
    assert search("Lisboa") == []


@pytest.mark.parametrize(
    ("location", "cities"),
    [
        ("Rua da Rosa 12, Lisbon", ["rua da rosa", "lisbon"]),
        ("Lisbon", ["lisbon"]),
        ("Studio, 12 Gertrude St\nFitzroy VIC 3065", ["gertrude st", "fitzroy vic"]),
        ("10115 Berlin, Germany", ["berlin", "germany"]),
        ("12", []),
        ("", []),
    ],
)
def test_the_last_parts_of_a_location_may_be_its_city(location: str, cities: list[str]) -> None:
    assert guest_spots.list_cities(location) == cities


@pytest.mark.parametrize(
    ("locations", "found"),
    [
        (("Lisbon", "Porto", "Faro, Portugal"), ("Lisbon", "Porto")),
        (("Lisbon", "Faro, Portugal"), ("Lisbon", "Faro, Portugal")),
        (
            ("Lisbon", "Portugal, Lisbon", "Porto", "Portugal"),
            ("Lisbon", "Portugal, Lisbon", "Porto"),
        ),
        (("12", "Lisbon", "Lisbon", "Lisbon", "Lisbon"), ("Lisbon", "Lisbon", "Lisbon")),
    ],
)
def test_searches_find_the_next_guest_spots_with_three_cities_at_most(
    locations: tuple[str, ...], found: tuple[str, ...]
) -> None:
    spots = [
        GuestSpot(str(number), place, "Europe/Lisbon", date(2090, 3, 1), date(2090, 3, 2), 1)
        for number, place in enumerate(locations)
    ]
    findable = guest_spots.list_findable(reversed(spots), 3)
    assert tuple(spot.location for spot in findable) == found
