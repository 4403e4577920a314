"""Devices on a real WebSocket, written as docs/messaging.md advises authors of frontends.

A device keeps the revision up to which it has seen everything. It shows a frame with the very next
revision and ignores older ones; anything else, and each new connection, is a reason to catch up by
REST with `changedAfter`.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from websockets.sync.client import ClientConnection, connect

from tests.support.api import Api

TIMEOUT_SECONDS = 20


@contextmanager
def socket_of(api: Api) -> Iterator[ClientConnection]:
    """Open a WebSocket of the person by ticket."""
    answer = api.post("/v1/messages/tickets")
    assert answer.status_code == 201, answer.text
    with connect(answer.json()["url"], proxy=None, open_timeout=TIMEOUT_SECONDS) as opened:
        yield opened


def send(opened: ClientConnection, action: str, **fields: Any) -> None:
    """Send a frame."""
    opened.send(msgspec.json.encode({"action": action, **fields}).decode())


def receive(
    opened: ClientConnection, *events: str, within: float = TIMEOUT_SECONDS
) -> dict[str, Any]:
    """Return the next frame of these kinds."""
    while True:
        frame: dict[str, Any] = msgspec.json.decode(opened.recv(timeout=within))
        if frame["event"] in events:
            return frame


def pull_the_plug(opened: ClientConnection) -> None:
    """End the connection without a close frame, as a phone in a lift does."""
    opened.socket.shutdown(socket.SHUT_RDWR)


class Device:
    """What one device shows of a conversation, in the order in which it showed it."""

    def __init__(self, api: Api, conversation_id: str) -> None:
        self.api = api
        self.conversation_id = conversation_id
        self.revision = 0
        self.shown: list[int] = []
        self.known: set[str] = set()
        self.catch_ups = 0
        self.twice = 0

    def take(self, frame: dict[str, Any]) -> None:
        """Show what a frame brings."""
        if frame["event"] in ("message.created", "message.changed", "sent"):
            message = frame["message"]
            if message["revision"] == self.revision + 1:
                self._show(message)
                self.revision = message["revision"]
            elif message["revision"] > self.revision:
                self.catch_up()
        elif (frame.get("revision") or 0) > self.revision:  # of `subscribed` and `pong`
            self.catch_up()

    def catch_up(self) -> None:
        """Ask for everything that changed since."""
        self.catch_ups += 1
        path = f"/v1/messages/conversations/{self.conversation_id}/messages"
        while True:
            answer = self.api.get(f"{path}?changedAfter={self.revision}&limit=100")
            assert answer.status_code == 200, answer.text
            page = answer.json()
            for message in page["items"]:
                self._show(message)
                self.revision = message["revision"]
            if page["nextCursor"] is None:
                return

    def _show(self, message: dict[str, Any]) -> None:
        if message["id"] in self.known:
            self.twice += 1
        self.known.add(message["id"])
        self.shown.append(message["sequence"])
