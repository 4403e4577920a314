"""The engine of deliveries: batches, claims, kills, outages, fairness and what is unknown."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from pymongo.collection import Collection
from pymongo.errors import AutoReconnect

from notifications.channels import ProviderUnavailable, Rejected, Throttled, Unanswered
from notifications.models import Channel, Delivery, DeliveryStatus, MessageCategory
from notifications.store import deliveries as store
from notifications.use_cases import delivery as engine
from notifications.use_cases.dispatch import GRACE
from tests.functional.notifications.engine import (
    assert_owned,
    each_operation,
    killed_at,
    recording,
    send,
    settle,
)
from tests.functional.notifications.world import World, queue_url, statuses
from tests.support import aws_calls, fake_aws
from tests.support.captured_logs import Logs

KILLS = 25  # of each worker: more than the steps that one has
MESSAGES = 2
# Channel, whether copies are recognised, and whether the provider can be asked.
CHANNELS = [("email", True, False), ("push", True, False), ("sms", False, True)]
MINUTE = timedelta(minutes=1)


def empty(queue: str) -> None:
    """Lose the messages of a queue, as when the AWS side is killed."""
    sqs, url = fake_aws.client("sqs"), queue_url(queue)
    sqs.delete_queue(QueueUrl=url)
    sqs.create_queue(QueueName=url.rpartition("/")[2])


def raising(error: Exception) -> Callable[[Delivery], str | None]:
    """Return an answer that is an error."""

    def answer(_: Delivery) -> str | None:
        raise error

    return answer


# ---- batches -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("channel", "writes"), [("email", 1), ("push", 1), ("sms", 10)])
def test_a_batch_is_one_claim_and_one_note(
    world: World, channel: str, writes: int, logs: Logs
) -> None:
    for number in range(10):
        send(world, channel, f"usr_{number}")
    calls: Counter[str] = Counter()

    def counting(call: Callable[..., Any]) -> Callable[..., Any]:
        def count(*arguments: Any, **options: Any) -> Any:
            calls[call.__name__] += 1
            return call(*arguments, **options)

        return count

    with (
        recording(channel) as provider,
        each_operation(counting),
        aws_calls.counted() as aws,
    ):
        world.work(channel)
    assert len(provider.accepted) == 10
    # The other reads ask whether a delivery may still be sent.
    assert calls["update_many"] == 1
    assert calls["bulk_write"] == writes
    if channel != "sms":  # what each costs is added up, exactly
        assert calls["update_one"] == calls["find_one"] == 0
    assert calls["find"] <= 3
    assert not {name for name in aws if "Send" in name or "Change" in name}
    (line,) = logs.named("batch")
    assert [each["delivery_id"] for each in line["deliveries"]] == provider.accepted
    assert line["DeliverySent"] == 10
    assert len(logs.named("delivery")) == 0


def test_a_batch_claims_deliveries_in_different_states(world: World) -> None:
    send(world, "email", "usr_a")

    def never_answer(_delivery: Delivery) -> str | None:
        raise Unanswered("final dot")

    with recording("email", recognises_copies=True) as provider:
        provider.answer = staticmethod(never_answer)
        world.work("email")
    send(world, "email", "usr_b")
    assert {each.status for each in world.deliveries()} == {
        DeliveryStatus.UNKNOWN,
        DeliveryStatus.QUEUED,
    }
    with recording("email", recognises_copies=True) as provider:
        world.retry("email")
    assert len(provider.accepted) == 2
    assert {each.status for each in world.deliveries()} == {DeliveryStatus.SENT}
    assert len({each.claim_id for each in world.deliveries()}) == 1


def test_codes_come_first(world: World) -> None:
    late = send(world, "email", "usr_a")
    code = send(world, "email", "usr_b", MessageCategory.SECURITY)
    with recording("email") as provider:
        world.work("email")
    assert provider.accepted == [code.id, late.id]


def test_codes_are_swept_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.use_cases.due_deliveries.MAX_PER_LOOK", 2)
    monkeypatch.setattr("notifications.use_cases.due_deliveries.MAX_LOOKS", 1)
    for number in range(3):
        send(world, "email", f"usr_{number}")
    world.later(seconds=1)
    code = send(world, "email", "usr_code", MessageCategory.SECURITY)
    empty("email")
    world.later(minutes=2)
    assert world.sweep() == 2
    with recording("email") as provider:
        world.work("email")
    assert provider.accepted[0] == code.id


def test_a_lost_queue_is_filled_at_once_and_a_long_one_is_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.use_cases.due_deliveries.MAX_PER_LOOK", 2)
    for number in range(6):
        send(world, "email", f"usr_{number}")
    empty("email")
    world.later(minutes=1)
    assert world.sweep() == 6
    world.later(minutes=2)  # the workers lag, so a copy of all that waits would only add to it
    assert world.sweep() == 2


# ---- owners ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("channel", "recognised", "askable"), CHANNELS)
def test_nothing_waits_longer_than_the_lease_and_a_minute(
    world: World, channel: str, recognised: bool, askable: bool
) -> None:
    """A worker dies with its claims, and the queue is lost with the AWS side."""
    accepted_at = world.now
    for number in range(5):
        send(world, channel, f"usr_{number}")
    with recording(channel, recognises_copies=recognised, is_askable=askable) as provider:
        with killed_at(9, provider) as killed:
            world.work(channel)
        assert killed
        assert_owned(world)
        empty(channel)
        while any(each.status is not DeliveryStatus.SENT for each in world.deliveries()):
            assert world.now - accepted_at <= engine.LEASE + MINUTE
            world.later(minutes=1)
            world.sweep()
            world.work(channel)
        assert {each.id for each in world.deliveries()} == set(provider.accepted)


def test_a_queue_that_is_lost_again_and_again_delays_only(world: World) -> None:
    send(world, "email")
    for _ in range(5):
        empty("email")
        world.later(seconds=engine.LEASE.total_seconds() + 60)
        assert world.sweep() == 1
        assert_owned(world)
    with recording("email") as provider:
        world.work("email")
    assert len(provider.accepted) == 1


@pytest.mark.parametrize(
    "error",
    [None, Rejected("550"), Throttled("429"), ProviderUnavailable("503"), Unanswered("timeout")],
)
def test_no_state_is_without_an_owner(world: World, error: Exception | None) -> None:
    send(world, "sms")
    with recording("sms") as provider:
        if error is not None:
            provider.answer = staticmethod(raising(error))
        for _ in range(8):
            assert_owned(world)
            world.retry("sms")
            empty("sms")


def test_what_an_older_version_left_without_an_owner_is_found(world: World) -> None:
    left = send(world, "email")
    empty("email")
    world.database.deliveries.update_one({"_id": left.id}, {"$set": {"dueAt": None}})
    assert world.sweep() == 1
    assert_owned(world)


# ---- kills -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("channel", "recognised", "askable"), [*CHANNELS, ("sms", False, False)])
def test_a_worker_that_is_killed_at_any_step_loses_nothing(
    world: World, channel: str, recognised: bool, askable: bool
) -> None:
    sent: Counter[str] = Counter()
    kills, step = 0, 0
    with recording(channel, recognises_copies=recognised, is_askable=askable) as provider:
        while kills < KILLS:
            step += 1
            for number in range(MESSAGES):
                send(world, channel, f"usr_{number}")
            with killed_at(step, provider) as killed:
                world.work(channel)
            assert_owned(world)
            kills += len(killed)
            empty(channel)
            settle(world, channel)
            step = step if killed else 0
            lost = {each.id for each in world.deliveries()} - set(provider.accepted)
            assert not lost
            assert {each.status for each in world.deliveries()} == {DeliveryStatus.SENT}
            sent.update(provider.accepted)
            provider.accepted.clear()
            world.database.deliveries.delete_many({})
            world.database.inbox.delete_many({})
    copies = sum(count - 1 for count in sent.values())
    print(f"{channel}: {kills} kills, {len(sent)} messages, 0 lost, {copies} copies")
    if not recognised and askable:
        assert copies == 0
    elif not recognised:
        # Nobody can say: the one that was just handed over is sent twice, and no other.
        assert 0 < copies <= kills


@pytest.mark.parametrize("worker", ["events", "sweeper"])
def test_killing_those_who_enqueue_loses_nothing(world: World, worker: str) -> None:
    kills, step = 0, 0
    with recording("email", recognises_copies=True) as provider:
        while kills < KILLS:
            step += 1
            user_id = f"usr_{kills}_{step}"
            data = {
                "userId": user_id,
                "email": f"{user_id}@example.com",
                "name": "Ada",
                "role": "artist",
                "emailVerified": True,
            }
            with killed_at(step, provider) as killed:
                if worker == "events":
                    world.consume("user.verified", data, f"evt_{user_id}")
                else:
                    world.later(minutes=3)
                    world.sweep()
            kills += len(killed)
            if worker == "events":
                empty("events")
            else:
                empty("email")
            world.consume("user.verified", data, f"evt_{user_id}")  # SQS delivers it again
            assert_owned(world)
            step = step if killed else 0
        settle(world, "email")
    accepted = Counter(provider.accepted)
    assert set(accepted) == {each.id for each in world.deliveries()}
    assert max(accepted.values()) == 1
    print(f"{worker}: {kills} kills, {len(accepted)} messages, 0 lost, 0 copies")


def test_a_delivery_that_kills_its_workers_takes_nobody_with_it(world: World) -> None:
    """It is sent alone, after the others were saved, and given up after five dead workers."""
    deadly, other = send(world, "email", "usr_a"), send(world, "email", "usr_b")

    with recording("email", recognises_copies=True) as provider:
        accept = provider.answer

        def die(delivery: Delivery) -> str | None:
            if delivery.id == deadly.id:
                raise KeyboardInterrupt
            return accept(delivery)

        provider.answer = staticmethod(die)
        for _ in range(10):
            try:
                world.work("email")
            except KeyboardInterrupt:
                empty("email")
            world.later(minutes=3)
            world.sweep()
    states = {each.id: each for each in world.deliveries()}
    assert states[other.id].status is DeliveryStatus.SENT
    assert len(provider.accepted) == 1
    failed = states[deadly.id]
    assert (failed.status, failed.reason) == (DeliveryStatus.FAILED, "internal_error")
    assert failed.retryable
    assert world.dead_letters("email") == [(deadly.id, "internal_error")]


# ---- outages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["email", "sms", "push"])
def test_a_provider_that_is_down_for_an_hour_loses_nothing(world: World, channel: str) -> None:
    started = world.now
    for number in range(5):
        send(world, channel, f"usr_{number}")
    attempts: list[str] = []

    with recording(channel) as provider:
        accept = provider.answer

        def answer(delivery: Delivery) -> str | None:
            attempts.append(delivery.id)
            if world.now - started < timedelta(hours=1):
                raise ProviderUnavailable("503")
            return accept(delivery)

        provider.answer = staticmethod(answer)
        while not all(each.due_at is None for each in world.deliveries()):
            world.retry(channel)
            empty(channel)  # what is delayed is found by the sweeper
    assert sorted(provider.accepted) == sorted(each.id for each in world.deliveries())
    assert max(Counter(attempts).values()) < 12
    assert world.dead_letters(channel) == []


def test_our_database_away_for_minutes_sends_everything_afterwards(world: World) -> None:
    for number in range(3):
        send(world, "email", f"usr_{number}")
    away = mock.patch.object(Collection, "update_many", side_effect=AutoReconnect("away"))
    with recording("email") as provider:
        with away:
            for receives in range(1, 8):  # more often than an error of ours is tried
                assert world.work("email", receives) == 3
        assert world.work("email", receives=8) == 0
    assert len(provider.accepted) == 3
    assert world.dead_letters("email") == []


def test_an_event_survives_an_outage_of_its_consumers_database(world: World) -> None:
    away = mock.patch.object(Collection, "update_one", side_effect=AutoReconnect("away"))
    data = {"userId": "usr_ada", "name": "Ada", "recordVersion": 1}
    with away, pytest.raises(AssertionError):
        world.consume("user.profile.updated", data)
    with away:
        for receives in range(2, 20):
            assert world.work("events", receives) == 1
    assert world.dead_letters("events") == []
    assert world.work("events", receives=20) == 0


# ---- unknown -----------------------------------------------------------------------------------


def test_a_timeout_after_the_hand_over_is_asked_for_and_not_repeated(world: World) -> None:
    delivery = send(world, "sms")
    with recording("sms", is_askable=True) as provider:
        accept = provider.answer

        def accept_without_answer(each: Delivery) -> str | None:
            accept(each)
            raise Unanswered("read timeout")

        provider.answer = staticmethod(accept_without_answer)
        world.work("sms")
        unknown = world.delivery()
        assert (unknown.status, unknown.reason) == (DeliveryStatus.UNKNOWN, "no_answer")
        world.retry("sms")
        assert provider.asked == [delivery.id]
    assert provider.accepted == [delivery.id]
    found = world.delivery()
    assert (found.status, found.provider_reference) == (DeliveryStatus.SENT, "found")
    assert statuses(found) == ["queued", "sending", "unknown", "sending", "sent"]


def test_what_the_provider_surely_does_not_have_is_sent(world: World) -> None:
    send(world, "sms")
    with recording("sms", is_askable=True) as provider:
        accept = provider.answer
        provider.answer = staticmethod(raising(Unanswered("read timeout")))
        world.work("sms")
        provider.answer = staticmethod(accept)
        world.retry("sms")
    assert len(provider.asked) == len(provider.accepted) == 1
    assert world.delivery().status is DeliveryStatus.SENT


def test_a_recognisable_copy_is_sent_once_and_then_waited_for(world: World) -> None:
    send(world, "email")
    attempts: list[str] = []

    def never_answer(delivery: Delivery) -> str | None:
        attempts.append(delivery.id)
        raise Unanswered("final dot")

    with recording("email", recognises_copies=True) as provider:
        provider.answer = staticmethod(never_answer)
        world.work("email")
        for _ in range(5):
            assert world.delivery().status is DeliveryStatus.UNKNOWN
            world.retry("email")
    assert len(attempts) == 2


def test_without_answer_and_without_recognition_the_callback_is_waited_for(world: World) -> None:
    started = world.now
    send(world, "sms")
    attempts: list[str] = []

    def never_answer(delivery: Delivery) -> str | None:
        attempts.append(delivery.id)
        raise Unanswered("read timeout")

    with recording("sms") as provider:
        provider.answer = staticmethod(never_answer)
        world.work("sms")
        while world.delivery().due_at is not None:
            world.retry("sms")
            assert world.now - started < timedelta(hours=26)
    assert len(attempts) == 1
    assert world.now - started >= timedelta(hours=24)
    failed = world.delivery()
    assert (failed.status, failed.retryable) == (DeliveryStatus.FAILED, False)


def test_an_error_of_ours_after_an_sms_was_handed_over_sends_no_second_one(world: World) -> None:
    send(world, "sms")
    with recording("sms", is_askable=True) as provider:
        accept = provider.answer

        def accept_and_fail(delivery: Delivery) -> str | None:
            accept(delivery)
            raise ValueError("the answer is no JSON")

        provider.answer = staticmethod(accept_and_fail)
        world.work("sms")
        world.retry("sms")
    assert len(provider.accepted) == 1
    assert world.delivery().status is DeliveryStatus.SENT


def test_a_callback_that_comes_before_the_result_is_kept(world: World) -> None:
    delivery = send(world, "sms")
    with recording("sms") as provider:
        accept = provider.answer

        def call_back_at_once(each: Delivery) -> str | None:
            where = {"_id": each.id}
            change = {"$set": {"status": DeliveryStatus.DELIVERED.value, "dueAt": None}}
            world.database.deliveries.update_one(where, change)
            return accept(each)

        provider.answer = staticmethod(call_back_at_once)
        world.work("sms")
    assert provider.accepted == [delivery.id]
    assert world.delivery().status is DeliveryStatus.DELIVERED


# ---- fairness ----------------------------------------------------------------------------------


def test_a_hostile_recipient_delays_others_by_no_more_than_a_batch(world: World) -> None:
    """40 messages to endpoints of one user that take five seconds each, before one to another."""
    slow = timedelta(seconds=5)
    hostile = [send(world, "push", "usr_hostile") for _ in range(40)]
    victim = send(world, "push", "usr_victim")
    started = world.now
    accepted_at = {}

    with recording("push", recognises_copies=True) as provider:
        provider.origins |= {each.id: "https://drip.example" for each in hostile}
        provider.origins[victim.id] = "https://push.example"
        accept = provider.answer

        def answer(delivery: Delivery) -> str | None:
            if delivery.id == victim.id:
                accepted_at[delivery.id] = world.now
                return accept(delivery)
            world.now += slow
            raise ProviderUnavailable("dripping")

        provider.answer = staticmethod(answer)
        for _ in range(10):
            world.work("push")
            if accepted_at:
                break
    waited = accepted_at[victim.id] - started
    assert waited <= 3 * slow  # less than one batch of ten takes
    assert_owned(world)


def test_a_recipient_has_five_places_in_a_batch_and_the_rest_goes_behind(world: World) -> None:
    many = [send(world, "email", "usr_many") for _ in range(8)]
    other = send(world, "email", "usr_other")
    with recording("email") as provider:
        world.work("email")
        assert provider.accepted == [*(each.id for each in many[:5]), other.id]
        waiting = [each for each in world.deliveries() if each.status is DeliveryStatus.QUEUED]
        assert [each.attempts for each in waiting] == [0, 0, 0]
        assert {each.due_at for each in waiting} == {world.now + GRACE}
        assert all(statuses(each) == ["queued"] for each in waiting)
        world.work("email")
        assert len(provider.accepted) == 9


def test_what_no_time_is_left_for_goes_back_to_the_queue(world: World) -> None:
    for number in range(3):
        send(world, "email", f"usr_{number}")
    budget = iter([True, True, False, False])
    means = engine.Means(lambda: next(budget), 30)
    ids = [each.id for each in world.deliveries()]
    with recording("email") as provider:
        channel = Channel.EMAIL
        engine.deliver_batch(ids, channel, provider(), lambda: world.now, means)
        assert len(provider.accepted) == 2
        world.work("email")
    assert len(provider.accepted) == 3


# ---- duplicates --------------------------------------------------------------------------------


def test_duplicated_and_reordered_orders_send_each_message_once(world: World) -> None:
    ids = [send(world, "email", f"usr_{number}").id for number in range(5)]
    channel = Channel.EMAIL
    means = engine.Means(lambda: True, 30)
    with recording("email") as provider:
        for order in (ids[::-1], ids, ids * 3, ids[2:]):
            engine.deliver_batch(order, channel, provider(), lambda: world.now, means)
    assert sorted(provider.accepted) == sorted(ids)


def test_a_delivery_is_not_sent_before_its_time(world: World) -> None:
    body = {"subject": "Hi", "text": "There", "sendAt": (world.now + MINUTE * 10).isoformat()}
    world.post(world.as_user("usr_ada"), "email", body)
    early = world.delivery()
    channel = Channel.EMAIL
    assert store.claim_batch([early.id], channel, world.now, world.now + engine.LEASE) == []
    world.later(minutes=10)
    assert store.claim_batch([early.id], channel, world.now, world.now + engine.LEASE)
