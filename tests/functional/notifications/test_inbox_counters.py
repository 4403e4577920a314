"""Counters of unread entries: whatever happens, counting gives the number of unread entries."""

import random
from contextlib import ExitStack, suppress
from datetime import timedelta
from threading import Thread
from unittest import mock

import pytest
from pymongo.collection import Collection

from notifications.inbox import entries
from notifications.inbox.entries import ConversationMessage
from notifications.models import Channel, MessageCategory, PushContent
from notifications.store import inbox, inbox_counters
from notifications.store.inbox_counters import CHANGE_TIME
from tests.functional.notifications.engine import Killed, Killer
from tests.functional.notifications.world import World
from tests.support.gateway import ApiClient

ADA = "usr_ada"
PATH = "/v1/notifications/inbox"
WRITES = ("insert_one", "replace_one", "update_one", "update_many", "delete_one", "delete_many")


def count(person: ApiClient) -> int:
    return int(person.get(f"{PATH}/unread").json_body["total"])


def recount(world: World) -> int:
    listed = {"userId": ADA, "unreadAt": {"$lte": world.now}}
    return int(world.database.inbox.count_documents(listed))


def add(world: World, event_id: str, *, hours: float = 0, message: int | None = None) -> None:
    """Add an entry that is listed from some time on, or a message of a conversation."""
    place = None if message is None else ConversationMessage("cnv_1", message, world.now)
    entries.add(
        ADA,
        event_id,
        contents={Channel.PUSH: PushContent("Hi", "There.")},
        category=MessageCategory.BOOKING,
        template=None,
        at=world.now + timedelta(hours=hours),
        message=place,
    )


def expire(world: World) -> None:
    """Delete what has expired, as the database does."""
    world.database.inbox.delete_many({"expiresAt": {"$lte": world.now}})


class Life:
    """Random operations on an inbox, some of which are cut off or repeated."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._person = world.as_user(ADA)
        self._chance = random.Random(seed)
        self._events = 0

    def step(self) -> None:
        """Do one thing, and perhaps again; it may be cut off before or after any write."""
        act = self._chance.choice(
            [self._add, self._add, self._message, self._read, self._read_conversation,
             self._read_all, self._archive, self._snooze, self._cancel, self._wait]
        )  # fmt: skip
        if self._chance.random() < 0.3:
            killer = Killer(self._chance.randint(1, 4))
            with suppress(Killed), ExitStack() as patches:
                for name in WRITES:
                    wrapped = killer.around(vars(Collection)[name])
                    patches.enter_context(mock.patch.object(Collection, name, wrapped))
                act()
        else:
            act()

    def _add(self) -> None:
        self._events += self._chance.random() < 0.8  # or the same event again
        add(self._world, f"evt_{self._events}", hours=self._chance.choice([0, 0, 1, 30 * 24]))

    def _message(self) -> None:
        add(self._world, "evt_message", message=self._chance.randint(1, 20))

    def _read_conversation(self) -> None:
        sequence = self._chance.randint(1, 20)
        entries.mark_conversation_read(ADA, "cnv_1", sequence, self._world.now)

    def _read_all(self) -> None:
        until = self._world.now - timedelta(hours=self._chance.randint(0, 3))
        self._person.put(f"{PATH}/read", json={"until": until.isoformat()})

    def _read(self) -> None:
        self._person.put(f"{PATH}/{self._choose()}/read")

    def _archive(self) -> None:
        self._person.delete(f"{PATH}/{self._choose()}")

    def _snooze(self) -> None:
        until = self._world.now + timedelta(hours=self._chance.randint(1, 48))
        body = {"until": until.isoformat()}
        self._person.put(f"{PATH}/{self._choose()}/snooze", json=body)

    def _cancel(self) -> None:
        entries.remove(ADA, f"evt_{self._chance.randint(1, self._events + 1)}")

    def _wait(self) -> None:
        self._world.later(minutes=self._chance.choice([1, 2, 61, 50 * 24 * 60]))
        expire(self._world)

    def _choose(self) -> str:
        listed = self._person.get(PATH).json_body["items"]
        return str(self._chance.choice(listed)["id"]) if listed else "ibx_none"


@pytest.mark.parametrize("seed", range(2))
def test_counting_is_exact_whatever_happens(world: World, seed: int) -> None:
    life, ada, chance = Life(world, seed), world.as_user(ADA), random.Random(seed)
    kept = 0
    for _ in range(60):
        life.step()
        assert count(ada) == recount(world)
        world.later(seconds=chance.choice([0, 0, 70]))
        assert count(ada) == recount(world)
        assert count(ada) == recount(world)
        counter = inbox_counters.find(ADA)
        kept += counter is not None and counter.is_valid(world.now)
    assert kept > 3  # so that it was not counted anew each time


def test_a_change_between_counting_and_keeping_is_not_lost(world: World) -> None:
    ada = world.as_user(ADA)
    add(world, "evt_1")
    assert count(ada) == 1
    world.later(seconds=CHANGE_TIME.total_seconds())
    counted = inbox.count_unread

    def count_and_add(*arguments: int) -> int:
        number = counted(*arguments)  # type: ignore[arg-type]
        add(world, "evt_2")
        return number

    with mock.patch.object(inbox, "count_unread", count_and_add):
        count(ada)
    assert count(ada) == 2
    world.later(seconds=CHANGE_TIME.total_seconds())
    assert (count(ada), count(ada)) == (2, 2)


def test_changes_at_once_are_all_counted(world: World) -> None:
    ada = world.as_user(ADA)
    count(ada)
    world.later(seconds=CHANGE_TIME.total_seconds())
    count(ada)
    threads = [Thread(target=add, args=(world, f"evt_{number % 6}")) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(ada) == 6
    world.later(seconds=CHANGE_TIME.total_seconds())
    assert (count(ada), count(ada)) == (6, 6)


def test_an_erased_user_gets_no_counter_again(world: World) -> None:
    ada = world.as_user(ADA)
    add(world, "evt_1")
    count(ada)
    assert world.database.inbox_counters.count_documents({}) == 1
    world.consume("user.deleted", {"userId": ADA})
    assert count(ada) == 0
    assert world.database.inbox_counters.count_documents({}) == 0
