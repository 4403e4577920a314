"""Import of rows from an earlier system: what each feature's function `import-rows` answers.

An operator's command (`make import-monolith`) sends rows in batches, in the feature's own terms and
with ids that are derived from the old ones. A batch may be sent twice: a row that is stored is left
as it is, whatever the row says, because it may have been changed here since. What is written is
read again, so that the caller can compare what it sent with what is stored. Texts follow the rule
of `domain.text`, as those of requests do: they are cleaned before their length is counted.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec

from domain.impersonation import IMPERSONATES
from domain.imported_rows import ImportedRow
from domain.text import NOT_ONE_LINE
from shared.data.conflicts import WriteConflict
from shared.http.decoding import find_requested_faults


class Outcome(StrEnum):
    """What became of a row.

    It was written, was stored before, alike or changed here since, was removed here since, or is
    set aside.
    """

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    DIFFERENT = "different"
    REMOVED = "removed"
    SET_ASIDE = "set_aside"


class ImportRowsRequest(msgspec.Struct, frozen=True, rename="camel"):
    """A batch of rows.

    Attributes:
        kind: Which rows they are, such as `users`.
        rows: The rows, in the order of the earlier system.
        known: Ids of those rows that were stored by an earlier import. What is gone of them was
            removed here, and is not written again.
        dry_run: Says what would happen, and writes nothing.
    """

    kind: str
    rows: tuple[dict[str, Any], ...]
    known: tuple[str, ...] = ()
    dry_run: bool = False


class RowResult(msgspec.Struct, frozen=True, rename="camel"):
    """What became of a row.

    Attributes:
        reason: Why it is set aside; empty for others.
        stored: The row as it is stored now; None where nothing is.
    """

    id: str
    outcome: Outcome
    reason: str = ""
    stored: dict[str, Any] | None = None


class ImportedRows(msgspec.Struct, frozen=True, rename="camel"):
    """What became of the rows of a batch, in their order."""

    results: tuple[RowResult, ...]


# What people wrote in the earlier system stays as they wrote it.
_NOT_ASKED_OF_ROWS = (NOT_ONE_LINE, IMPERSONATES)
Row = TypeVar("Row", bound=ImportedRow)
# Why rows cannot be written, by their ids.
Reasons = dict[str, str]


class Kind(msgspec.Struct, Generic[Row], frozen=True):
    """How rows of a kind are imported.

    Attributes:
        model: Struct of a row.
        find: Returns those of some rows that are stored, as they are stored.
        write: Writes rows that are not stored, and returns why some cannot be.
        check: Returns why rows cannot be written as far as that is known without writing.
        finish: Completes rows that are stored, those from before included: an earlier run may have
            ended between the two.
    """

    model: type[Row]
    find: Callable[[Sequence[Row]], Mapping[str, Row]]
    write: Callable[[Sequence[Row], datetime], Reasons]
    check: Callable[[Sequence[Row], datetime], Reasons] = lambda _rows, _now: {}
    finish: Callable[[Sequence[Row]], None] = lambda _rows: None


def import_rows(
    request: ImportRowsRequest, kinds: Mapping[str, Kind[Any]], now: datetime
) -> ImportedRows:
    """Import a batch of rows.

    Raises:
        msgspec.ValidationError: The feature has no such kind.
    """
    if request.kind not in kinds:
        raise msgspec.ValidationError(f"There are no {request.kind} here.")
    kind = kinds[request.kind]
    rows, reasons = _decode(request.rows, kind.model)
    before = kind.find(list(rows.values())) if rows else {}
    known = set(request.known)
    new = [row for row_id, row in rows.items() if row_id not in before and row_id not in known]
    if new:
        reasons |= kind.check(new, now)
        new = [row for row in new if row.id not in reasons]
    if new and not request.dry_run:
        reasons |= kind.write(new, now)
        new = [row for row in new if row.id not in reasons]
    stored = dict(before)
    if new:
        stored |= {row.id: row for row in new} if request.dry_run else kind.find(new)
    if stored and not request.dry_run:
        kind.finish([rows[row_id] for row_id in stored])
    written = {row.id for row in new}
    results = []
    for raw in request.rows:
        row_id = str(raw.get("id"))
        found = stored.get(row_id)
        if found is None:
            results.append(_describe_missing(row_id, reasons, known))
        else:
            outcome = Outcome.UNCHANGED if found == rows[row_id] else Outcome.DIFFERENT
            outcome = Outcome.WRITTEN if row_id in written else outcome
            results.append(RowResult(row_id, outcome, stored=msgspec.to_builtins(found)))
    return ImportedRows(tuple(results))


def write_together(
    rows: Sequence[Row], write: Callable[[Sequence[Row]], None], together: int, reason: str
) -> Reasons:
    """Write rows in transactions of several, and one by one where one of them conflicts.

    Args:
        rows: The rows.
        write: Writes some rows in one transaction.
        together: Most rows of a transaction.
        reason: Why a row conflicts, which conflicts alone too.

    Returns:
        The reasons of those that were not written.
    """
    reasons: Reasons = {}
    for start in range(0, len(rows), together):
        portion = rows[start : start + together]
        try:
            write(portion)
        except WriteConflict:
            if len(portion) == 1:
                reasons[portion[0].id] = reason
            else:
                reasons |= write_together(portion, write, 1, reason)
    return reasons


def _decode(raws: Sequence[dict[str, Any]], model: type[Row]) -> tuple[dict[str, Row], Reasons]:
    rows: dict[str, Row] = {}
    reasons: Reasons = {}
    for raw in raws:
        try:
            row = msgspec.convert(_clean_texts(raw), model)
        except msgspec.ValidationError as error:
            reasons[str(raw.get("id"))] = str(error)
            continue
        faults = [
            f"{each.field} {each.message}"
            for each in find_requested_faults(raw, model, "row")
            if each.message not in _NOT_ASKED_OF_ROWS
        ]
        if faults:
            reasons[row.id] = "; ".join(faults)
        else:
            rows[row.id] = row
    return rows, reasons


def _clean_texts(value: Any) -> Any:
    """Return a value of a row with every text in it cleaned."""
    # Imported here because only imports need it, and every app imports this module.
    from domain.text import clean  # noqa: PLC0415

    match value:
        case str():
            return clean(value)
        case list() | tuple():
            return [_clean_texts(each) for each in value]
        case dict():
            return {name: _clean_texts(each) for name, each in value.items()}
    return value


def _describe_missing(row_id: str, reasons: Reasons, known: set[str]) -> RowResult:
    if row_id in known and row_id not in reasons:
        return RowResult(row_id, Outcome.REMOVED)
    reason = reasons.get(row_id, "It could not be read after it was written.")
    return RowResult(row_id, Outcome.SET_ASIDE, reason)
