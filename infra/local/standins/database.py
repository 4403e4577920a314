"""SQLite file behind the stand-ins: acknowledged writes survive a kill -9."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Database:
    """Connection that the servers' threads take turns to use.

    Every module creates and uses its own tables through `transaction`.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        # A commit in the write-ahead log outlives this process without waiting for the disk; only
        # a power cut could undo it, and no acknowledged message of a laptop's inbox is worth that.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the block alone and atomically: commit when it ends, roll back when it raises."""
        with self._lock, self._connection:
            yield self._connection

    def close(self) -> None:
        """Close the file. No transaction may follow."""
        with self._lock:
            self._connection.close()
