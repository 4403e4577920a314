"""Import of quick actions from an earlier system: they come after those that an artist has."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.errors import DomainError, InvalidFields
from quick_actions.models import ArtistActions, QuickAction
from quick_actions.rules import artist_actions
from quick_actions.schemas import ImportedQuickAction
from quick_actions.store import actions as store
from quick_actions.use_cases import actions
from shared.data import tombstones
from shared.data.conflicts import retry_on_conflict
from shared.data.imported_rows import Kind, Reasons

DELETED = "The account of its artist was deleted here."


def find(rows: Sequence[ImportedQuickAction]) -> Mapping[str, ImportedQuickAction]:
    """Return those of the actions that their artists have."""
    given = {row.id for row in rows}
    return {
        action.id: ImportedQuickAction(
            id=action.id,
            artist_id=artist_id,
            label=action.label,
            kind=action.kind,
            steps=action.steps,
            enabled=action.enabled,
        )
        for artist_id in dict.fromkeys(row.artist_id for row in rows)
        for action in store.get_actions(artist_id).own
        if action.id in given
    }


def check(rows: Sequence[ImportedQuickAction], _now: datetime) -> Reasons:
    """Return why actions cannot be added."""
    deleted = tombstones.find_deleted(*{row.artist_id for row in rows})
    reasons = {row.id: DELETED for row in rows if row.artist_id in deleted}
    for artist_id, own in _by_artist(rows).items():
        if artist_id not in deleted:
            reasons |= _add_all(store.get_actions(artist_id), own)[1]
    return reasons


def write(rows: Sequence[ImportedQuickAction], _now: datetime) -> Reasons:
    """Add actions, all of an artist in one write."""
    reasons: Reasons = {}
    for artist_id, own in _by_artist(rows).items():
        reasons |= _write(artist_id, own)
    return reasons


@retry_on_conflict
def _write(artist_id: str, rows: Sequence[ImportedQuickAction]) -> Reasons:
    before = store.get_actions(artist_id)
    after, reasons = _add_all(before, rows)
    if after != before:
        actions.save(after)
    return reasons


def _add_all(
    before: ArtistActions, rows: Sequence[ImportedQuickAction]
) -> tuple[ArtistActions, Reasons]:
    """Return the actions of an artist with further ones, and why some are not among them."""
    after = before
    reasons: Reasons = {}
    for row in rows:
        action = QuickAction(row.id, row.label, row.kind, row.steps, row.enabled)
        try:
            actions.validate(action)
            after = artist_actions.add(after, action)
        except InvalidFields as error:
            reasons[row.id] = "; ".join(f"{each.field} {each.message}" for each in error.errors)
        except DomainError as error:
            reasons[row.id] = str(error)
    if after is not before:  # one version, however many there are
        after = artist_actions.as_next_version_of(before, after)
    return after, reasons


def _by_artist(
    rows: Sequence[ImportedQuickAction],
) -> dict[str, list[ImportedQuickAction]]:
    grouped: dict[str, list[ImportedQuickAction]] = {}
    for row in rows:
        grouped.setdefault(row.artist_id, []).append(row)
    return grouped


KINDS = {"quickActionButtons": Kind(ImportedQuickAction, find, write, check)}
