"""Columns of a dump's files, and how their values are read.

docs/import.md describes them; a test compares the two.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

# What exports of MySQL write for NULL.
_NULLS = {"", "\\N", "NULL", None}
_TRUE, _FALSE = {"1", "true", "yes"}, {"0", "false", "no"}
_MILLISECONDS_FROM = 10**11  # an epoch above this is in milliseconds


class RowError(Exception):
    """A row cannot be imported; the message says why."""


class OverlapError(RowError):
    """An appointment takes the time of another one of its artist.

    Attributes:
        other: Old id of that one.
    """

    def __init__(self, other: str) -> None:
        super().__init__(f"overlaps the appointment {other} of the same artist")
        self.other = other


@dataclass(frozen=True)
class Column:
    """A column of a file.

    Attributes:
        name: Its name in the header, or the member of the JSON object.
        type: Name of the type of its values.
        required: Whether each row has a value.
    """

    name: str
    type: str
    required: bool = False


def _read_text(value: Any) -> str:
    return str(value)


def _read_number(value: Any) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError
    return number


def _read_integer(value: Any) -> int:
    return int(str(value))


def _read_flag(value: Any) -> bool:
    text = str(value).lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError


def _read_instant(value: Any) -> datetime:
    """Read RFC 3339, MySQL's `2024-05-01 08:00:00` in UTC, or an epoch in (milli)seconds."""
    text = str(value)
    if text.lstrip("-").isdigit():
        number = int(text)
        seconds = number / 1000 if abs(number) >= _MILLISECONDS_FROM else float(number)
        instant = datetime.fromtimestamp(seconds, UTC)
    else:
        instant = datetime.fromisoformat(text)
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
    # In milliseconds, as every database keeps it.
    instant = instant.astimezone(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def _read_date(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])


def _read_json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "id": _read_text,
    "text": _read_text,
    "number": _read_number,
    "integer": _read_integer,
    "flag": _read_flag,
    "instant": _read_instant,
    "date": _read_date,
    "json": _read_json,
}

# In the order of the import: what a row refers to comes before it.
COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "users": (
        Column("id", "id", required=True),
        Column("email", "text", required=True),
        Column("name", "text", required=True),
        Column("password", "text"),
        Column("role", "text", required=True),
        Column("createdAt", "instant", required=True),
    ),
    "policies": (
        Column("id", "id", required=True),
        Column("artistId", "id", required=True),
        Column("policyType", "text", required=True),
        Column("title", "text"),
        Column("content", "text", required=True),
        Column("enabled", "flag"),
        Column("updatedAt", "instant", required=True),
    ),
    "quickActionButtons": (
        Column("id", "id", required=True),
        Column("artistId", "id", required=True),
        Column("label", "text", required=True),
        Column("actionType", "text", required=True),
        Column("content", "text"),
        Column("position", "integer"),
        Column("enabled", "flag"),
        Column("createdAt", "instant", required=True),
    ),
    "notificationTemplates": (
        Column("id", "id", required=True),
        Column("userId", "id", required=True),
        Column("templateType", "text", required=True),
        Column("title", "text", required=True),
        Column("body", "text", required=True),
        Column("locale", "text"),
        Column("createdAt", "instant", required=True),
    ),
    "pushSubscriptions": (
        Column("id", "id", required=True),
        Column("userId", "id", required=True),
        Column("endpoint", "text", required=True),
        Column("p256dh", "text", required=True),
        Column("auth", "text", required=True),
        Column("createdAt", "instant", required=True),
    ),
    "portfolios": (
        Column("id", "id", required=True),
        Column("artistId", "id", required=True),
        Column("imageUrl", "text", required=True),
        Column("description", "text"),
        Column("style", "text"),
        Column("createdAt", "instant", required=True),
    ),
    "consultations": (
        Column("id", "id", required=True),
        Column("artistId", "id", required=True),
        Column("clientId", "id", required=True),
        Column("subject", "text", required=True),
        Column("description", "text"),
        Column("preferredDate", "date"),
        Column("status", "text", required=True),
        Column("viewed", "flag"),
        Column("createdAt", "instant", required=True),
        Column("updatedAt", "instant"),
    ),
    "conversations": (
        Column("id", "id", required=True),
        Column("artistId", "id", required=True),
        Column("clientId", "id", required=True),
        Column("lastMessageAt", "instant"),
        Column("createdAt", "instant", required=True),
    ),
    "messages": (
        Column("id", "id", required=True),
        Column("conversationId", "id", required=True),
        Column("senderId", "id"),
        Column("messageType", "text", required=True),
        Column("content", "text", required=True),
        Column("createdAt", "instant", required=True),
    ),
    "appointments": (
        Column("id", "id", required=True),
        Column("artistId", "id", required=True),
        Column("clientId", "id", required=True),
        Column("title", "text"),
        Column("serviceName", "text"),
        Column("description", "text"),
        Column("startTime", "instant", required=True),
        Column("endTime", "instant", required=True),
        Column("timeZone", "text"),
        Column("location", "text"),
        Column("status", "text", required=True),
        Column("price", "number"),
        Column("currency", "text"),
        Column("depositAmount", "number"),
        Column("depositPaid", "flag"),
        Column("createdAt", "instant", required=True),
        Column("updatedAt", "instant"),
    ),
}
KINDS = tuple(COLUMNS)


def parse(kind: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a row by column; None where there is none.

    Raises:
        RowError: A value is missing, or not of its type.
    """
    values: dict[str, Any] = {}
    for column in COLUMNS[kind]:
        found = raw.get(column.name)
        if isinstance(found, str | None) and found in _NULLS:
            if column.required:
                raise RowError(f"{column.name} is missing")
            values[column.name] = None
            continue
        try:
            values[column.name] = _READERS[column.type](found)
        except (ValueError, InvalidOperation, OverflowError, OSError) as error:
            raise RowError(f"{column.name} is no {column.type}: {found!r}"[:200]) from error
    return values


def list_unknown(kind: str, raw: Mapping[str, Any]) -> list[str]:
    """List the columns of a row that are not imported."""
    known = {column.name for column in COLUMNS[kind]}
    return sorted(name for name in raw if name is not None and name not in known)
