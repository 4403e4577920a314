"""The outbox: whatever was written is published at least once, under one id, whatever crashes."""

import random
from collections import Counter
from typing import Any
from unittest import mock

import pytest

from messaging.live import fanout
from messaging.schemas import DeliveryOrder
from messaging.store import messages
from messaging.use_cases import delivery
from shared.events import outbox
from tests.functional.messaging.faults import Crash, failing_at
from tests.functional.messaging.people import ARTIST, CLIENT, World, contents, ok
from tests.support import aws_calls
from tests.support.captured_logs import Logs


@pytest.fixture
def thread(world: World) -> World:
    """A conversation that is told of, with one message that is not."""
    world.open()
    world.deliver()
    world.published()
    world.send(world.client, "Hello")
    return world


def order(world: World, number: int = 0) -> DeliveryOrder:
    return DeliveryOrder(world.cid, world.messages()[number].id)


def test_what_others_hear_of_a_message(thread: World) -> None:
    thread.deliver()
    (created,) = thread.published()
    message = thread.messages()[0]
    assert (created.id, created.subject) == (f"evt_{message.id}", message.id)
    assert created.source == "/artist-booking/messaging"
    assert created.correlationid == message.correlation_id
    assert created.data == {
        "conversationId": thread.cid,
        "messageId": message.id,
        "sequence": 1,
        "type": "text",
        "artistId": ARTIST,
        "clientId": CLIENT,
        "senderId": CLIENT,
        "senderName": "Cleo Client",
        "recipients": [{"userId": ARTIST, "isReading": False, "muted": False}],
        "attachments": [],
        "createdAt": "2026-03-02T12:00:00Z",
    }


def test_what_it_says_is_neither_told_nor_logged(thread: World, logs: Logs) -> None:
    words = "Elm Street 1"
    sent = thread.send(thread.client, words)
    path = thread.path(f"/messages/{sent['id']}")
    ok(thread.client.patch(path, json={"content": f"{words}!"}))
    thread.deliver()
    ok(thread.artist.get(thread.path("/search?q=elm")))
    ok(thread.artist.post(thread.path("/report"), json={"reason": "spam", "details": words}), 201)
    assert words not in str(thread.published())
    assert "elm" not in str(logs.lines).lower()


def test_who_is_reading_is_told(thread: World) -> None:
    with mock.patch.object(fanout, "deliver", return_value={ARTIST}) as deliver:
        thread.deliver()
    (call,) = deliver.call_args_list
    frame, people, conversation_id, now = call.args
    assert frame.message.content == "Hello"
    assert (sorted(people), conversation_id, now) == ([ARTIST, CLIENT], thread.cid, thread.now)
    (created,) = thread.published()
    assert [each["isReading"] for each in created.data["recipients"]] == [True]


def test_an_order_that_comes_twice_is_delivered_once(thread: World) -> None:
    thread.deliver()
    delivery.deliver(order(thread), thread.now)
    delivery.deliver(DeliveryOrder(thread.cid), thread.now)
    delivery.deliver(DeliveryOrder("cnv_none"), thread.now)
    delivery.deliver(DeliveryOrder(thread.cid, "msg_none"), thread.now)
    assert len(thread.published()) == 1


def test_messages_delivered_out_of_order_leave_the_newest_in_the_list(thread: World) -> None:
    thread.later(seconds=1)
    thread.send(thread.client, "Second")
    delivery.deliver(order(thread, 1), thread.now)
    delivery.deliver(order(thread, 0), thread.now)
    seen = thread.conversation(thread.artist)
    assert (seen["lastMessage"]["preview"], seen["unread"]) == ("Second", 2)
    assert seen["activeAt"] == "2026-03-02T12:00:01Z"


def test_a_message_edited_before_its_delivery_is_told_once_as_it_is(thread: World) -> None:
    path = thread.path(f"/messages/{thread.messages()[0].id}")
    ok(thread.client.patch(path, json={"content": "Changed"}))
    with mock.patch.object(fanout, "deliver", return_value=set()) as deliver:
        thread.deliver()
    frames = [type(call.args[0]).__name__ for call in deliver.call_args_list]
    assert frames == ["MessageCreated"]
    assert deliver.call_args.args[0].message.content == "Changed"
    assert len(thread.published("message.created")) == 1


def test_a_message_edited_during_its_delivery_is_delivered_again(thread: World) -> None:
    path = thread.path(f"/messages/{thread.messages()[0].id}")

    def edit(*_: Any) -> set[str]:
        with mock.patch.object(fanout, "deliver", return_value=set()):
            ok(thread.client.patch(path, json={"content": "Changed"}))
        return set()

    with mock.patch.object(fanout, "deliver", side_effect=edit):
        thread.work("deliveries")
    message = thread.messages()[0]
    assert message.published_at is not None
    assert message.due_at is not None
    with mock.patch.object(fanout, "deliver", return_value=set()) as deliver:
        thread.deliver()
    assert type(deliver.call_args.args[0]).__name__ == "MessageChanged"
    assert len(thread.published("message.created")) == 1
    assert thread.conversation(thread.artist)["lastMessage"]["preview"] == "Changed"


# ---- crashes -----------------------------------------------------------------------------------


def settle(world: World) -> None:
    """Let time pass, and the sweeper and the worker do what is left to them."""
    world.later(seconds=61)
    world.sweep()
    world.deliver()


def check_told(world: World) -> None:
    told = Counter(event.id for event in world.published("message.created"))
    assert set(told) == {f"evt_{message.id}" for message in world.messages()}
    assert max(told.values()) <= 2
    seen = world.conversation(world.artist)
    assert seen["lastMessage"]["preview"] == world.messages()[-1].content
    assert seen["unread"] == len(world.messages())
    assert messages.due(world.now, 10) == []
    assert world.sweep() == 0


@pytest.mark.parametrize("position", range(2))
@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
def test_a_crash_at_any_write_of_the_worker(thread: World, position: int, after: bool) -> None:
    with failing_at(position, Crash(), after=after) as tried, pytest.raises(Crash):
        delivery.deliver(order(thread), thread.now)
    assert tried == ["update_one"] * (position + 1)
    settle(thread)
    check_told(thread)


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
def test_a_crash_at_the_topic(thread: World, after: bool) -> None:
    with (
        aws_calls.failing("PublishBatch", Crash(), after=after),  # type: ignore[arg-type]
        pytest.raises(Crash),
    ):
        delivery.deliver(order(thread), thread.now)
    settle(thread)
    check_told(thread)


def test_a_topic_that_refuses_keeps_it_due(thread: World) -> None:
    with (
        mock.patch.object(outbox, "_publish", return_value={"evt_1"}),
        pytest.raises(outbox.NotPublished),
    ):
        delivery.deliver(order(thread), thread.now)
    assert thread.messages()[0].due_at is not None
    settle(thread)
    check_told(thread)


def test_a_fanout_that_fails_keeps_it_due(thread: World) -> None:
    with mock.patch.object(fanout, "deliver", side_effect=RuntimeError):
        assert thread.work("deliveries") == 1
    assert thread.published() == []
    thread.deliver()
    check_told(thread)


@pytest.mark.parametrize("seed", range(3))
def test_every_message_is_told_of_though_workers_die(world: World, seed: int) -> None:
    """Orders are lost, workers die at any write, the topic refuses: all committed is told."""
    chance = random.Random(seed)
    world.open()
    for _ in range(25):
        if chance.random() < 0.3:  # the API dies before it reached the queue
            with mock.patch.object(delivery.queues, "send", side_effect=RuntimeError):
                world.send(world.client, f"{chance.random()}")
        else:
            world.send(world.client, f"{chance.random()}")
        act = chance.random()
        if act < 0.4:
            with failing_at(chance.randrange(6), RuntimeError(), after=chance.random() < 0.5):
                world.work("deliveries")
        elif act < 0.6:
            with mock.patch.object(outbox, "_publish", return_value={"evt_1"}):
                world.work("deliveries")
        world.later(seconds=chance.randint(0, 40))
        if chance.random() < 0.2:
            world.sweep()
    for _ in range(3):
        world.later(minutes=16)
        world.sweep()
        world.deliver()
    told = {event.id for event in world.published("message.created")}
    assert told == {f"evt_{message.id}" for message in world.messages()}
    assert len(told) == 25
    seen = world.conversation(world.artist)
    assert seen["lastSequence"] == seen["unread"] == 25
    assert messages.due(world.now, 10) == []


# ---- the sweeper -------------------------------------------------------------------------------


def test_the_sweeper_leaves_to_the_queue_what_it_put_there(thread: World) -> None:
    thread.later(seconds=59)
    assert thread.sweep() == 0
    thread.later(seconds=1)
    assert thread.sweep() == 1
    thread.later(minutes=14)
    assert thread.sweep() == 0
    thread.later(minutes=1)
    assert thread.sweep() == 1
    thread.deliver()
    assert thread.sweep() == 0
    assert len(thread.published("message.created")) == 1


def test_a_sweep_that_fails_finds_it_the_next_minute(thread: World) -> None:
    thread.later(seconds=61)
    with aws_calls.failing("SendMessageBatch", RuntimeError()), pytest.raises(RuntimeError):
        thread.sweep()
    assert thread.sweep() == 1


def test_a_sweep_takes_so_many_at_most(thread: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "MOST", 2)
    for number in range(4):
        thread.send(thread.client, str(number))
    thread.later(seconds=61)
    assert [thread.sweep() for _ in range(4)] == [2, 2, 1, 0]


def test_polling_shows_what_was_not_delivered_yet(thread: World) -> None:
    assert contents(thread.page(thread.artist, "after=0")) == ["Hello"]
    assert thread.conversation(thread.artist)["unread"] == 0
