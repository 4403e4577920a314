"""Cursors of lists: opaque, and signed so that nobody can walk where a list does not lead."""

from typing import Any

import msgspec

from domain.errors import FieldError, InvalidFields
from shared.platform import signing

_KEY = "cursors"


def encode(position: Any, scope: str) -> str:
    """The cursor for `position` (JSON values) in the list named by `scope`, caller included."""
    return signing.sign(msgspec.json.encode(position), _KEY, scope)


def decode(cursor: str, scope: str) -> Any:
    """The position in `cursor`. Raises a 422 Problem unless we made it for this very list."""
    body = signing.verify(cursor, _KEY, scope)
    if body is None:
        raise InvalidFields(FieldError("query.cursor", "is not a cursor of this list"))
    return msgspec.json.decode(body)
