"""State of a stand-in: kept in memory, written to the database after every change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import msgspec

from infra.local.standins.database import Database

S = TypeVar("S", bound=msgspec.Struct)


class Kept(Generic[S]):
    """State of the stand-in `name`, so that connected accounts survive a restart of the stack."""

    def __init__(self, database: Database, name: str, new: Callable[[], S]) -> None:
        self._database = database
        self._name = name
        self._new = new
        self._lock = threading.RLock()
        with database.transaction() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS social_states (name TEXT PRIMARY KEY, state BLOB)"
            )
            row = connection.execute(
                "SELECT state FROM social_states WHERE name = ?", (name,)
            ).fetchone()
        self._state = new() if row is None else msgspec.json.decode(row["state"], type=type(new()))

    @contextmanager
    def reading(self) -> Iterator[S]:
        """Yield the state; nobody changes it while the block runs."""
        with self._lock:
            yield self._state

    @contextmanager
    def changing(self) -> Iterator[S]:
        """Yield the state to change, and keep it when the block ends."""
        with self._lock:
            yield self._state
            self._save()

    def reset(self) -> None:
        """Begin again without anything."""
        with self._lock:
            self._state = self._new()
            self._save()

    def _save(self) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO social_states (name, state) VALUES (?, ?)",
                (self._name, msgspec.json.encode(self._state)),
            )


class Clock:
    """Time of the stand-ins: the machine's, and what tests put it forward by."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time() + self._ahead

    def milliseconds(self) -> int:
        """Return milliseconds since the epoch."""
        return int(self.now() * 1000)

    def put_forward(self, seconds: float) -> None:
        """Let tokens, codes, windows and channels age."""
        self._ahead += seconds

    def reset(self) -> None:
        """Return to the machine's time."""
        self._ahead = 0.0
