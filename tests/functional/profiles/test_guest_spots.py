"""Guest spots on pages: copies that converge for any order of events."""

import itertools
from typing import Any

import pytest

from tests.functional.profiles.people import (
    ARTIST,
    SCHEDULE,
    People,
    get_public_page,
    schedule_removed,
    schedule_saved,
    try_consume,
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
