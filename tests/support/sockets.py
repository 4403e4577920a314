"""API Gateway's WebSockets in front of a feature's app, in memory.

    gateway = SocketGateway(app)
    with gateway.installed(monkeypatch):
        device = gateway.open(query={"ticket": ticket})     # raises Refused
        answer = device.say({"action": "ping"})             # what went back on the socket
        device.received                                     # what was posted to it since
        device.vanish()                                     # as a phone in a lift, without notice

It answers the management API (`@connections`) as API Gateway does: 410 for what is closed.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError
from chalice.app import Chalice

from shared.live import connections
from shared.platform import config

URL = "wss://live.example/live"
CALLBACK_URL = "https://live.example/live"


class Refused(Exception):
    """Error of a handshake that was answered with another status than 200."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass
class Device:
    """Open WebSocket, seen from the client."""

    gateway: "SocketGateway"
    id: str
    protocol: str | None = None
    received: list[dict[str, Any]] = field(default_factory=list)
    is_open: bool = True

    def say(self, frame: Any) -> Any:
        """Send a frame; return the function's reply on the socket, None if there is none."""
        text = frame if isinstance(frame, str) else msgspec.json.encode(frame).decode()
        answer = self.gateway.call("$default", self.id, "MESSAGE", body=text)
        assert answer["statusCode"] == 200
        return msgspec.json.decode(answer["body"]) if "body" in answer else None

    @property
    def names(self) -> list[str]:
        """Return the kinds of the received frames."""
        return [frame["event"] for frame in self.received]

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the received frames of this kind."""
        return [frame for frame in self.received if frame["event"] == name]

    def close(self) -> None:
        """Close in good order."""
        self.vanish()
        self.gateway.call("$disconnect", self.id, "DISCONNECT")

    def vanish(self) -> None:
        """End without notice."""
        self.is_open = False


@dataclass
class SocketGateway:
    """WebSocket API of one app.

    `fails`: connections that cannot be reached at the moment; `stays`: those that cannot be closed.
    """

    app: Chalice
    devices: dict[str, Device] = field(default_factory=dict)
    fails: set[str] = field(default_factory=set)
    stays: set[str] = field(default_factory=set)
    posts: int = 0
    _numbers: Any = field(default_factory=itertools.count)

    def install(self, monkeypatch: pytest.MonkeyPatch, url: str = URL) -> None:
        """Let the app's functions post to the devices here."""
        monkeypatch.setenv("WEBSOCKET_URL", url)
        config.forget()
        monkeypatch.setattr(connections, "_client", self._client)

    def open(
        self,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Device:
        """Open a WebSocket. Raises Refused."""
        device = Device(self, f"con{next(self._numbers):05}")
        self.devices[device.id] = device
        answer = self.call(
            "$connect",
            device.id,
            "CONNECT",
            headers=dict(headers or {}),
            queryStringParameters=dict(query) if query else None,
        )
        if answer["statusCode"] != 200:
            device.is_open = False
            raise Refused(answer["statusCode"])
        device.protocol = answer.get("headers", {}).get("Sec-WebSocket-Protocol")
        return device

    def call(self, route: str, connection_id: str, type_: str, **given: Any) -> dict[str, Any]:
        """Invoke the function of a route as API Gateway does."""
        handler = self.app.websocket_handlers[route].handler_function
        context = {
            "routeKey": route,
            "eventType": type_,
            "stage": "live",
            "apiId": "live1234",
            "domainName": "live.example",
            "connectionId": connection_id,
            "requestId": f"request-{connection_id}",
            "identity": {"sourceIp": "198.51.100.7"},
        }
        wrapped = self.app._wrap_handler(  # as Chalice's decorators do
            {"$connect": "on_ws_connect", "$disconnect": "on_ws_disconnect"}.get(
                route, "on_ws_message"
            ),
            handler.__name__,
            handler,
        )
        answer: dict[str, Any] = wrapped({"requestContext": context, **given}, None)
        return answer

    def _client(self, endpoint: str) -> "SocketGateway":
        assert endpoint == CALLBACK_URL
        return self

    def post_to_connection(self, ConnectionId: str, Data: bytes) -> None:  # noqa: N803
        self.posts += 1
        if ConnectionId in self.fails:
            raise _error("LimitExceededException", 429)
        device = self._open_device(ConnectionId)
        device.received.append(msgspec.json.decode(Data))

    def delete_connection(self, ConnectionId: str) -> None:  # noqa: N803
        if ConnectionId in self.fails | self.stays:
            raise _error("LimitExceededException", 429)
        self._open_device(ConnectionId).vanish()

    def _open_device(self, connection_id: str) -> Device:
        device = self.devices.get(connection_id)
        if device is None or not device.is_open:
            raise _error("GoneException", 410)
        return device


def _error(code: str, status: int) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PostToConnection")
