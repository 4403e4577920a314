"""Imported policies beside what artists write meanwhile."""

from datetime import UTC, datetime
from typing import Literal

from domain.policy_terms import DEFAULTS, PolicyKind
from policies.models import Draft, Subject
from policies.schemas import ImportedPolicy
from policies.store import drafts
from policies.use_cases import imports
from tests.functional.policies.world import ARTIST, World

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def row(kind: Literal["deposit", "design", "cancellation"]) -> ImportedPolicy:
    """Build a policy of the artist."""
    return ImportedPolicy(
        id=f"old_{kind}", artist_id=ARTIST, kind=kind, text="Theirs.", saved_at=NOW
    )


def test_a_draft_that_the_artist_saved_since_the_check_is_kept(world: World) -> None:
    rows = [row("cancellation"), row("deposit"), row("design")]
    assert imports.check(rows, NOW) == {}
    rules = DEFAULTS[PolicyKind.DEPOSIT].rules
    drafts.save_draft(Draft(Subject(ARTIST, None, PolicyKind.DEPOSIT), "Mine.", rules, NOW, "own"))
    assert imports.write(rows, NOW) == {"old_deposit": imports.SECOND}
    kept = {draft.subject.kind: draft.text for draft in drafts.list_drafts(ARTIST, None, 10)}
    assert kept == {"cancellation": "Theirs.", "deposit": "Mine.", "design": "Theirs."}
