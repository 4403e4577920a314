"""Cursors of lists: opaque positions, signed so that a client cannot make up its own."""

from typing import Any

import msgspec

from domain.errors import FieldError, InvalidFields
from shared.platform import signing

_KEY = "cursors"


def encode(position: Any, scope: str) -> str:
    """Return the cursor of a position in a list.

    Args:
        position: Where the next page begins; any JSON value.
        scope: Identifies the list and its reader. The cursor is valid for this scope only.
    """
    return signing.sign(msgspec.json.encode(position), _KEY, scope)


def decode(cursor: str, scope: str) -> Any:
    """Return the position in a cursor.

    Raises:
        InvalidFields: The cursor was not made by us for this list and reader.
    """
    body = signing.verify(cursor, _KEY, scope)
    if body is None:
        raise InvalidFields(FieldError("query.cursor", "is not a cursor of this list"))
    return msgspec.json.decode(body)
