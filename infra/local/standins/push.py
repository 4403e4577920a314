"""Web Push service (RFC 8030) together with the browsers behind it.

It issues subscriptions as a browser would, keeps their private keys, and shows each message as the
browser would see it: decrypted.
"""

from __future__ import annotations

import sqlite3
import uuid
from secrets import token_bytes
from typing import Annotated, Any

import msgspec

from infra.local.standins import base64url, encryption, vapid
from infra.local.standins.database import Database
from infra.local.standins.faults import Faults
from infra.local.standins.http import (
    Problem,
    Request,
    Response,
    Route,
    decode_json,
    json_response,
)
from infra.local.standins.messages import Message, Messages

# What a push service has to take (RFC 8030 section 7.2), and here all that it takes.
_MAX_PAYLOAD_BYTES = 4096

_CREATED = 201


class NewSubscription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /push/subscriptions`: the browser's owner, shown as `to` of its messages."""

    user: str | None = None


class Instruction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Response of a subscription from now on: 201 as usual, or an error (seconds to wait)."""

    status: Annotated[int, msgspec.Meta(ge=_CREATED, le=599)]
    retry_after: Annotated[int, msgspec.Meta(ge=0)] | None = None

    def __post_init__(self) -> None:
        """Refuse a status that is neither 201 nor an error (ValueError)."""
        if self.status != _CREATED and self.status < 400:
            raise ValueError("status is 201 or at least 400")


class Notification(msgspec.Struct, frozen=True):
    """Payload in the form that service workers commonly pass to showNotification."""

    title: str | None = None
    body: str | None = None
    data: Any = None
    actions: Any = None


class PushService:
    """Push service that issues subscriptions below `origin` (scheme, host and port)."""

    def __init__(
        self, database: Database, messages: Messages, faults: Faults, *, origin: str
    ) -> None:
        self._database = database
        self._messages = messages
        self._faults = faults
        self._origin = origin
        with database.transaction() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS push_subscriptions ("
                " id TEXT PRIMARY KEY, user TEXT, private_key BLOB NOT NULL, auth BLOB NOT NULL,"
                " status INTEGER NOT NULL, retry_after INTEGER)"
            )

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("POST", "/push/subscriptions", self._subscribe),
            Route("PUT", "/push/subscriptions/{id}", self._instruct),
            Route("POST", "/push/{id}", self._receive),
        ]

    def _subscribe(self, request: Request) -> Response:
        wanted = decode_json(request.body or b"{}", NewSubscription)
        # The path is a capability (RFC 8030 section 8.3): it must not be guessable.
        subscription_id = uuid.uuid4().hex
        private_key, auth = encryption.new_private_key(), token_bytes(16)
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO push_subscriptions (id, user, private_key, auth, status)"
                " VALUES (?, ?, ?, ?, ?)",
                (subscription_id, wanted.user, private_key, auth, _CREATED),
            )
        subscription = {
            "endpoint": self._endpoint(subscription_id),
            "keys": {
                "p256dh": base64url.encode(encryption.public_key(private_key)),
                "auth": base64url.encode(auth),
            },
        }
        return json_response(subscription, 201)

    def _instruct(self, request: Request) -> Response:
        instruction = decode_json(request.body, Instruction)
        subscription = self._find(request.params["id"])
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE push_subscriptions SET status = ?, retry_after = ? WHERE id = ?",
                (instruction.status, instruction.retry_after, subscription["id"]),
            )
        return Response(204)

    def _receive(self, request: Request) -> Response:
        self._suffer_fault()
        subscription = self._find(request.params["id"])
        if subscription["status"] != _CREATED:
            raise _refusal(subscription["status"], subscription["retry_after"])
        sender = self._sender(request)
        if not request.headers.get("TTL", "").isdecimal():
            raise Problem(400, "A TTL header in seconds is required.", field="headers.ttl")
        message = Message(
            channel="push",
            to=subscription["user"] or self._endpoint(subscription["id"]),
            sender=sender,
            headers=request.lower_case_headers(),
            **_shown(_payload(request, subscription)),
        )
        self._messages.add(message)
        return Response(201, headers={"Location": f"{self._origin}/push/messages/{message.id}"})

    def _suffer_fault(self) -> None:
        fault = self._faults.suffer("push")
        if fault is not None and fault.status is not None:
            raise _refusal(fault.status, fault.retry_after)

    def _sender(self, request: Request) -> str | None:
        try:
            return vapid.verify(request.headers.get("Authorization"), self._origin).sub
        except vapid.Refused as refused:
            raise Problem(refused.status, str(refused), field="headers.authorization") from None

    def _find(self, subscription_id: str) -> sqlite3.Row:
        with self._database.transaction() as connection:
            row: sqlite3.Row | None = connection.execute(
                "SELECT * FROM push_subscriptions WHERE id = ?", (subscription_id,)
            ).fetchone()
        if row is None:
            raise Problem(404, "There is no such subscription.")
        return row

    def _endpoint(self, subscription_id: str) -> str:
        return f"{self._origin}/push/{subscription_id}"


def _refusal(status: int, retry_after: int | None) -> Problem:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Problem(status, "The push service is set up to refuse this message.", headers=headers)


def _payload(request: Request, subscription: sqlite3.Row) -> bytes:
    """Return the decrypted body. A message may have none (RFC 8030 section 5)."""
    if not request.body:
        return b""
    if len(request.body) > _MAX_PAYLOAD_BYTES:
        raise Problem(413, f"The payload has more than {_MAX_PAYLOAD_BYTES} bytes.", field="body")
    if request.headers.get("Content-Encoding") != "aes128gcm":
        detail = "The payload's Content-Encoding must be aes128gcm."
        raise Problem(415, detail, field="headers.content-encoding")
    try:
        return encryption.decrypt(request.body, subscription["private_key"], subscription["auth"])
    except ValueError as error:
        raise Problem(400, f"The payload cannot be decrypted: {error}.", field="body") from None


def _shown(payload: bytes) -> dict[str, Any]:
    """Return the fields of a notification, or else the payload as text."""
    try:
        notification = msgspec.json.decode(payload, type=Notification)
    except (msgspec.DecodeError, UnicodeDecodeError):
        notification = Notification()
    if notification == Notification():
        return {"text": payload.decode(errors="replace") or None}
    return msgspec.structs.asdict(notification)
