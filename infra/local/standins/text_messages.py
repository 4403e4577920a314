"""Messages of the Twilio account with their status, and numbers that replied STOP."""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from infra.local.standins.database import Database

Status = Literal["queued", "sent", "delivered", "undelivered", "failed"]
FINAL: tuple[Status, ...] = ("delivered", "undelivered", "failed")


@dataclass(frozen=True)
class TextMessage:
    """Message resource. Times are in ISO 8601, UTC."""

    sid: str
    recipient: str
    sender: str
    body: str
    status_callback: str | None
    status: Status
    created_at: str
    updated_at: str


class TextMessages:
    """Store of one account, which outlives a cleared inbox."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.transaction() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS text_messages ("
                " sid TEXT PRIMARY KEY, recipient TEXT NOT NULL, sender TEXT NOT NULL,"
                " body TEXT NOT NULL, status_callback TEXT, status TEXT NOT NULL,"
                " created_at TEXT NOT NULL, updated_at TEXT NOT NULL)"
            )
            connection.execute(
                "CREATE TABLE IF NOT EXISTS stopped_numbers (number TEXT PRIMARY KEY)"
            )
            connection.execute("CREATE TABLE IF NOT EXISTS webhooks (url TEXT NOT NULL)")

    def add(
        self, recipient: str, sender: str, body: str, status_callback: str | None
    ) -> TextMessage:
        """Keep a new message, which is `queued`."""
        now, sid = _now(), f"SM{uuid.uuid4().hex}"
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO text_messages VALUES (?, ?, ?, ?, ?, 'queued', ?, ?)",
                (sid, recipient, sender, body, status_callback, now, now),
            )
        return TextMessage(sid, recipient, sender, body, status_callback, "queued", now, now)

    def set_status(self, sid: str, status: Status) -> None:
        """Record the status of the message."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE text_messages SET status = ?, updated_at = ? WHERE sid = ?",
                (status, _now(), sid),
            )

    def get(self, sid: str) -> TextMessage | None:
        """Return the message, or None."""
        with self._database.transaction() as connection:
            row = connection.execute("SELECT * FROM text_messages WHERE sid = ?", (sid,)).fetchone()
        return None if row is None else _message(row)

    def find(self, recipient: str | None, sender: str | None) -> list[TextMessage]:
        """Return the messages to and from these numbers (None: any), newest first."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT * FROM text_messages"
                " WHERE (:recipient IS NULL OR recipient = :recipient)"
                " AND (:sender IS NULL OR sender = :sender) ORDER BY rowid DESC",
                {"recipient": recipient, "sender": sender},
            ).fetchall()
        return [_message(row) for row in rows]

    def undelivered(self) -> list[TextMessage]:
        """Return the messages whose status may still change, oldest first."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT * FROM text_messages WHERE status IN ('queued', 'sent') ORDER BY rowid"
            ).fetchall()
        return [_message(row) for row in rows]

    def statuses(self) -> dict[str, Status]:
        """Return the status of every message by its SID."""
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT sid, status FROM text_messages").fetchall()
        return {row["sid"]: row["status"] for row in rows}

    def set_webhook(self, url: str) -> None:
        """Keep the URL that messages to the account's numbers are posted to."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM webhooks")
            connection.execute("INSERT INTO webhooks VALUES (?)", (url,))

    def webhook(self) -> str | None:
        """Return that URL, or None."""
        with self._database.transaction() as connection:
            row = connection.execute("SELECT url FROM webhooks").fetchone()
        return None if row is None else str(row["url"])

    def stop(self, number: str) -> None:
        """Record that the owner of the number replied STOP."""
        with self._database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO stopped_numbers VALUES (?)", (number,))

    def start(self, number: str) -> None:
        """Record that the owner of the number replied START."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM stopped_numbers WHERE number = ?", (number,))

    def has_stopped(self, number: str) -> bool:
        """Whether the last such reply was STOP."""
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT 1 FROM stopped_numbers WHERE number = ?", (number,))
            return rows.fetchone() is not None


def _message(row: sqlite3.Row) -> TextMessage:
    return TextMessage(**dict(row))


def _now() -> str:
    return datetime.now(UTC).isoformat()
