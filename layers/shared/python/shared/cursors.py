"""Cursors of lists: opaque, and signed so that nobody can walk where a list does not lead."""

import base64
import hmac
from typing import Any

import msgspec

from shared.config import secret
from shared.problems import FieldError, unprocessable

_SIGNATURE_BYTES = 16


def encode(position: Any, scope: str) -> str:
    """The cursor for `position` (JSON values) in the list named by `scope`, caller included."""
    body = msgspec.json.encode(position)
    return base64.urlsafe_b64encode(_signature(body, scope) + body).decode().rstrip("=")


def decode(cursor: str, scope: str) -> Any:
    """The position in `cursor`. Raises a 422 Problem unless we made it for this very list."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        raw = b""
    signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(body, scope)):
        raise unprocessable(FieldError("query.cursor", "is not a cursor of this list"))
    return msgspec.json.decode(body)


def _signature(body: bytes, scope: str) -> bytes:
    key = secret("cursors")["KEY"].encode()
    return hmac.digest(key, scope.encode() + b"\0" + body, "sha256")[:_SIGNATURE_BYTES]
