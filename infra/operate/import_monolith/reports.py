"""Reports of an import: counts and checksums of each kind, and the rows that were set aside."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.operate.import_monolith.state import State

SET_ASIDE_FILES = {False: "set-aside.jsonl", True: "set-aside-dry-run.jsonl"}
REPORT_FILES = {False: "report.json", True: "report-dry-run.json"}
NOTES_FILES = {False: "notes.jsonl", True: "notes-dry-run.jsonl"}


@dataclass(frozen=True)
class Summary:
    """What became of the rows of a kind.

    Attributes:
        outcomes: Numbers of rows by outcome.
        source: SHA-256 over the SHA-256 of each row that was sent and is stored, in their order.
        stored: The same of these rows as they are stored.
    """

    outcomes: Mapping[str, int]
    source: str
    stored: str


def summarize(kind: str, state: State) -> Summary:
    """Summarize what became of the rows of a kind."""
    outcomes: Counter[str] = Counter()
    source, stored = hashlib.sha256(), hashlib.sha256()
    for result in state.list_results(kind):
        outcomes[result.outcome] += 1
        source.update(result.source)
        stored.update(result.stored)
    return Summary(outcomes, source.hexdigest(), stored.hexdigest())


def describe(kind: str, state: State) -> str:
    """Return lines about a kind."""
    summary = summarize(kind, state)
    counts = summary.outcomes
    names = ("written", "unchanged", "different", "removed", "set_aside")
    parts = [f"{counts[name]} {name.replace('_', ' ')}" for name in names]
    differs = "" if summary.source == summary.stored else ", which differ"
    lines = [
        f"{kind}: {sum(counts.values())} read, {', '.join(parts)}",
        f"  SHA-256 of the rows {summary.source}, of what is stored {summary.stored}{differs}",
    ]
    unknown = state.list_unknown_columns(kind)
    if unknown:
        lines.append(f"  columns that are not imported: {', '.join(unknown)}")
    return "\n".join(lines)


def write(folder: Path, kinds: Sequence[str], state: State, *, dry_run: bool) -> None:
    """Write the files of a report, in place of those of the run before."""
    report: dict[str, Any] = {}
    with (
        (folder / SET_ASIDE_FILES[dry_run]).open("w") as aside,
        (folder / NOTES_FILES[dry_run]).open("w") as notes,
    ):
        for kind in kinds:
            summary = summarize(kind, state)
            report[kind] = {
                "read": sum(summary.outcomes.values()),
                **summary.outcomes,
                "sourceSha256": summary.source,
                "storedSha256": summary.stored,
                "columnsNotImported": state.list_unknown_columns(kind),
            }
            for result in state.list_results(kind):
                place = {"kind": kind, "row": result.line, "id": result.old_id}
                if result.raw:
                    line = place | {"reason": result.reason, "values": json.loads(result.raw)}
                    aside.write(json.dumps(line, ensure_ascii=False) + "\n")
                if result.note:
                    line = place | {"newId": result.new_id, "note": result.note}
                    notes.write(json.dumps(line, ensure_ascii=False) + "\n")
    text = json.dumps(report, indent=2, sort_keys=True)
    (folder / REPORT_FILES[dry_run]).write_text(text + "\n")
