"""Delivery: every message is published at least once, under one id, whatever crashes."""

import random
from collections import Counter
from typing import Any
from unittest import mock

import pytest

from messaging import app as messaging_app
from messaging.live import fanout
from messaging.store import messages
from messaging.use_cases import delivery
from shared.events import outbox, queues
from tests.functional.messaging.faults import Crash, failing_at
from tests.functional.messaging.world import (
    ARTIST,
    CLIENT,
    OTHER_CLIENT,
    PATH,
    World,
    contents,
    ok,
    queue_url,
)
from tests.support import aws_calls, emf, fake_aws
from tests.support.captured_logs import Logs


@pytest.fixture
def active_world(world: World) -> World:
    """Return a world whose conversation is published and has one message that is not."""
    world.open()
    world.deliver()
    world.published()
    world.send(world.client, "Hello")
    return world


def get_job(world: World, number: int = 0) -> delivery.DeliveryJob:
    return delivery.DeliveryJob(world.cid, world.messages()[number].id)


def test_a_delivered_message_is_published(active_world: World) -> None:
    active_world.deliver()
    (created,) = active_world.published()
    message = active_world.messages()[0]
    assert (created.id, created.subject) == (f"evt_{message.id}", message.id)
    assert created.source == "/artist-booking/messaging"
    assert created.correlationid == message.correlation_id
    assert created.data == {
        "conversationId": active_world.cid,
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


def test_content_is_neither_published_nor_logged(active_world: World, logs: Logs) -> None:
    content = "Elm Street 1"
    sent = active_world.send(active_world.client, content)
    path = active_world.path(f"/messages/{sent['id']}")
    ok(active_world.client.patch(path, json={"content": f"{content}!"}))
    active_world.deliver()
    ok(active_world.artist.get(active_world.path("/search?q=elm")))
    ok(
        active_world.artist.post(
            active_world.path("/report"), json={"reason": "spam", "details": content}
        ),
        201,
    )
    assert content not in str(active_world.published())
    assert "elm" not in str(logs.lines).lower()


def test_the_event_names_who_is_reading(active_world: World) -> None:
    with mock.patch.object(fanout, "deliver", return_value={ARTIST}) as deliver:
        active_world.deliver()
    (call,) = deliver.call_args_list
    frame, people, conversation_id, now = call.args
    assert frame.message.content == "Hello"
    assert (sorted(people), conversation_id, now) == (
        [ARTIST, CLIENT],
        active_world.cid,
        active_world.now,
    )
    (created,) = active_world.published()
    assert [each["isReading"] for each in created.data["recipients"]] == [True]


def test_a_repeated_job_delivers_once(active_world: World) -> None:
    active_world.deliver()
    delivery.deliver(get_job(active_world), active_world.now)
    delivery.deliver(delivery.DeliveryJob(active_world.cid), active_world.now)
    delivery.deliver(delivery.DeliveryJob("cnv_none"), active_world.now)
    delivery.deliver(delivery.DeliveryJob(active_world.cid, "msg_none"), active_world.now)
    assert len(active_world.published()) == 1


def test_messages_delivered_out_of_order_leave_the_newest_in_the_list(active_world: World) -> None:
    active_world.later(seconds=1)
    active_world.send(active_world.client, "Second")
    delivery.deliver(get_job(active_world, 1), active_world.now)
    delivery.deliver(get_job(active_world, 0), active_world.now)
    seen = active_world.conversation(active_world.artist)
    assert (seen["lastMessage"]["preview"], seen["unread"]) == ("Second", 2)
    assert seen["activeAt"] == "2026-03-02T12:00:01Z"


def test_a_message_edited_before_delivery_is_delivered_once(active_world: World) -> None:
    path = active_world.path(f"/messages/{active_world.messages()[0].id}")
    ok(active_world.client.patch(path, json={"content": "Changed"}))
    with mock.patch.object(fanout, "deliver", return_value=set()) as deliver:
        active_world.deliver()
    frames = [type(call.args[0]).__name__ for call in deliver.call_args_list]
    assert frames == ["MessageCreatedFrame"]
    assert deliver.call_args.args[0].message.content == "Changed"
    assert len(active_world.published("message.created")) == 1


def test_a_message_edited_during_delivery_is_delivered_again(active_world: World) -> None:
    path = active_world.path(f"/messages/{active_world.messages()[0].id}")

    def edit(*_: Any) -> set[str]:
        with mock.patch.object(fanout, "deliver", return_value=set()):
            ok(active_world.client.patch(path, json={"content": "Changed"}))
        return set()

    with mock.patch.object(fanout, "deliver", side_effect=edit):
        active_world.work("deliveries")
    message = active_world.messages()[0]
    assert message.published_at is not None
    assert message.due_at is not None
    with mock.patch.object(fanout, "deliver", return_value=set()) as deliver:
        active_world.deliver()
    assert type(deliver.call_args.args[0]).__name__ == "MessageChangedFrame"
    assert len(active_world.published("message.created")) == 1
    assert active_world.conversation(active_world.artist)["lastMessage"]["preview"] == "Changed"


# ---- crashes -----------------------------------------------------------------------------------


def recover(world: World) -> None:
    """Let the sweeper and the worker do what is overdue after a minute."""
    world.later(seconds=61)
    world.sweep()
    world.deliver()


def assert_published(world: World) -> None:
    published = Counter(event.id for event in world.published("message.created"))
    assert set(published) == {f"evt_{message.id}" for message in world.messages()}
    assert max(published.values()) <= 2
    seen = world.conversation(world.artist)
    assert seen["lastMessage"]["preview"] == world.messages()[-1].content
    assert seen["unread"] == len(world.messages())
    assert ok(world.artist.get(f"{PATH}/unread")) == {"total": len(world.messages())}
    assert messages.find_due(world.now, 10) == []
    assert world.sweep() == 0


@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
def test_a_crash_at_any_write_of_the_worker_is_recovered(
    active_world: World, position: int, after: bool
) -> None:
    ok(active_world.artist.get(f"{PATH}/unread"))  # counts from now on
    with failing_at(position, Crash(), after=after) as tried, pytest.raises(Crash):
        delivery.deliver(get_job(active_world), active_world.now)
    # The summary, the views, the counter and the message.
    writes = ["find_one_and_update", "update_one", "update_one", "update_one"]
    assert tried == writes[: position + 1]
    recover(active_world)
    assert_published(active_world)


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
def test_a_crash_while_publishing_is_recovered(active_world: World, after: bool) -> None:
    with (
        aws_calls.failing("PublishBatch", Crash(), after=after),  # type: ignore[arg-type]
        pytest.raises(Crash),
    ):
        delivery.deliver(get_job(active_world), active_world.now)
    recover(active_world)
    assert_published(active_world)


def test_a_message_stays_due_when_the_topic_refuses_it(active_world: World) -> None:
    with (
        mock.patch.object(outbox, "_publish_batch", return_value={"evt_1": "InternalError"}),
        pytest.raises(outbox.NotPublished),
    ):
        delivery.deliver(get_job(active_world), active_world.now)
    assert active_world.messages()[0].due_at is not None
    recover(active_world)
    assert_published(active_world)


def test_a_message_stays_due_when_fan_out_fails(active_world: World) -> None:
    with mock.patch.object(fanout, "deliver", side_effect=RuntimeError):
        assert active_world.work("deliveries") == 1
    assert active_world.published() == []
    active_world.deliver()
    assert_published(active_world)


@pytest.mark.parametrize("seed", range(3))
def test_every_message_is_published_although_workers_die(world: World, seed: int) -> None:
    """Jobs get lost, workers die at any write, the topic refuses: all messages are published."""
    chance = random.Random(seed)
    world.open()
    for _ in range(25):
        if chance.random() < 0.3:  # the API dies before it reaches the queue
            with mock.patch.object(queues, "send", side_effect=RuntimeError):
                world.send(world.client, f"{chance.random()}")
        else:
            world.send(world.client, f"{chance.random()}")
        act = chance.random()
        if act < 0.4:
            with failing_at(chance.randrange(6), RuntimeError(), after=chance.random() < 0.5):
                world.work("deliveries")
        elif act < 0.6:
            with mock.patch.object(
                outbox, "_publish_batch", return_value={"evt_1": "InternalError"}
            ):
                world.work("deliveries")
        world.later(seconds=chance.randint(0, 40))
        if chance.random() < 0.2:
            world.sweep()
    for _ in range(3):
        world.later(minutes=16)
        world.sweep()
        world.deliver()
    published = {event.id for event in world.published("message.created")}
    assert published == {f"evt_{message.id}" for message in world.messages()}
    assert len(published) == 25
    seen = world.conversation(world.artist)
    assert seen["lastSequence"] == seen["unread"] == 25
    assert messages.find_due(world.now, 10) == []


# ---- the sweeper -------------------------------------------------------------------------------


def test_the_sweeper_gives_the_queue_time_to_retry(active_world: World) -> None:
    active_world.later(seconds=59)
    assert active_world.sweep() == 0
    active_world.later(seconds=1)
    assert active_world.sweep() == 1
    active_world.later(minutes=14)
    assert active_world.sweep() == 0
    active_world.later(minutes=1)
    assert active_world.sweep() == 1
    active_world.deliver()
    assert active_world.sweep() == 0
    assert len(active_world.published("message.created")) == 1


def test_a_failed_sweep_is_repeated_by_the_next_one(active_world: World) -> None:
    active_world.later(seconds=61)
    with aws_calls.failing("SendMessageBatch", RuntimeError()), pytest.raises(RuntimeError):
        active_world.sweep()
    assert active_world.sweep() == 1


def test_a_message_that_nobody_published_reaches_the_alarm(active_world: World, logs: Logs) -> None:
    """It is due again a quarter of an hour after each sweep, so it waits since it was written."""
    active_world.later(minutes=1)
    active_world.sweep()
    active_world.later(minutes=15)
    active_world.sweep()
    first, second = (line for line in logs.named("batch") if line["source"] == "due")
    assert (emf.failures(first), first["waitedSeconds"]) == (0, 60)
    assert (emf.failures(second), second["waitedSeconds"]) == (1, 16 * 60)


def test_a_sweep_is_limited(active_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "SWEEP_LIMIT", 2)
    for number in range(4):
        active_world.send(active_world.client, str(number))
    active_world.later(seconds=61)
    assert [active_world.sweep() for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.parametrize("collection", ["messages", "conversations"])
def test_a_record_that_cannot_be_read_does_not_hold_up_the_others(
    active_world: World, collection: str
) -> None:
    poisoned = active_world.cid
    other = active_world.as_user(OTHER_CLIENT)
    active_world.introduce(OTHER_CLIENT, "client")
    if collection == "messages":
        active_world.database.messages.update_many({}, {"$set": {"sequence": "many"}})
    else:
        active_world.database.conversations.update_one(
            {"_id": poisoned}, {"$set": {"revision": "many", "dueAt": active_world.now}}
        )
    with mock.patch.object(queues, "send", side_effect=RuntimeError):
        opened = other.post("/v1/messages/conversations", json={"artistId": ARTIST})
        active_world.cid = opened.json_body["id"]
        active_world.send(other, "Behind it")
    active_world.later(seconds=61)
    assert active_world.sweep() >= 3
    active_world.work("deliveries")
    active_world.work("deliveries")
    (behind,) = active_world.published("message.created")
    assert behind.data["conversationId"] == active_world.cid
    waiting = active_world.database[collection].find({"dueAt": {"$ne": None}})
    assert len(list(waiting)) == 1


# ---- for operators -----------------------------------------------------------------------------


def ask(*published: str) -> dict[str, list[str]]:
    """Invoke the operators' function and return types by id. Some records are published."""
    answer = messaging_app.list_or_publish({"publish": list(published)}, None)
    assert {item["at"] for item in answer["items"]} <= {"2026-03-02T12:00:00Z"}
    return {item["id"]: item["types"] for item in answer["items"]}


def test_operators_list_what_is_unpublished_and_have_it_published(active_world: World) -> None:
    active_world.deliver()
    assert ask() == {}
    (old,) = active_world.messages()
    ok(active_world.client.delete(active_world.path(f"/messages/{old.id}")), 204)
    new = active_world.send(active_world.client, "Behind it")
    active_world.database.conversations.update_one(
        {}, {"$set": {"unpublished": ["artist", "client block"], "dueAt": active_world.now}}
    )
    fake_aws.client("sqs").purge_queue(QueueUrl=queue_url("deliveries"))
    active_world.published()
    changes = ["conversation.read", "conversation.block_changed"]
    expected = {
        old.id: ["message.deleted"],
        new["id"]: ["message.created"],
        active_world.cid: changes,
    }
    assert ask() == expected
    assert active_world.waiting() == 0
    ask(new["id"], active_world.cid)
    active_world.deliver()
    assert [event.type for event in active_world.published()] == ["message.created", *changes]
    assert ask() == {old.id: ["message.deleted"]}


def test_operators_list_records_that_cannot_be_read(active_world: World) -> None:
    broken = {"$set": {"createdAt": "once", "sequence": "many"}}
    active_world.database.messages.update_many({}, broken)
    answer = messaging_app.list_or_publish({}, None)
    (item,) = answer["items"]
    assert (item["types"], item["at"]) == (["message.created"], None)


def test_polling_shows_undelivered_messages(active_world: World) -> None:
    assert contents(active_world.page(active_world.artist, "after=0")) == ["Hello"]
    assert active_world.conversation(active_world.artist)["unread"] == 0
