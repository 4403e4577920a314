"""Push endpoints and origins that fail, drip or flood hold up nobody else."""

import socket
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
import requests

from notifications.channels import push
from notifications.models import DeliveryStatus
from notifications.store import subscriptions
from shared.platform.outside_calls import Answer, CallFailed, Failure
from tests.functional.notifications.world import World
from tests.support.gateway import ApiClient

MIB = 1024 * 1024
HI = {"title": "Ready", "body": "Your sketch."}


class Calls:
    """Stands between the provider and its connections: counts calls, and may answer them."""

    def __init__(self, answers: Mapping[str, Callable[[], Answer]] | None = None) -> None:
        self.connections = push._connections()
        self.made: Counter[str] = Counter()
        self.sizes: list[int] = []
        self.answers = answers or {}

    def call(self, url: str, **request: Any) -> Answer:
        self.made[url] += 1
        self.sizes.append(len(request["body"]))
        for part, answer in self.answers.items():
            if part in url:
                return answer()
        return self.connections.call(url, **request)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Calls]:
    def start(answers: Mapping[str, Callable[[], Answer]] | None = None) -> Calls:
        calls = Calls(answers)
        monkeypatch.setattr(push, "_connections", lambda: calls)
        return calls

    return start


def subscribe_at(world: World, person: ApiClient, endpoint: str) -> None:
    """Subscribe a browser whose push service is at any address."""
    keys = requests.post(
        f"{world.standins.inbox_url}/push/subscriptions", json={"user": "x"}, timeout=5
    ).json()["keys"]
    world.post(person, "subscriptions", {"endpoint": endpoint, "keys": keys}, 201)


def instruct(world: World, issued: Mapping[str, Any], status: int, **more: int) -> None:
    """Let the push service answer a subscription with a status from now on."""
    id_ = issued["endpoint"].rpartition("/")[2]
    requests.put(
        f"{world.standins.inbox_url}/push/subscriptions/{id_}",
        json={"status": status, **more},
        timeout=5,
    ).raise_for_status()


def work_off(world: World) -> int:
    """Run the push worker until its queue is empty. Return the number of batches."""
    batches = 0
    while world.waiting("push"):
        world.work("push")
        batches += 1
    return batches


def test_twenty_failing_endpoints_of_one_user_delay_nobody(
    world: World, watch: Callable[..., Calls]
) -> None:
    ada, bob = world.as_user("usr_ada"), world.as_user("usr_bob")
    failing = [world.subscribe(ada, "ada") for _ in range(20)]
    for issued in failing:
        instruct(world, issued, 500)
    world.subscribe(bob, "bob")
    calls = watch()
    for number in range(3):
        world.post(ada, "push", HI | {"body": f"{number}"})
        world.post(bob, "push", HI | {"body": f"{number}"})
        work_off(world)
    assert len(world.messages("push", "bob")) == 3
    assert all(calls.made[issued["endpoint"]] <= 1 for issued in failing)
    assert sum(calls.made.values()) <= 23  # 20 failures, and what reached Bob
    theirs = [each for each in world.deliveries() if each.recipient_id == "usr_bob"]
    assert [each.attempts for each in theirs] == [1, 1, 1]


def test_forty_dripping_endpoints_delay_nobody(world: World, watch: Callable[..., Calls]) -> None:
    def drip() -> Answer:
        world.later(seconds=push.DEADLINE_SECONDS)
        raise CallFailed(Failure.TOO_SLOW, was_sent=True)

    ada, eve, bob = (world.as_user(f"usr_{name}") for name in ("ada", "eve", "bob"))
    for number in range(20):
        subscribe_at(world, ada, f"http://127.0.0.1:1/{number}")
        subscribe_at(world, eve, f"http://127.0.0.1:1/eve/{number}")
    world.subscribe(bob, "bob")
    calls = watch({"127.0.0.1:1/": drip})
    began = world.now
    for person in (ada, eve, bob):
        world.post(person, "push", HI)
    work_off(world)
    assert len(world.messages("push", "bob")) == 1
    # One origin may use up the slow time of an origin, and no more for a minute.
    dripped = [url for url in calls.made if "127.0.0.1:1/" in url]
    assert len(dripped) <= 2
    assert (world.now - began).total_seconds() <= 2 * push.DEADLINE_SECONDS


def test_a_slow_origin_does_not_hold_up_the_others_of_its_batch(
    world: World, watch: Callable[..., Calls]
) -> None:
    others_done = threading.Event()
    reached: list[str] = []

    def slow() -> Answer:
        assert others_done.wait(30), "the others were not sent meanwhile"
        reached.append("slow")
        return Answer(201, b"")

    def quick() -> Answer:
        reached.append("quick")
        if reached.count("quick") == 3:
            others_done.set()
        return Answer(201, b"")

    ada, bob = world.as_user("usr_ada"), world.as_user("usr_bob")
    subscribe_at(world, ada, "http://127.0.0.1:1/slow")
    for number in range(3):
        subscribe_at(world, bob, f"http://127.0.0.1:2/{number}")
    watch({":1/": slow, ":2/": quick})
    world.post(ada, "push", HI)
    world.post(bob, "push", HI)
    assert world.work("push") == 0
    assert reached == ["quick"] * 3 + ["slow"]
    assert {each.status for each in world.deliveries()} == {DeliveryStatus.SENT}


def test_an_answer_without_end_is_not_received(world: World) -> None:
    sent = [0]

    def flood(listener: socket.socket) -> None:
        channel, _ = listener.accept()
        with channel:
            try:
                channel.recv(65536)
                channel.sendall(b"HTTP/1.1 201 Created\r\n\r\n")
                while sent[0] < 150 * MIB:
                    channel.sendall(b"x" * 65536)
                    sent[0] += 65536
            except OSError:
                pass

    ada = world.as_user("usr_ada")
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=flood, args=(listener,))
        thread.start()
        subscribe_at(world, ada, f"http://127.0.0.1:{listener.getsockname()[1]}/x")
        world.post(ada, "push", HI)
        world.work("push")
        thread.join()
    assert sent[0] < 20 * MIB
    assert world.delivery().timeline[-1].detail == "push too_large"
    assert world.find_document("subscriptions", {})["failures"] == 1


def test_a_name_that_leads_into_our_network_is_not_called(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = world.as_user("usr_ada")
    subscribe_at(world, ada, "https://push.example.com/x")
    world.post(ada, "push", HI)
    resolve = socket.getaddrinfo

    def rebound(host: str, *rest: Any, **more: Any) -> Any:
        private = "10.0.0.1" if host == "push.example.com" else host
        return resolve(private, *rest, **more)

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        raise AssertionError(address)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    monkeypatch.setattr(push._connections(), "_connect", connect)
    assert world.work("push") == 0
    delivery = world.delivery()
    assert (delivery.status, delivery.timeline[-1].detail) == (
        DeliveryStatus.FAILED,
        "push not_public",
    )


def test_an_endpoint_that_failed_waits_and_then_gets_its_messages(
    world: World, watch: Callable[..., Calls]
) -> None:
    ada = world.as_user("usr_ada")
    issued = world.subscribe(ada, "ada")
    instruct(world, issued, 429, retryAfter=600)
    calls = watch()
    world.post(ada, "push", HI)
    world.work("push")
    instruct(world, issued, 201)
    world.later(seconds=599)
    world.sweep()
    world.post(ada, "push", HI)
    work_off(world)
    assert sum(calls.made.values()) == 1  # not even for the second message
    world.retry("push")
    work_off(world)
    assert len(world.messages("push", "ada")) == 2
    document = world.find_document("subscriptions", {})
    assert (document["failures"], document["nextTryAt"]) == (0, None)


def test_subscribing_again_ends_the_wait(world: World) -> None:
    ada = world.as_user("usr_ada")
    issued = world.subscribe(ada, "ada")
    instruct(world, issued, 500)
    world.post(ada, "push", HI)
    world.work("push")
    instruct(world, issued, 201)
    world.post(ada, "subscriptions", issued, 201)
    world.post(ada, "push", HI)
    work_off(world)
    assert len(world.messages("push", "ada")) >= 1


@pytest.mark.parametrize("status", [500, 403])
def test_an_endpoint_is_dropped_after_a_week_of_failures(world: World, status: int) -> None:
    ada = world.as_user("usr_ada")
    instruct(world, world.subscribe(ada, "ada"), status)
    for _ in range(7):
        world.post(ada, "push", HI)
        work_off(world)
        assert world.database.subscriptions.count_documents({}) == 1
        world.later(days=1)
    world.post(ada, "push", HI)
    work_off(world)
    assert world.database.subscriptions.count_documents({}) == 0
    assert "subscription_gone" in [each.reason for each in world.deliveries()]


@pytest.mark.parametrize("status", [404, 410])
def test_an_endpoint_that_is_gone_is_dropped_at_once(world: World, status: int) -> None:
    ada = world.as_user("usr_ada")
    instruct(world, world.subscribe(ada, "ada"), status)
    world.post(ada, "push", HI)
    world.work("push")
    assert world.database.subscriptions.count_documents({}) == 0
    gone = world.find_document("suppressions", {})  # nothing is sent there any more
    assert gone["expiresAt"] == world.now + timedelta(days=90)


def test_a_message_that_is_too_large_is_sent_in_its_short_form(
    world: World, watch: Callable[..., Calls]
) -> None:
    answers = iter([Answer(413, b""), Answer(201, b"", headers={"location": "/m/1"})])
    ada = world.as_user("usr_ada")
    subscribe_at(world, ada, "http://127.0.0.1:1/x")
    calls = watch({":1/": lambda: next(answers)})
    world.post(ada, "push", {"title": "Hi", "body": "word " * 199, "data": {"a": "b" * 900}})
    world.work("push")
    assert world.delivery().status is DeliveryStatus.SENT
    assert calls.sizes[0] > 2000
    assert calls.sizes[1] < 700


def test_a_message_that_is_too_large_in_any_form_is_rejected_and_nothing_waits(
    world: World,
) -> None:
    ada = world.as_user("usr_ada")
    issued = world.subscribe(ada, "ada")
    instruct(world, issued, 413)
    world.post(ada, "push", HI)
    world.work("push")
    assert world.delivery().reason == "rejected"
    instruct(world, issued, 201)
    world.post(ada, "push", HI)
    world.work("push")
    assert len(world.messages("push", "ada")) == 1


def test_the_subscriptions_of_a_batch_are_read_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    find_many = subscriptions.find_many

    def counted(ids: Any) -> Any:
        reads.append(len(ids))
        return find_many(ids)

    monkeypatch.setattr(subscriptions, "find_many", counted)
    monkeypatch.setattr(subscriptions, "find", None)
    for name in ("ada", "bob", "eve"):
        world.subscribe(world.as_user(f"usr_{name}"), name)
        world.post(world.as_user(f"usr_{name}"), "push", HI)
    assert world.work("push") == 0
    assert reads == [3]
    assert len(world.messages("push")) == 3


@pytest.mark.parametrize(
    ("location", "kept"),
    [("https://push.example/1", True), ("x" * 60_000, False), ("a\r\n b", False), ("", False)],
)
def test_only_a_url_is_stored_of_an_answer(location: str, kept: bool) -> None:
    answer = Answer(201, b"", headers={"location": location})
    assert push.find_reference(answer) == (location if kept else None)
