"""State of an import: the id map, the results, and how far it has come, in one SQLite file.

Every batch is one transaction, with its checkpoint. Whatever ends an import, it goes on behind the
last batch that was stored; the batch that was on its way is sent again, which changes nothing.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS run (number INTEGER NOT NULL, fingerprint TEXT NOT NULL, ended INTEGER);
CREATE TABLE IF NOT EXISTS checkpoints (kind TEXT PRIMARY KEY, line INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS ids (
    kind TEXT, old_id TEXT, new_id TEXT NOT NULL, stored INTEGER NOT NULL, detail TEXT NOT NULL,
    run INTEGER NOT NULL, line INTEGER NOT NULL, PRIMARY KEY (kind, old_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS results (
    kind TEXT, line INTEGER, old_id TEXT NOT NULL, new_id TEXT NOT NULL, outcome TEXT NOT NULL,
    reason TEXT NOT NULL, note TEXT NOT NULL, source BLOB NOT NULL, stored BLOB NOT NULL,
    raw TEXT NOT NULL, PRIMARY KEY (kind, line)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spans (
    old_id TEXT PRIMARY KEY, artist TEXT NOT NULL, starts INTEGER NOT NULL, ends INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS spans_of_artist ON spans (artist, starts);
CREATE TABLE IF NOT EXISTS columns (kind TEXT, name TEXT, PRIMARY KEY (kind, name));
"""
# What an earlier run stored, but for the id map.
_BEGINNING = (
    "DELETE FROM run",
    "DELETE FROM checkpoints",
    "DELETE FROM results",
    "DELETE FROM spans",
    "DELETE FROM columns",
)
LONGEST = 24 * 3600  # of an appointment, in seconds


@dataclass(frozen=True)
class Known:
    """A row whose id is known.

    Attributes:
        new_id: Id of its record.
        stored: Whether the record is stored, or is to be in a dry run.
        detail: What other rows need of it: the role of a user, the pair of a conversation.
        run: The run that saw it last.
        line: Where it stood then.
    """

    new_id: str
    stored: bool
    detail: str
    run: int
    line: int


@dataclass(frozen=True)
class Result:
    """What became of a row.

    Attributes:
        source: SHA-256 of the row that was sent; empty if none was.
        stored: SHA-256 of the row as it is stored; empty if it is not.
        raw: The row of the dump as JSON, if it was set aside.
    """

    line: int
    old_id: str
    new_id: str
    outcome: str
    reason: str = ""
    note: str = ""
    source: bytes = b""
    stored: bytes = b""
    raw: str = ""


class State:
    """The state of an import into an environment."""

    def __init__(self, path: Path | None) -> None:
        """Open the state.

        Args:
            path: Its file; None for one that is forgotten, of a dry run.
        """
        self._database = sqlite3.connect(path or "", isolation_level=None)
        self._database.executescript(_TABLES)
        self.run = 0

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def begin(self, fingerprint: str) -> bool:
        """Begin a run over a dump, or go on with one that was interrupted; return which."""
        row = self._database.execute("SELECT number, fingerprint, ended FROM run").fetchone()
        if row is not None and row[1] == fingerprint and not row[2]:
            self.run = row[0]
            return True
        self.run = row[0] + 1 if row else 1
        with self.transaction():
            for statement in _BEGINNING:
                self._database.execute(statement)
            self._database.execute("INSERT INTO run VALUES (?, ?, 0)", (self.run, fingerprint))
        return False

    def end(self) -> None:
        """Store that the run is complete, so that the next one begins anew."""
        self._database.execute("UPDATE run SET ended = 1")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Store everything of a block, or nothing."""
        self._database.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def get_checkpoint(self, kind: str) -> int:
        """Return the last row of a kind that is done."""
        row = self._database.execute("SELECT line FROM checkpoints WHERE kind = ?", (kind,))
        return int((row.fetchone() or (0,))[0])

    def set_checkpoint(self, kind: str, line: int) -> None:
        """Store the last row of a kind that is done."""
        self._database.execute("INSERT OR REPLACE INTO checkpoints VALUES (?, ?)", (kind, line))

    def find(self, kind: str, old_id: str) -> Known | None:
        """Return what is known of a row by its old id."""
        query = "SELECT new_id, stored, detail, run, line FROM ids WHERE kind = ? AND old_id = ?"
        row = self._database.execute(query, (kind, old_id)).fetchone()
        return Known(row[0], bool(row[1]), row[2], row[3], row[4]) if row else None

    def save_id(self, kind: str, old_id: str, known: Known) -> None:
        """Store what is known of a row."""
        values = (kind, old_id, known.new_id, known.stored, known.detail, known.run, known.line)
        self._database.execute("INSERT OR REPLACE INTO ids VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def save_results(self, kind: str, results: Iterable[Result]) -> None:
        """Store what became of rows."""
        self._database.executemany(
            "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    kind, each.line, each.old_id, each.new_id, each.outcome, each.reason, each.note,
                    each.source, each.stored, each.raw,
                )
                for each in results
            ),
        )  # fmt: skip

    def list_results(self, kind: str) -> Iterator[Result]:
        """Yield what became of the rows of a kind, in their order."""
        query = (
            "SELECT line, old_id, new_id, outcome, reason, note, source, stored, raw FROM results"
            " WHERE kind = ? ORDER BY line"
        )
        for row in self._database.execute(query, (kind,)):
            yield Result(*row)

    def find_overlap(
        self, old_id: str, artist: str, starts_at: datetime, ends_at: datetime
    ) -> str | None:
        """Return the old id of another appointment of the artist at that time, None without one."""
        starts, ends = int(starts_at.timestamp()), int(ends_at.timestamp())
        query = (
            "SELECT old_id FROM spans WHERE artist = ? AND starts < ? AND starts > ? AND ends > ?"
            " AND old_id != ? ORDER BY starts LIMIT 1"
        )
        row = self._database.execute(
            query, (artist, ends, starts - LONGEST - 1, starts, old_id)
        ).fetchone()
        return str(row[0]) if row else None

    def save_span(self, old_id: str, artist: str, starts_at: datetime, ends_at: datetime) -> None:
        """Store when an appointment takes place."""
        values = (old_id, artist, int(starts_at.timestamp()), int(ends_at.timestamp()))
        self._database.execute("INSERT OR REPLACE INTO spans VALUES (?, ?, ?, ?)", values)

    def release_span(self, old_id: str) -> None:
        """Give up the time of an appointment that was set aside."""
        self._database.execute("DELETE FROM spans WHERE old_id = ?", (old_id,))

    def save_unknown_columns(self, kind: str, names: Iterable[str]) -> None:
        """Store the names of columns that are not imported."""
        self._database.executemany(
            "INSERT OR IGNORE INTO columns VALUES (?, ?)", ((kind, name) for name in names)
        )

    def list_unknown_columns(self, kind: str) -> list[str]:
        """List the columns of a kind that are not imported."""
        query = "SELECT name FROM columns WHERE kind = ? ORDER BY name"
        return [row[0] for row in self._database.execute(query, (kind,))]
