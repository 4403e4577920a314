"""Unread messages: exact per conversation and in total, and one read whatever their number."""

from typing import Any

import pytest

from messaging.models import Side, UnreadCount
from messaging.store import messages, unread
from messaging.use_cases import delivery, unread_counters
from messaging.use_cases.delivery import DeliveryJob
from tests.functional.messaging.world import (
    ARTIST,
    CLIENT,
    NOON,
    OTHER_CLIENT,
    PATH,
    World,
    ok,
)
from tests.support.mongo import COMMANDS


@pytest.fixture
def talking(world: World) -> World:
    """Return a world in which the client has written three messages, and the artist none."""
    world.open()
    for number in range(1, 4):
        world.send(world.client, str(number))
    world.deliver()
    return world


def counts(world: World) -> tuple[int, int]:
    """Return what the artist has not read: in the conversation, and in total."""
    total = ok(world.artist.get(f"{PATH}/unread"))["total"]
    return world.conversation(world.artist)["unread"], total


def delete(world: World, sequence: int) -> None:
    """Let the client delete a message."""
    message = world.messages()[sequence - 1]
    ok(world.client.delete(world.path(f"/messages/{message.id}")), 204)
    world.deliver()


def read(world: World, sequence: int) -> None:
    """Let the artist read up to a message."""
    ok(world.artist.put(world.path("/read"), json={"sequence": sequence}), 204)


def test_the_total_is_one_read_whatever_is_unread(talking: World) -> None:
    assert counts(talking) == (3, 3)
    COMMANDS.clear()
    ok(talking.artist.get(f"{PATH}/unread"))
    assert COMMANDS == ["find"]


def test_deleted_messages_count_no_more(talking: World) -> None:
    assert counts(talking) == (3, 3)
    delete(talking, 2)
    assert counts(talking) == (2, 2)
    read(talking, 1)
    assert counts(talking) == (1, 1)
    delete(talking, 1)  # was read
    assert counts(talking) == (1, 1)
    delete(talking, 3)
    assert counts(talking) == (0, 0)
    talking.send(talking.client, "4")
    talking.deliver()
    assert counts(talking) == (1, 1)
    read(talking, 4)
    assert counts(talking) == (0, 0)


def test_a_message_that_is_deleted_before_its_delivery_never_counts(talking: World) -> None:
    sent = talking.send(talking.client, "4")
    ok(talking.client.delete(talking.path(f"/messages/{sent['id']}")), 204)
    talking.deliver()
    assert counts(talking) == (3, 3)


def test_other_conversations_count_too(talking: World) -> None:
    talking.introduce(OTHER_CLIENT, "client")
    other = talking.as_user(OTHER_CLIENT, "client")
    path = f"{PATH}/conversations"
    conversation_id = ok(other.post(path, json={"artistId": ARTIST}), 201)["id"]
    body = {"clientMessageId": "other-message", "type": "text", "content": "Hello"}
    ok(other.post(f"{path}/{conversation_id}/messages", json=body), 201)
    talking.deliver()
    assert counts(talking) == (3, 4)
    read(talking, 3)
    assert counts(talking) == (0, 1)


def test_repeated_and_late_numbers_change_nothing(talking: World) -> None:
    assert counts(talking) == (3, 3)
    stale = UnreadCount(
        conversation_id=talking.cid, count=3, version=talking.stored().unread_version, at=NOON
    )
    for message in talking.messages():
        talking.database.messages.update_one({"_id": message.id}, {"$set": {"dueAt": NOON}})
        delivery.deliver(DeliveryJob(talking.cid, message.id), NOON)
    assert counts(talking) == (3, 3)
    read(talking, 3)
    unread.set_count(ARTIST, stale)
    assert counts(talking) == (0, 0)


@pytest.mark.parametrize("step", ["deliver", "read", "delete"])
def test_what_a_dead_process_left_is_counted_by_the_next_one(
    talking: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    assert counts(talking) == (3, 3)
    if step == "deliver":
        talking.send(talking.client, "4")

    def die(*_: Any) -> None:
        raise RuntimeError("the process died")

    if step == "delete":
        message = talking.messages()[0]
        ok(talking.client.delete(talking.path(f"/messages/{message.id}")), 204)
    with monkeypatch.context() as dying:
        dying.setattr(unread, "set_count", die)
        if step == "read":
            answer = talking.artist.put(talking.path("/read"), json={"sequence": 3})
            assert answer.status_code == 500
        else:
            talking.work("deliveries")
    talking.later(minutes=20)
    talking.sweep()
    talking.deliver()
    expected = {"deliver": 4, "read": 0, "delete": 2}[step]
    assert counts(talking) == (expected, expected)


def test_a_mark_counts_as_one_and_a_view_follows_what_is_deleted(talking: World) -> None:
    assert counts(talking) == (3, 3)
    for sequence in (1, 2, 3):
        delete(talking, sequence)
    unread_list = f"{PATH}/conversations?unread=true"
    assert (counts(talking), ok(talking.artist.get(unread_list))["items"]) == ((0, 0), [])
    ok(talking.artist.put(talking.path("/unread")))
    assert counts(talking) == (1, 1)
    assert len(ok(talking.artist.get(unread_list))["items"]) == 1
    ok(talking.artist.delete(talking.path("/unread")), 204)
    assert counts(talking) == (0, 0)


def test_a_damaged_counter_is_counted_again(talking: World) -> None:
    assert counts(talking) == (3, 3)
    talking.database.unread.update_one({"_id": ARTIST}, {"$set": {"total": 99, "counts": []}})
    assert unread_counters.rebuild(ARTIST, Side.ARTIST, NOON) == 3
    assert counts(talking) == (3, 3)
    talking.send(talking.client, "4")
    talking.deliver()
    assert counts(talking) == (4, 4)


def test_a_counter_that_changes_while_it_is_counted_is_counted_again(
    talking: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert counts(talking) == (3, 3)
    replace, replaced = unread.replace, list[Any]()

    def replace_late(*given: Any) -> None:
        if not replaced:
            read(talking, 2)
        replaced.append(given)
        replace(*given)

    monkeypatch.setattr(unread, "replace", replace_late)
    assert unread_counters.rebuild(ARTIST, Side.ARTIST, NOON) == 1
    assert len(replaced) == 2
    assert counts(talking) == (1, 1)


def test_numbers_of_zero_are_kept_for_an_hour(talking: World) -> None:
    read(talking, 3)
    counter = unread.find(ARTIST)
    assert counter is not None
    assert [each.count for each in counter.counts] == [0]
    later = NOON + 2 * unread.KEPT_FOR
    other = UnreadCount(conversation_id="cnv_other", count=1, version=1, at=later)
    unread.set_count(ARTIST, other)
    counter = unread.find(ARTIST)
    assert counter is not None
    assert (counter.total, [each.conversation_id for each in counter.counts]) == (1, ["cnv_other"])


def test_what_a_deleted_account_wrote_is_not_unread(talking: World) -> None:
    assert counts(talking) == (3, 3)
    talking.consume("user.deleted", {"userId": CLIENT})
    assert counts(talking) == (0, 0)
    assert unread.find(CLIENT) is None
    assert all(message.deleted_at for message in talking.messages())
    assert messages.find_last(talking.stored()) is not None
