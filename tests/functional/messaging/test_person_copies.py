"""Copies of people: the newest version wins in any order of events; pages for operators."""

import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from messaging import consumers
from messaging.app import copies
from messaging.store import person_copies
from tests.functional.messaging.world import (
    ARTIST,
    NOON,
    World,
    card,
    event_of,
    user_id,
)
from tests.support import repeatable  # noqa: F401

VERIFIED = {"userId": ARTIST, "name": "First", "role": "artist", "email": "a@example.com"}


def updated(version: int) -> dict[str, Any]:
    return card(ARTIST, "artist", f"Name {version}", version) | {
        "avatar": f"fil_{version}",
        "handle": f"handle-{version}",
    }


def make_event(number: int) -> tuple[str, dict[str, Any]]:
    """Return profiles' event of a version from 1, or auth's event for 0."""
    return ("user.profile.updated", updated(number)) if number else ("user.verified", VERIFIED)


def test_copies_converge_in_any_order_of_events(world: World) -> None:
    @settings(max_examples=60)
    @given(st.lists(st.integers(0, 4), min_size=1, max_size=8))
    def converge(order: list[int]) -> None:
        world.database.people.delete_many({})
        for number in order:
            consumers.handle(event_of(*make_event(number), NOON), NOON)
        known = person_copies.find(ARTIST)
        newest = max(order)
        assert known is not None
        assert known.record_version == newest
        assert known.name == (f"Name {newest}" if newest else "First")
        assert known.avatar == (f"fil_{newest}" if newest else None)

    converge()


def test_an_erased_person_never_comes_back(world: World) -> None:
    @settings(max_examples=30)
    @given(st.permutations([0, 1, 2, 3]), st.integers(0, 4))
    def stay_away(order: list[int], place: int) -> None:
        world.database.people.delete_many({})
        events = [make_event(number) for number in order]
        events.insert(place, ("user.deleted", {"userId": ARTIST}))
        for event in events:
            consumers.handle(event_of(*event, NOON), NOON)
        (stored,) = world.database.people.find({})
        assert stored["erasedAt"] == NOON
        assert (stored["name"], stored["avatar"], stored["role"], stored["handle"]) == (
            "",
            None,
            None,
            None,
        )

    stay_away()


def test_the_same_version_repairs_a_damaged_copy(world: World) -> None:
    world.consume("user.profile.updated", updated(3))
    world.database.people.update_one({"_id": ARTIST}, {"$set": {"name": "Damaged"}})
    world.consume("user.profile.updated", updated(3))
    known = person_copies.find(ARTIST)
    assert known is not None
    assert known.name == "Name 3"


def test_a_new_name_shows_everywhere(world: World) -> None:
    world.open()
    world.send(world.artist)
    world.consume("user.profile.updated", updated(9))
    world.deliver()
    assert world.conversation(world.client)["other"] == {
        "userId": ARTIST,
        "name": "Name 9",
        "avatar": "fil_9",
        "handle": "handle-9",
        "role": "artist",
        "isDeleted": False,
    }
    (created,) = world.published("message.created")
    assert created.data["senderName"] == "Name 9"


def test_operators_read_the_copies_page_by_page(world: World) -> None:
    ids = [user_id(letter) for letter in "EFGHJ"]
    for person, version in zip(ids, itertools.count(), strict=False):
        world.introduce(person, "client", f"Name {version}", version)
    world.consume("user.deleted", {"userId": ids[1]})
    items, at = [], None
    for _ in range(5):
        page = copies({"next": at, "limit": 2}, None)
        items += page["items"]
        at = page["next"]
        if at is None:
            break
    assert [item["userId"] for item in items] == [ids[0], *ids[2:]]
    assert items[1] == {
        "userId": ids[2],
        "name": "Name 2",
        "avatar": None,
        "recordVersion": 2,
    }
