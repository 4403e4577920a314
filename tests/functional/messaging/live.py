"""Devices of a world's people, connected by WebSockets in memory."""

from typing import Any

import pytest
import time_machine
from msgspec import UNSET, UnsetType

from auth.use_cases import access_tokens
from authorizer.app import authorize
from messaging import app as messaging_app
from shared.http.access_tokens import Actor
from shared.platform import invocation
from tests.functional.messaging.world import PATH, World, new_key, ok
from tests.support.gateway import ApiClient
from tests.support.sockets import Device, SocketGateway

PROTOCOL = "artist-booking.v1"


class Live:
    """The WebSockets of a world. Tokens are real and verified by the real authorizer."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.gateway = SocketGateway(messaging_app.app)
        self.gateway.install(monkeypatch)
        monkeypatch.setattr(invocation, "invoke", self._invoke)

    def token(
        self,
        person: str,
        role: str = "client",
        session_id: str = "ses_1",
        *,
        acting: Actor | UnsetType = UNSET,
        scope: str | UnsetType = UNSET,
    ) -> str:
        """Return an access token that is valid for 15 minutes."""
        return access_tokens.issue(
            person,
            "someone@example.com",
            role,
            session_id,
            self.world.now,
            actor=acting,
            scope=scope,
        )

    def ticket(self, person: ApiClient) -> dict[str, str]:
        """Create a ticket."""
        answer: dict[str, str] = ok(person.post(f"{PATH}/tickets"), 201)
        return answer

    def open(self, person: ApiClient) -> Device:
        """Open a device of a person by ticket. It stays open for the whole test."""
        return self.gateway.open({"ticket": self.ticket(person)["ticket"]})

    def open_by_token(self, person: str, role: str = "client", session_id: str = "ses_1") -> Device:
        """Open a device whose token expires in 15 minutes."""
        protocols = f"{PROTOCOL}, bearer.{self.token(person, role, session_id)}"
        return self.gateway.open(headers={"Sec-WebSocket-Protocol": protocols})

    def both(self) -> tuple[Device, Device]:
        """Open a device of each member, both of which have shown the conversation for a while."""
        self.world.open()
        devices = self.open(self.world.artist), self.open(self.world.client)
        for device in devices:
            self.subscribe(device)
        for device in devices:
            device.received.clear()
        self.world.later(seconds=30)
        return devices

    def subscribe(self, device: Device) -> Any:
        """Show the conversation on a device."""
        return device.say({"action": "subscribe", "conversationId": self.world.cid})

    def say(self, device: Device, content: str = "Hello", **fields: Any) -> Any:
        """Send a message over the WebSocket."""
        return device.say(self.message(content, **fields))

    def message(self, content: str = "Hello", **fields: Any) -> dict[str, Any]:
        """Return the frame of a message."""
        return {
            "action": "message",
            "conversationId": self.world.cid,
            "clientMessageId": new_key(),
            "type": "text",
            "content": content,
            **fields,
        }

    def connections(self) -> list[dict[str, Any]]:
        """Return the stored connections, the oldest first."""
        return list(self.world.database.connections.find({}, sort=[("openedAt", 1), ("_id", 1)]))

    def _invoke(self, function: str, event: dict[str, Any]) -> Any:
        assert function == "authorizer-authorize"
        with time_machine.travel(self.world.now, tick=False):
            return authorize(event, None)


def problem(answer: Any) -> tuple[int, str]:
    """Return the status and code of an error frame."""
    assert answer["event"] == "error", answer
    return answer["problem"]["status"], answer["problem"]["code"]


def wrong(answer: Any) -> list[str]:
    """Return the wrong fields of an error frame."""
    assert problem(answer) == (422, "invalid_fields")
    return [error["field"] for error in answer["problem"]["errors"]]
