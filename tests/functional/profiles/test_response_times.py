"""Response times on pages: a copy that converges for any order of events."""

import itertools
from typing import Any

import pytest

from tests.functional.profiles.people import (
    ARTIST,
    People,
    build_event,
    get_public_page,
    try_consume,
)


def changed(version: int, minutes: int | None, share: float | None) -> dict[str, Any]:
    """Build the event by which messaging publishes how soon the artist answers."""
    return build_event(
        "artist.response_time_changed",
        artistId=ARTIST,
        typicalMinutes=minutes,
        answeredShare=share,
        recordVersion=version,
    )


EVENTS = [changed(1, 180, 0.5), changed(2, None, None), changed(3, 60, 0.9)]


@pytest.mark.parametrize("events", list(itertools.permutations(EVENTS)))
def test_a_page_shows_the_newest(people: People, events: tuple[dict[str, Any], ...]) -> None:
    people.register(ARTIST)
    assert get_public_page()["responseTime"] is None
    for event in (*events, *events):
        assert try_consume(event)
    assert get_public_page()["responseTime"] == {"typicalMinutes": 60, "answeredShare": 0.9}
    assert try_consume(changed(4, None, None))
    assert get_public_page()["responseTime"] is None
