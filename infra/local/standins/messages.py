"""Messages that arrived on any channel, in their order of arrival."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from infra.local.standins.database import Database

Channel = Literal["email", "sms", "push"]


class Attachment(msgspec.Struct, frozen=True, rename={"content_type": "contentType"}):
    """Part of a mail besides its text and HTML; the content is None unless it is text."""

    content_type: str
    name: str | None
    content: str | None


class Message(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"sender": "from", "received_at": "receivedAt"},
):
    """Message as its recipient would get it; fields that a channel does not have are None.

    `headers` are those of the mail or of the HTTP request that brought it, names in lower case.
    `reference` is the provider's id of an SMS. `status` says what became of the message, where that
    is more than that it arrived; the inbox adds it to an SMS.
    """

    id: str = msgspec.field(default_factory=lambda: uuid.uuid4().hex)
    channel: Channel
    to: str
    sender: str | None = None
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    title: str | None = None
    body: str | None = None
    data: Any = None
    actions: Any = None
    attachments: list[Attachment] = []
    headers: dict[str, str]
    reference: str | None = None
    status: str | None = None
    received_at: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC))


class Messages:
    """Store of everything that arrived."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.transaction() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS messages ("
                " position INTEGER PRIMARY KEY AUTOINCREMENT,"
                " channel TEXT NOT NULL, recipient TEXT NOT NULL, message BLOB NOT NULL)"
            )

    def add(self, *messages: Message) -> None:
        """Keep the messages, all or none."""
        rows = [
            (each.channel, _comparable(each.to), msgspec.json.encode(each)) for each in messages
        ]
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO messages (channel, recipient, message) VALUES (?, ?, ?)", rows
            )

    def find(self, channel: Channel | None = None, to: str | None = None) -> list[Message]:
        """Return the messages of a channel and a recipient (None: of all), newest last."""
        recipient = None if to is None else _comparable(to)
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT message FROM messages"
                " WHERE (:channel IS NULL OR channel = :channel)"
                " AND (:recipient IS NULL OR recipient = :recipient)"
                " ORDER BY position",
                {"channel": channel, "recipient": recipient},
            ).fetchall()
        return [msgspec.json.decode(row["message"], type=Message) for row in rows]

    def clear(self) -> None:
        """Delete every message."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM messages")


def _comparable(recipient: str) -> str:
    # Mail addresses are compared without case. And in a query string a plain `+` means a space:
    # `?to=+1555...` without escaping still means that number.
    return recipient.casefold().replace("+", " ")
