"""Devices of the world's people, connected by a WebSocket in memory."""

from typing import Any

import pytest
import time_machine

from auth.use_cases import access_tokens
from authorizer.app import authorize
from messaging import app as door
from shared.platform import invocation
from tests.functional.messaging.people import PATH, World, new_key, ok
from tests.support.gateway import ApiClient
from tests.support.sockets import Device, SocketGateway

PROTOCOL = "artist-booking.v1"


class Live:
    """The live side of a world. Tokens are real ones, judged by the real authorizer."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.gateway = SocketGateway(door.app)
        self.gateway.install(monkeypatch)
        monkeypatch.setattr(invocation, "invoke", self._ask)

    def token(self, person: str, role: str = "client") -> str:
        """An access token, good for 15 minutes from now on."""
        return access_tokens.access_token(
            person, "someone@example.com", role, "ses_1", self.world.now
        )

    def ticket(self, person: ApiClient) -> dict[str, str]:
        """A ticket."""
        answer: dict[str, str] = ok(person.post(f"{PATH}/tickets"), 201)
        return answer

    def open(self, person: ApiClient) -> Device:
        """A device of that person, by ticket: it stays for as long as the test."""
        return self.gateway.open({"ticket": self.ticket(person)["ticket"]})

    def open_for_a_while(self, person: str, role: str = "client") -> Device:
        """A device whose token ends in 15 minutes."""
        protocols = f"{PROTOCOL}, bearer.{self.token(person, role)}"
        return self.gateway.open(headers={"Sec-WebSocket-Protocol": protocols})

    def both(self) -> tuple[Device, Device]:
        """A device of the artist and one of the client, both showing the conversation a while."""
        self.world.open()
        devices = self.open(self.world.artist), self.open(self.world.client)
        for device in devices:
            self.subscribe(device)
        for device in devices:
            device.heard.clear()
        self.world.later(seconds=30)
        return devices

    def subscribe(self, device: Device) -> Any:
        """Show the conversation."""
        return device.say({"action": "subscribe", "conversationId": self.world.cid})

    def say(self, device: Device, content: str = "Hello", **fields: Any) -> Any:
        """Send a message over the socket."""
        return device.say(self.message(content, **fields))

    def message(self, content: str = "Hello", **fields: Any) -> dict[str, Any]:
        """The frame of a message."""
        return {
            "action": "message",
            "conversationId": self.world.cid,
            "clientMessageId": new_key(),
            "type": "text",
            "content": content,
            **fields,
        }

    def connections(self) -> list[dict[str, Any]]:
        """What is kept of open connections, the oldest first."""
        return list(self.world.database.connections.find({}, sort=[("openedAt", 1), ("_id", 1)]))

    def _ask(self, function: str, event: dict[str, Any]) -> Any:
        assert function == "authorizer-authorize"
        with time_machine.travel(self.world.now, tick=False):
            return authorize(event, None)


def problem(answer: Any) -> tuple[int, str]:
    """The status and code of an error frame."""
    assert answer["event"] == "error", answer
    return answer["problem"]["status"], answer["problem"]["code"]


def wrong(answer: Any) -> list[str]:
    """The wrong fields of an error frame."""
    assert problem(answer) == (422, "invalid_fields")
    return [error["field"] for error in answer["problem"]["errors"]]
