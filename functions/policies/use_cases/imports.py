"""Import of policies from an earlier system, as drafts.

There they were texts without rules. What a text promises binds nobody here before its artist has
read it beside the rules, which are those of the default at first, and published it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.policy_terms import DEFAULTS, PolicyKind
from policies.models import Draft, Subject
from policies.schemas import ImportedPolicy
from policies.store import drafts
from policies.store import versions as version_store
from shared.data import tombstones
from shared.data.imported_rows import Kind, Reasons, write_together

DELETED = "The account of its artist was deleted here."
TOGETHER = 50  # drafts in a transaction, which has a hundred items
SECOND = "The artist has another policy of this kind."


def find(rows: Sequence[ImportedPolicy]) -> Mapping[str, ImportedPolicy]:
    """Return those of the policies that are drafts, whatever the artist has made of them."""
    by_subject = {_get_subject(row): row for row in rows}
    return {
        draft.revision: ImportedPolicy(
            id=draft.revision,
            artist_id=draft.subject.artist_id,
            kind=by_subject[draft.subject].kind,
            text=draft.text,
            saved_at=draft.saved_at,
        )
        for draft in drafts.find_drafts(by_subject)
    }


def check(rows: Sequence[ImportedPolicy], _now: datetime) -> Reasons:
    """Return why policies cannot be drafts: the artist has their own, or published one."""
    deleted = tombstones.find_deleted(*{row.artist_id for row in rows})
    taken = {draft.subject for draft in drafts.find_drafts([_get_subject(row) for row in rows])}
    reasons: Reasons = {}
    for row in rows:
        subject = _get_subject(row)
        if row.artist_id in deleted:
            reasons[row.id] = DELETED
        elif subject in taken or version_store.find_newest_number(subject) is not None:
            reasons[row.id] = SECOND
        taken.add(subject)
    return reasons


def write(rows: Sequence[ImportedPolicy], _now: datetime) -> Reasons:
    """Save the drafts. Each revision is the id of its row."""
    ordered = sorted(rows, key=lambda row: row.artist_id)
    return write_together(ordered, _write, TOGETHER, SECOND)


def _write(rows: Sequence[ImportedPolicy]) -> None:
    drafts.add_drafts(
        Draft(
            subject=_get_subject(row),
            text=row.text,
            rules=DEFAULTS[PolicyKind(row.kind)].rules,
            saved_at=row.saved_at,
            revision=row.id,
        )
        for row in rows
    )


def _get_subject(row: ImportedPolicy) -> Subject:
    return Subject(row.artist_id, None, PolicyKind(row.kind))


KINDS = {"policies": Kind(ImportedPolicy, find, write, check)}
