"""Two people on several devices whose connections drop at random: nothing lost or repeated."""

import hashlib
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from pymongo import MongoClient
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.support.api import Api, eventually
from tests.support.devices import Device, pull_the_plug, receive, send, socket_of
from tests.support.stack import RunningStack

pytestmark = pytest.mark.needs("websockets")

MESSAGES = 1_000
SEED = 20_261_123
SENDERS = 2  # per person: one over HTTP, one over the WebSocket
DROPS_PER_FRAME = 1 / 60
DEADLINE_SECONDS = 600  # it takes a minute on an idle machine


class Pair:
    """An artist and a client with a conversation."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack
        anyone = Api(stack.api_url, stack.api_keys["web"])
        self.persons = {role: stack.new_person(role) for role in ("artist", "client")}
        self.apis = {
            role: anyone.signed_in(person["email"], person["password"])
            for role, person in self.persons.items()
        }
        opening = {"artistId": self.persons["artist"]["id"]}
        self.conversation_id: str = eventually(lambda: self._open(opening), "the conversation")

    @property
    def path(self) -> str:
        """Path of the conversation."""
        return f"/v1/messages/conversations/{self.conversation_id}"

    def allow_more(self) -> None:
        """Reset all rate limits of both people, who write far more than real ones."""
        table = f"{self.stack.settings.prefix()}limits"
        for person in self.persons.values():
            subject = hashlib.sha256(person["id"].encode()).hexdigest()
            for name in ("messages", "user"):
                self.stack.client("dynamodb").delete_item(
                    TableName=table, Key={"id": {"S": f"{name}#{subject}"}}
                )

    def _open(self, opening: dict[str, str]) -> str | None:
        # The artist is known here once the event of their account was consumed.
        answer = self.apis["client"].post("/v1/messages/conversations", opening)
        return answer.json()["id"] if answer.status_code in (200, 201) else None


@pytest.fixture
def pair(stack: RunningStack) -> Pair:
    return Pair(stack)


class Wire:
    """One device that reads, drops its connection now and then, reconnects, and may also send."""

    def __init__(self, api: Api, pair: Pair, seed: int, own: list[str], done: Any) -> None:
        self.device = Device(api, pair.conversation_id)
        self.drops = 0
        self._pair = pair
        self._random = random.Random(seed)
        self._unsent = own
        self._done = done

    def run(self) -> None:
        """Run until everything was sent and seen."""
        while not self._is_done():
            try:
                with socket_of(self.device.api) as opened:
                    send(opened, "subscribe", conversationId=self._pair.conversation_id)
                    self.device.take(receive(opened, "subscribed"))
                    self._talk(opened)
            except ConnectionClosed:
                pass
            self.drops += 1
            time.sleep(self._random.random() / 5)  # out of reach for a moment

    def _talk(self, opened: Any) -> None:
        waiting = False
        while not self._is_done():
            if self._unsent and not waiting:
                # Sent again after a drop, and where the answer is lost: the id makes it the same
                # message (docs/messaging.md).
                send(
                    opened,
                    "message",
                    conversationId=self._pair.conversation_id,
                    clientMessageId=self._unsent[0],
                    type="text",
                    content=self._unsent[0],
                )
                waiting = True
            try:
                frame = receive(opened, "message.created", "sent", "pong", "error", within=2)
            except TimeoutError:
                send(opened, "ping")
                waiting = False
                continue
            assert frame["event"] != "error", frame
            if frame["event"] == "sent" and frame["clientMessageId"] in self._unsent[:1]:
                del self._unsent[0]
                waiting = False
            self.device.take(frame)
            if self._random.random() < DROPS_PER_FRAME:
                if self._random.random() < 0.5:
                    pull_the_plug(opened)
                return

    def _is_done(self) -> bool:
        return self._done.is_set() or (not self._unsent and self.device.revision >= MESSAGES)


def send_over_http(api: Api, pair: Pair, ids: list[str]) -> None:
    for client_message_id in ids:
        body = {"clientMessageId": client_message_id, "type": "text", "content": client_message_id}
        answer = api.post(f"{pair.path}/messages", body)
        assert answer.status_code == 201, answer.text


@pytest.fixture
def done() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_connections_drop_at_random_during_a_thousand_messages(
    pair: Pair, done: threading.Event
) -> None:
    share = MESSAGES // (2 * SENDERS)
    ids = {
        (role, way): [f"{role}-{way}-{number:04}" for number in range(share)]
        for role in pair.apis
        for way in ("http", "socket")
    }
    wires = []
    for number, (role, api) in enumerate(pair.apis.items()):
        wires.append(Wire(api, pair, SEED + number, list(ids[role, "socket"]), done))
        wires.append(Wire(api, pair, SEED + 10 + number, [], done))
    started = time.monotonic()

    def allow_more() -> None:
        while not done.wait(5):
            pair.allow_more()

    with ThreadPoolExecutor(12) as pool:
        allowing = pool.submit(allow_more)
        work = [pool.submit(wire.run) for wire in wires]
        work += [
            pool.submit(send_over_http, api, pair, ids[role, "http"])
            for role, api in pair.apis.items()
        ]
        try:
            for task in work:
                task.result(timeout=DEADLINE_SECONDS)
        finally:
            done.set()
        allowing.result(timeout=10)

    seconds = time.monotonic() - started
    print(
        f"{MESSAGES} messages in {seconds:.0f} s, drops {[wire.drops for wire in wires]}, "
        f"catch-ups {[wire.device.catch_ups for wire in wires]}"
    )
    for wire in wires:
        assert wire.device.shown == list(range(1, MESSAGES + 1))
        assert wire.device.twice == 0
        assert wire.drops >= 5
    everything = Device(pair.apis["client"], pair.conversation_id)
    everything.catch_up()
    assert everything.shown == list(range(1, MESSAGES + 1))
    assert everything.known == wires[0].device.known


def test_a_gone_connection_is_deleted_when_it_is_posted_to(pair: Pair, stack: RunningStack) -> None:
    """The gateway answers 410 for a connection that it does not know any more."""
    with MongoClient[Any](stack.description["mongoUri"], tz_aware=True) as mongo:
        stored: Any = mongo.messaging.connections
        mine = {"userId": pair.persons["artist"]["id"]}
        with socket_of(pair.apis["artist"]) as alive:
            (document,) = stored.find(mine)
            long_ago = document["openedAt"] - timedelta(minutes=1)
            stored.insert_one({**document, "_id": "gone", "openedAt": long_ago})
            send(alive, "subscribe", conversationId=pair.conversation_id)
            receive(alive, "subscribed")
            send_over_http(pair.apis["client"], pair, ["to-the-dead"])
            assert receive(alive, "message.created")["message"]["content"] == "to-the-dead"
            eventually(lambda: not stored.find_one("gone"), "its deletion")
            pull_the_plug(alive)
        eventually(lambda: not stored.find_one(mine), "the deletion of a dropped one")


def test_presence_typing_reading_and_editing_are_received(pair: Pair) -> None:
    conversation = {"conversationId": pair.conversation_id}
    with socket_of(pair.apis["artist"]) as artist:
        send(artist, "subscribe", **conversation)
        assert receive(artist, "subscribed")["presence"] is False
        with socket_of(pair.apis["client"]) as client:
            assert receive(artist, "presence")["online"] is True
            send(client, "typing", **conversation)
            assert receive(artist, "typing")["userId"] == pair.persons["client"]["id"]
            text = {"clientMessageId": "greeting", "type": "text", "content": "Helo"}
            send(client, "message", **conversation, **text)
            message = receive(client, "sent")["message"]
            assert receive(artist, "message.created")["message"] == message
            send(artist, "read", **conversation, sequence=1)
            assert receive(client, "conversation.read")["sequence"] == 1
            path = f"{pair.path}/messages/{message['id']}"
            edited = pair.apis["client"].call("PATCH", path, {"content": "Hello"}).json()
            assert receive(artist, "message.changed")["message"] == edited
        assert receive(artist, "presence")["online"] is False


def test_a_newer_token_extends_a_connection(pair: Pair) -> None:
    with socket_of(pair.apis["client"]) as client:
        send(client, "renew", token=pair.apis["client"].token)
        assert receive(client, "renewed")["expiresAt"]


@pytest.mark.parametrize(
    "way",
    [
        {"subprotocols": ["artist-booking.v1", "bearer.{token}"]},
        {"additional_headers": {"Authorization": "Bearer {token}"}},
    ],
    ids=["subprotocol", "header"],
)
def test_a_token_opens_a_connection(pair: Pair, stack: RunningStack, way: dict[str, Any]) -> None:
    """MiniStack does not return the selected subprotocol, so browsers use tickets there."""
    token = str(pair.apis["client"].token)
    filled: dict[str, Any] = {
        name: [each.replace("{token}", token) for each in option]
        if isinstance(option, list)
        else {key: each.replace("{token}", token) for key, each in option.items()}
        for name, option in way.items()
    }
    with connect(stack.description["webSocketUrl"], proxy=None, **filled) as opened:
        send(opened, "ping")
        assert receive(opened, "pong")


def test_a_ticket_opens_once(pair: Pair) -> None:
    url = pair.apis["client"].post("/v1/messages/tickets").json()["url"]
    with connect(url, proxy=None) as opened:
        send(opened, "ping")
        assert receive(opened, "pong")
    with pytest.raises(InvalidStatus), connect(url, proxy=None):
        pass
