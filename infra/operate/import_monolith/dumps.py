"""Dumps: a folder with one file for each kind of row, as CSV or as JSON lines."""

import csv
import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.settings import StackError
from infra.operate.import_monolith.columns import KINDS

SUFFIXES = (".csv", ".jsonl")
IMAGES = "files"  # folder of the images of portfolios
csv.field_size_limit(16 * 1024 * 1024)


@dataclass(frozen=True)
class Line:
    """A row of a file.

    Attributes:
        number: Position among the rows of its file, from 1.
        raw: Its values as they stand there; empty if they cannot be read.
        fault: Why they cannot be read; empty if they can.
    """

    number: int
    raw: Mapping[str, Any]
    fault: str = ""


@dataclass(frozen=True)
class Dump:
    """A folder with an earlier system's rows."""

    folder: Path

    def find_files(self) -> dict[str, Path]:
        """Return the files by kind, in the order in which they are imported.

        Raises:
            StackError: The folder has none, or two of a kind, or there is no folder.
        """
        if not self.folder.is_dir():
            raise StackError(f"{self.folder} is no folder.")
        found: dict[str, Path] = {}
        for kind in KINDS:
            paths = [self.folder / f"{kind}{suffix}" for suffix in SUFFIXES]
            paths = [path for path in paths if path.is_file()]
            if len(paths) > 1:
                raise StackError(f"{self.folder} has two files of {kind}.")
            if paths:
                found[kind] = paths[0]
        if not found:
            names = ", ".join(KINDS)
            raise StackError(f"{self.folder} has no file of these, .csv or .jsonl: {names}.")
        return found

    def read(self, kind: str, after: int = 0) -> Iterator[Line]:
        """Yield the rows of a kind behind a position, one at a time."""
        path = self.find_files()[kind]
        read = _read_csv if path.suffix == ".csv" else _read_json_lines
        return (line for line in read(path) if line.number > after)

    def fingerprint(self) -> str:
        """Return what changes when a file is replaced: its name and its SHA-256."""
        return " ".join(f"{path.name}:{_hash(path)}" for path in self.find_files().values())

    def find_image(self, url: str) -> Path | None:
        """Return the image with the name that an address ends in; None if there is none."""
        name = url.split("?", maxsplit=1)[0].rstrip("/").rpartition("/")[2]
        path = self.folder / IMAGES / name
        return path if name not in ("", ".", "..") and path.is_file() else None


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_csv(path: Path) -> Iterator[Line]:
    with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
        rows = csv.DictReader(file, strict=True)
        _ = rows.fieldnames  # a header that cannot be read is no row
        for number in itertools.count(1):
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield Line(number, {}, f"is no CSV: {error}")
                continue
            has_all = None not in row and None not in row.values()
            yield _check(number, row) if has_all else Line(number, {}, "has not a value per column")


def _read_json_lines(path: Path) -> Iterator[Line]:
    with path.open("rb") as file:
        number = 0
        for text in file:
            if not text.strip():
                continue
            number += 1
            try:
                row = json.loads(text)
            except ValueError:
                yield Line(number, {}, "is no JSON")
            else:
                is_object = isinstance(row, dict)
                yield _check(number, row) if is_object else Line(number, {}, "is no JSON object")


def _check(number: int, row: Mapping[str, Any]) -> Line:
    """Return a row, unless its texts hold what UTF-8 cannot say, which nothing could store."""
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return Line(number, {}, "is not in UTF-8")
    return Line(number, row)
