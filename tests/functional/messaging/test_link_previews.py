"""Link previews: fetched after the message, once a day, by the guarded client."""

import gzip
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import Mock

import msgspec
import pytest

from messaging import app as messaging_app
from messaging import consumers
from messaging.use_cases import link_previews
from shared.events.queues import RetryLater
from shared.platform.http_responses import Head
from shared.platform.outside_calls import CallFailed, Failure, Response
from tests.functional.messaging.live import Live
from tests.functional.messaging.world import CLIENT, PATH, World, code, ok
from tests.support.listeners import Listener

URL = "https://maravoss.example/flash"
PAGE = b"<head><title>Flash</title><meta name=description content='Twelve pieces.'></head>"
PREVIEW = {
    "url": URL,
    "title": "Flash",
    "description": "Twelve pieces.",
    "siteName": "maravoss.example",
    "image": None,
}
SETTINGS = f"{PATH}/link-previews"


class Web:
    """The internet: every page of it, and which were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.body = PAGE
        self.status = 200
        self.headers = {"content-type": "text/html"}
        self.failure: Failure | None = None

    @contextmanager
    def open(self, url: str) -> Iterator[Response]:
        """Answer the request for a page."""
        self.asked.append(url)
        if self.failure is not None:
            raise CallFailed(self.failure)
        head = Head(self.status, self.headers, False, False, None)
        yield Response(head, iter([self.body]), link_previews.MAX_PAGE_BYTES)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    """Return the internet, instead of the real one."""
    pages = Web()
    monkeypatch.setattr(link_previews, "open_page", pages.open)
    return pages


def follow(world: World) -> int:
    """Deliver what was sent, and consume the events of its links. Return their number."""
    world.deliver()
    posted = world.published("message.link_posted")
    for event in posted:
        assert world.redeliver(event) == 0
        assert world.redeliver(event) == 0
    world.deliver()
    return len(posted)


def previews(world: World) -> list[Any]:
    return [message["preview"] for message in world.page(world.artist)["items"]]


def test_a_link_gets_its_preview_as_a_change_of_the_message(live: Live, web: Web) -> None:
    world = live.world
    artist, client = live.both()
    sent = world.send(world.client, f"Look at {URL}#spring!")
    assert (sent["preview"], web.asked) == (None, [])
    artist.received.clear()
    client.received.clear()
    assert follow(world) == 1
    assert web.asked == [URL]
    for device in (artist, client):
        created, changed = device.received
        assert created["message"]["preview"] is None
        assert changed["event"] == "message.changed"
        assert changed["message"]["preview"] == PREVIEW | {"url": f"{URL}#spring"}
        assert changed["message"]["revision"] == 2
    (caught_up,) = world.page(world.artist, "changedAfter=1")["items"]
    assert caught_up["preview"]["title"] == "Flash"
    assert caught_up["editedAt"] is None


def test_a_page_is_fetched_once_a_day(world: World, web: Web) -> None:
    world.open()
    for _ in range(3):
        world.send(world.client, URL)
    assert follow(world) == 3
    assert previews(world) == [PREVIEW] * 3
    world.later(hours=23)
    world.send(world.client, URL)
    follow(world)
    assert len(web.asked) == 1
    world.later(hours=2)
    world.send(world.client, URL)
    follow(world)
    assert len(web.asked) == 2


def test_while_one_worker_fetches_a_page_another_waits(
    world: World, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.open()
    world.send(world.client, URL)
    world.send(world.client, URL)
    world.deliver()
    first, second = world.published("message.link_posted")

    @contextmanager
    def open_page(url: str) -> Iterator[Response]:
        with monkeypatch.context() as patch:
            patch.setattr(link_previews, "open_page", web.open)
            with pytest.raises(RetryLater):
                consumers.handle(second, world.now)
        with web.open(url) as response:
            yield response

    monkeypatch.setattr(link_previews, "open_page", open_page)
    assert world.redeliver(first) == 0
    assert world.redeliver(second) == 0
    assert (previews(world), web.asked) == ([PREVIEW, PREVIEW], [URL])


@pytest.mark.parametrize("failure", [None, *Failure])
def test_what_fails_leaves_no_preview_and_is_not_tried_again(
    world: World, web: Web, failure: Failure | None
) -> None:
    web.failure, web.status = failure, 404
    world.open()
    for _ in range(2):
        world.send(world.client, URL)
        follow(world)
    assert (previews(world), len(web.asked)) == ([None, None], 1)
    assert world.messages()[0].revision == 1
    # A server that is slow or away is spared, whatever else there is to fetch of it.
    world.send(world.client, f"{URL}/2")
    follow(world)
    is_spared = failure in (Failure.TOO_SLOW, Failure.NOT_REACHABLE)
    assert len(web.asked) == (1 if is_spared else 2)


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/pdf"},
        {"content-type": "text/html", "x-robots-tag": "noindex"},
        {"content-type": "text/html", "content-encoding": "br"},
    ],
)
def test_what_is_no_page_or_forbids_it_has_no_preview(
    world: World, web: Web, headers: dict[str, str]
) -> None:
    web.headers = headers
    world.open()
    world.send(world.client, URL)
    follow(world)
    assert previews(world) == [None]


def test_only_the_beginning_of_a_page_is_read(world: World, web: Web) -> None:
    web.body = b"<!--" + b"x" * link_previews.MAX_READ_BYTES + b"-->" + PAGE
    world.open()
    world.send(world.client, URL)
    follow(world)
    assert previews(world) == [None]


def test_a_sender_switches_previews_off(world: World, web: Web) -> None:
    world.open()
    assert ok(world.client.get(SETTINGS)) == {"enabled": True}
    assert ok(world.client.put(SETTINGS, json={"enabled": False})) == {"enabled": False}
    assert ok(world.client.get(SETTINGS)) == {"enabled": False}
    world.send(world.client, URL)
    follow(world)
    assert (previews(world), web.asked) == ([None], [])
    world.send(world.artist, URL)
    follow(world)
    assert previews(world)[1] == PREVIEW


def test_a_sender_removes_a_preview_for_good(world: World, web: Web) -> None:
    world.open()
    message = world.send(world.client, URL)["id"]
    follow(world)
    place = world.path(f"/messages/{message}/preview")
    assert code(world.artist.delete(place)) == (403, "forbidden")
    for _ in range(2):
        ok(world.client.delete(place), 204)
    world.deliver()
    assert previews(world) == [None]
    assert world.messages()[0].revision == 3
    ok(world.client.patch(world.path(f"/messages/{message}"), json={"content": f"{URL}/2"}))
    assert follow(world) == 0
    assert len(web.asked) == 1


def test_another_link_has_another_preview(world: World, web: Web) -> None:
    world.open()
    path = world.path(f"/messages/{world.send(world.client, URL)['id']}")
    follow(world)
    ok(world.client.patch(path, json={"content": f"{URL}, again"}))
    assert (follow(world), previews(world)) == (0, [PREVIEW])
    web.body = b"<title>Other</title>"
    ok(world.client.patch(path, json={"content": "https://other.example"}))
    assert (follow(world), previews(world)[0]["title"]) == (1, "Other")
    ok(world.client.patch(path, json={"content": "Never mind"}))
    assert (follow(world), previews(world)) == (0, [None])


def test_a_preview_is_deleted_with_its_message(world: World, web: Web) -> None:
    world.open()
    for text in (URL, f"{URL}/2"):
        message = world.send(world.client, text)["id"]
        if text == URL:
            follow(world)
        else:
            world.deliver()
        ok(world.client.delete(world.path(f"/messages/{message}")), 204)
    follow(world)
    assert (previews(world), web.asked) == ([None, None], [URL])
    stored = world.messages()
    assert [(each.preview, each.preview_url) for each in stored] == [(None, None)] * 2


def test_a_preview_goes_with_the_account_of_its_sender(world: World, web: Web) -> None:
    world.open()
    ok(world.client.put(SETTINGS, json={"enabled": True}))
    world.send(world.client, URL)
    follow(world)
    assert web.asked
    world.consume("user.deleted", {"userId": CLIENT})
    assert previews(world) == [None]
    assert world.database.linkPreviewChoices.count_documents({}) == 0


def test_messages_without_a_link_publish_nothing_more(world: World, web: Web) -> None:
    world.open()
    world.send(world.client, "https: //not.a.link")
    assert (follow(world), web.asked) == (0, [])


def test_slow_pages_do_not_use_up_the_time_of_the_worker(world: World, web: Web) -> None:
    world.open()
    world.send(world.client, URL)
    world.deliver()
    (event,) = world.published("message.link_posted")
    record = {
        "messageId": "1",
        "receiptHandle": "r",
        "body": msgspec.json.encode(event).decode(),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
    }
    context = Mock()
    context.get_remaining_time_in_millis.return_value = 11_000
    answer = messaging_app.events_worker({"Records": [record]}, context)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert web.asked == []


def test_a_page_is_read_over_the_network_behind_a_redirect(world: World) -> None:
    requests = []
    page = gzip.compress("<title>Größe</title>".encode("latin-1"))
    answers = [
        b"HTTP/1.1 302 Found\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=latin-1\r\n"
        b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(page), page),
    ]

    def serve(channel: socket.socket) -> None:
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += channel.recv(4_096)
        requests.append(request.decode())
        channel.sendall(answers[len(requests) - 1])

    world.open()
    listener = Listener(serve)
    try:
        world.send(world.client, f"http://127.0.0.1:{listener.port}/old")
        follow(world)
    finally:
        listener.close()
    assert previews(world)[0]["title"] == "Größe"
    assert [request.split()[1] for request in requests] == ["/old", "/new"]
    assert all(request.lower().count("user-agent:") == 1 for request in requests)


def test_the_guarded_client_calls_no_network_of_ours(world: World) -> None:
    world.open()
    world.send(world.client, "https://127.0.0.1.nip.invalid/latest/meta-data")
    follow(world)
    assert previews(world) == [None]
