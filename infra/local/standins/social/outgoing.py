"""Requests that the stand-ins make: webhooks of Meta and notifications of Google's channels.

A running stack posts them at once. Tests without a server hold them, and hand each to the route
they test as often, as late and in whatever order they like.
"""

from __future__ import annotations

import http.client
import queue
import ssl
import sys
import threading
import uuid
from urllib.parse import urlsplit

import msgspec

_TIMEOUT_SECONDS = 60  # the first request of a function on a busy laptop
_KEPT_AT_MOST = 500


class Delivery(msgspec.Struct, kw_only=True, rename="camel"):
    """One request to the application.

    Attributes:
        id: Id, to send the same request again.
        provider: Who sends it.
        url: Where to; empty when no webhook is registered.
        headers: Headers, the signature among them.
        body: The exact body.
        status: What the application answered; None before that, or when it could not be reached.
        answer: Beginning of the body of the answer.
    """

    id: str = msgspec.field(default_factory=lambda: uuid.uuid4().hex)
    provider: str
    url: str
    headers: dict[str, str]
    body: str
    status: int | None = None
    answer: str = ""


class Outgoing:
    """Requests in the order they were made, and the thread that sends them."""

    def __init__(self, *, sends: bool) -> None:
        self._sends = sends
        self._lock = threading.Lock()
        self._deliveries: list[Delivery] = []
        self._queue: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread, unless the requests are held."""
        if self._sends:
            self._thread = threading.Thread(target=self._work, name="social-outgoing", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Let the thread finish what it is sending, and end it."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def hold(self, holds: bool) -> None:
        """Hold what is made from now on, or send it at once again."""
        self._sends = not holds

    def add(self, delivery: Delivery) -> Delivery:
        """Keep a request, and send it unless requests are held."""
        with self._lock:
            self._deliveries.append(delivery)
            del self._deliveries[:-_KEPT_AT_MOST]
        if self._sends and self._thread is not None and delivery.url:
            self._queue.put(delivery)
        return delivery

    def take(self) -> list[Delivery]:
        """Return the requests, oldest first, and forget them."""
        with self._lock:
            taken, self._deliveries = self._deliveries, []
        return taken

    def all(self) -> list[Delivery]:
        """Return the requests, oldest first."""
        with self._lock:
            return list(self._deliveries)

    def send_again(self, delivery_id: str) -> Delivery | None:
        """Send a request, again or for the first time, and wait for the answer."""
        found = next((each for each in self.all() if each.id == delivery_id), None)
        if found is not None and found.url:
            send(found)
        return found

    def _work(self) -> None:
        while (delivery := self._queue.get()) is not None:
            send(delivery)
            if delivery.status is None or delivery.status >= 400:
                text = f"{delivery.provider} to {delivery.url}: {delivery.status or 'failed'}"
                print(text, delivery.answer, file=sys.stderr, flush=True)


def send(delivery: Delivery) -> None:
    """Post a request, and note in it what came back."""
    status, answer = call("POST", delivery.url, delivery.headers, delivery.body.encode())
    delivery.status, delivery.answer = status, answer[:2000]


def call(method: str, url: str, headers: dict[str, str], body: bytes) -> tuple[int | None, str]:
    """Call a URL; return status and body of the answer, or None and why there is none."""
    parts = urlsplit(url)
    connection = (
        http.client.HTTPSConnection(
            parts.hostname or "",
            parts.port,
            timeout=_TIMEOUT_SECONDS,
            context=ssl.create_default_context(),
        )
        if parts.scheme == "https"
        else http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
    )
    target = parts._replace(scheme="", netloc="", fragment="", path=parts.path or "/").geturl()
    try:
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return None, repr(error)
    finally:
        connection.close()
