"""Response times: counted as artists answer, published when their class changes."""

from datetime import timedelta
from typing import Any

from messaging.use_cases import erasure, response_times
from tests.functional.messaging.guests import echo, write
from tests.functional.messaging.world import (
    ARTIST,
    PATH,
    World,
    ok,
    user_id,
)
from tests.support.mongo import COMMANDS

TYPE = "artist.response_time_changed"


def talk(world: World, letter: str, minutes: float | None) -> None:
    """Let a new client write, and the artist answer after a time."""
    person = world.as_user(user_id(letter))
    world.introduce(user_id(letter), "client")
    body = {"artistId": ARTIST}
    world.cid = ok(person.post(f"{PATH}/conversations", json=body), 201)["id"]
    world.send(person)
    world.deliver()
    if minutes is not None:
        answer(world, minutes)


def answer(world: World, minutes: float) -> None:
    world.later(minutes=minutes)
    world.send(world.artist)
    world.deliver()


def stored_days(world: World) -> Any:
    (stored,) = world.database.responseTimes.find({})
    return stored["days"]


def published(world: World) -> list[Any]:
    return [
        (event.data["typicalMinutes"], event.data["answeredShare"], event.data["recordVersion"])
        for event in world.published(TYPE)
    ]


def test_the_median_of_first_answers_is_published_when_its_class_changes(world: World) -> None:
    world.introduce(ARTIST, "artist")
    for letter, minutes in (("E", 5), ("F", 30)):
        talk(world, letter, minutes)
    assert published(world) == []  # too few
    talk(world, "G", 50)
    assert published(world) == [(60, 1.0, 1)]
    answer(world, 500)  # nobody waits
    talk(world, "H", 55)
    assert published(world) == []  # the same class
    for letter in "JKN":
        talk(world, letter, 10)
    assert published(world) == [(15, 1.0, 2)]


def test_who_waits_for_a_day_is_unanswered_until_they_are_answered(world: World) -> None:
    world.introduce(ARTIST, "artist")
    for letter in "EFG":
        talk(world, letter, 5)
    talk(world, "H", None)
    waiting = world.cid
    assert published(world) == [(15, 1.0, 1)]
    world.later(hours=26)
    assert response_times.refresh_due(world.now) == 1
    assert published(world) == [(15, 0.7, 2)]  # three of four
    world.cid = waiting
    answer(world, 1)
    assert published(world) == [(15, 1.0, 3)]
    world.later(days=91)
    assert response_times.refresh_due(world.now) == 1
    assert published(world) == [(None, None, 4)]
    assert stored_days(world) == {}


def test_whom_the_artist_blocks_waits_no_more(world: World) -> None:
    world.introduce(ARTIST, "artist")
    for letter in "EFG":
        talk(world, letter, 5)
    talk(world, "H", None)
    ok(world.artist.put(world.path("/block")))
    world.later(hours=26)
    response_times.refresh_due(world.now)
    assert published(world) == [(15, 1.0, 1)]


def test_a_guest_waits_too_and_is_answered_at_the_platform(world: World) -> None:
    world.introduce(ARTIST, "artist")
    for letter in "EF":
        talk(world, letter, 5)
    write(world)
    world.deliver()
    world.later(minutes=2)
    echo(world, "Hi Ines")
    world.deliver()
    assert published(world) == [(15, 1.0, 1)]


def test_what_was_not_published_is_repeated_and_nothing_is_counted_twice(world: World) -> None:
    world.introduce(ARTIST, "artist")
    for letter in "EFG":
        talk(world, letter, 5)
    assert published(world) == [(15, 1.0, 1)]
    world.database.responseTimes.update_one({"_id": ARTIST}, {"$set": {"unpublished": True}})
    world.later(hours=25)
    assert response_times.refresh_due(world.now) == 1
    assert published(world) == [(15, 1.0, 1)]
    assert response_times.refresh_due(world.now) == 0
    world.send(world.artist)
    world.database.messages.update_many({}, {"$set": {"dueAt": world.now}})
    world.sweep()
    world.deliver()
    (counted,) = stored_days(world).values()
    assert counted == {"15": 3}


def test_a_message_that_is_no_first_answer_costs_nothing(world: World) -> None:
    world.introduce(ARTIST, "artist")
    talk(world, "E", 5)
    world.send(world.artist)
    COMMANDS.clear()
    world.deliver()
    writes = sorted(name for name in COMMANDS if name != "find")
    assert writes == ["findAndModify", "update", "update"]  # the summary, the counter, the message


def test_counts_go_with_the_account(world: World) -> None:
    world.introduce(ARTIST, "artist")
    talk(world, "E", 5)
    erasure.erase(ARTIST, world.now + timedelta(seconds=1))
    assert world.database.responseTimes.count_documents({}) == 0
