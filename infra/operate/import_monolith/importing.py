"""The import: batches of rows go through each feature's function `import-rows`."""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import boto3
import msgspec

from infra.local.settings import StackError
from infra.operate.import_monolith import reports
from infra.operate.import_monolith.columns import (
    COLUMNS,
    OverlapError,
    RowError,
    list_unknown,
    parse,
)
from infra.operate.import_monolith.conversions import Converted, Converter, hash_row
from infra.operate.import_monolith.dumps import Dump, Line
from infra.operate.import_monolith.state import Known, Result, State

FUNCTION = "import-rows"
BATCH = 50  # rows: their accounts fit into one read of tombstones
OWNERS = {
    "users": "auth",
    "policies": "policies",
    "quickActionButtons": "quick-actions",
    "notificationTemplates": "notifications",
    "pushSubscriptions": "notifications",
    "portfolios": "profiles",
    "consultations": "consultations",
    "conversations": "messaging",
    "messages": "messaging",
    "appointments": "appointments",
}
SET_ASIDE, REMOVED = "set_aside", "removed"
STORED = {"written", "unchanged", "different"}
ATTEMPTS = 5  # of a batch whose function failed
CLEAN_AFTER = 60  # tries, a second apart, until images are inspected
NOT_CLEAN = "Its image has not been found clean."
_SECRET_COLUMNS = {"password", "auth", "p256dh"}


class Operator(Protocol):
    """Access to the functions of an environment, as `rebuild.Operator` has it."""

    def ask(self, function: str, **question: Any) -> dict[str, Any]:
        """Invoke a function and return its response."""


class Images(Protocol):
    """Where the images of portfolios are put, for files to inspect them."""

    def put(self, file_id: str, path: Path, content_type: str) -> None:
        """Put an image."""


class ImagesInBucket:
    """The bucket of files, in which imports have a folder of their own."""

    def __init__(self, session: boto3.Session, prefix: str) -> None:
        self._session, self._prefix = session, prefix

    def put(self, file_id: str, path: Path, content_type: str) -> None:
        """Put an image below `imports/`, where only files reads it."""
        account = self._session.client("sts").get_caller_identity()["Account"]
        content = path.read_bytes()
        self._session.client("s3").put_object(
            Bucket=f"{self._prefix}files-{account}",
            Key=f"imports/{file_id}",
            Body=content,
            ContentType=content_type,
            ChecksumSHA256=base64.b64encode(hashlib.sha256(content).digest()).decode(),
        )


@dataclass(frozen=True)
class Import:
    """An import of a dump into an environment.

    Attributes:
        operator: Who asks the functions.
        images: Where images are put.
        dump: The dump.
        scope: Name of the environment.
        currency: Currency of prices whose rows name none.
        dry_run: Says what would happen, and writes nothing.
        sleep: Waits for some seconds.
    """

    operator: Operator
    images: Images
    dump: Dump
    scope: str
    currency: str = ""
    dry_run: bool = False
    sleep: Callable[[float], None] = field(default=time.sleep)

    @property
    def folder(self) -> Path:
        """Folder beside the files of the dump with the state and the reports."""
        return self.dump.folder / f"import-{self.scope}"

    def run(self) -> Iterator[str]:
        """Import everything that is not imported, and yield lines about it.

        Raises:
            StackError: A function is missing or failed again and again. The import goes on where it
                ended when it is run again.
        """
        files = self.dump.find_files()
        self.folder.mkdir(mode=0o700, exist_ok=True)
        state = State(None if self.dry_run else self.folder / "state.sqlite")
        try:
            if state.begin(self.dump.fingerprint()):
                yield "going on where the last import ended"
            for kind in files:
                self._import_kind(kind, state)
                yield reports.describe(kind, state)
            state.end()
        finally:
            reports.write(self.folder, list(files), state, dry_run=self.dry_run)
            state.close()
        name = reports.SET_ASIDE_FILES[self.dry_run]
        yield f"What was set aside, with the reasons: {self.folder / name}"
        if self.dry_run:
            yield "This was a dry run: nothing was written."

    def _import_kind(self, kind: str, state: State) -> None:
        converter = Converter(self.dump, state, self.scope, self.currency)
        lines = self.dump.read(kind, after=state.get_checkpoint(kind))
        while batch := list(islice(lines, BATCH)):
            with state.transaction():
                self._import_batch(kind, batch, converter)
                state.set_checkpoint(kind, batch[-1].number)

    def _import_batch(self, kind: str, batch: Sequence[Line], converter: Converter) -> None:
        state = converter.state
        sent: list[tuple[Line, str, Converted]] = []
        known: list[str] = []
        overlapping: list[tuple[Line, str]] = []
        for line in batch:
            state.save_unknown_columns(kind, list_unknown(kind, line.raw))
            old_id = str(line.raw.get("id", ""))
            before = state.find(kind, old_id)
            try:
                if line.fault:
                    raise RowError(line.fault)
                values = parse(kind, line.raw)
                if before and before.run == state.run and before.line != line.number:
                    raise RowError(f"the row {before.line} has the same id")
                converted = converter.convert(kind, values)
            except RowError as error:
                if isinstance(error, OverlapError):
                    overlapping.append((line, error.other))
                _set_aside(kind, line, str(error), state)
                continue
            new_id = converted.row["id"]
            if before and before.stored:
                known.append(new_id)
            # Rows of the same batch may be a second one of this id.
            seen = Known(
                new_id, bool(before and before.stored), converted.detail, state.run, line.number
            )
            state.save_id(kind, old_id, seen)
            sent.append((line, old_id, converted))
        answers = self._send(kind, [converted for *_, converted in sent], known)
        results = []
        aside: set[str] = set()
        for line, old_id, converted in sent:
            answer = answers[converted.row["id"]]
            is_aside = answer["outcome"] == SET_ASIDE
            if is_aside:
                aside.add(old_id)
                state.release_span(old_id)
            is_stored = answer["outcome"] in STORED
            # What was removed here stays known, so that it is not made again.
            remains = is_stored or answer["outcome"] == REMOVED
            state.save_id(
                kind,
                old_id,
                Known(converted.row["id"], remains, converted.detail, state.run, line.number),
            )
            results.append(
                Result(
                    line.number,
                    old_id,
                    converted.row["id"],
                    answer["outcome"],
                    answer["reason"],
                    converted.note if is_stored else "",
                    hash_row(converted.row) if is_stored else b"",
                    hash_row(answer["stored"]) if is_stored else b"",
                    _to_json(kind, line.raw) if is_aside else "",
                )
            )
        state.save_results(kind, results)
        again = [line for line, other in overlapping if other in aside]
        if again:
            self._import_batch(kind, again, converter)

    def _send(
        self, kind: str, batch: Sequence[Converted], known: Sequence[str]
    ) -> dict[str, dict[str, Any]]:
        """Have rows imported, and return what became of them, by their ids."""
        if not batch:
            return {}
        if not self.dry_run:
            self._send_images(batch)
        rows = [converted.row for converted in batch]
        answers = self._ask(OWNERS[kind], kind, rows, known)
        for _ in range(CLEAN_AFTER):
            waiting = [row for row in rows if answers[row["id"]]["reason"] == NOT_CLEAN]
            if not waiting:
                break
            self.sleep(1)
            answers |= self._ask(OWNERS[kind], kind, waiting, known)
        return answers

    def _send_images(self, batch: Sequence[Converted]) -> None:
        """Put the images that are not there, and have them inspected."""
        files = {each.file["id"]: each for each in batch if each.file is not None}
        rows = [each.file for each in files.values() if each.file is not None]
        if not rows:
            return
        wanted = self._ask("files", "files", rows, (), dry_run=True)
        for file_id, converted in files.items():
            if wanted[file_id]["outcome"] == "written" and converted.file is not None:
                path = Path(converted.image)
                self.images.put(file_id, path, converted.file["contentType"])
        self._ask("files", "files", rows, ())

    def _ask(
        self,
        feature: str,
        kind: str,
        rows: Sequence[Mapping[str, Any]],
        known: Sequence[str],
        *,
        dry_run: bool = False,
    ) -> dict[str, dict[str, Any]]:
        question = msgspec.to_builtins(
            {"kind": kind, "rows": rows, "known": known, "dryRun": dry_run or self.dry_run}
        )
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self.operator.ask(f"{feature}-{FUNCTION}", **question)
            except StackError:
                if attempt == ATTEMPTS:
                    raise
                self.sleep(2**attempt)  # sending a batch again changes nothing
            else:
                break
        return {result["id"]: result for result in answer["results"]}


def _set_aside(kind: str, line: Line, reason: str, state: State) -> None:
    old_id = str(line.raw.get("id", ""))
    before = state.find(kind, old_id)
    is_second = before is not None and before.run == state.run and before.line != line.number
    if before is not None and not is_second:
        aside = Known(before.new_id, False, before.detail, state.run, line.number)
        state.save_id(kind, old_id, aside)
    result = Result(line.number, old_id, "", SET_ASIDE, reason, raw=_to_json(kind, line.raw))
    state.save_results(kind, [result])


def _to_json(kind: str, raw: Mapping[str, Any]) -> str:
    """Return a row as JSON, without secrets: columns that are not imported may hold some too."""
    known = {column.name for column in COLUMNS[kind]} - _SECRET_COLUMNS
    shown = {name: value if name in known else "…" for name, value in raw.items()}
    return json.dumps(shown, ensure_ascii=False, default=str)
