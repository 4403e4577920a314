"""Versions of artists' intake forms."""

from consultations.models import Intake
from consultations.store.table import ARTIST, RecordItem, require_active_accounts
from shared.data.dynamodb import transaction

INTAKE = "INTAKE#"


def find_intake(artist_id: str, number: int) -> Intake | None:
    """Find one version of an artist's intake form."""
    return RecordItem.read(ARTIST + artist_id, _key(number), Intake)


def list_intakes(artist_id: str, limit: int) -> list[Intake]:
    """List at most `limit` versions of an artist's form, the newest first, read consistently."""
    items = RecordItem.query(
        ARTIST + artist_id,
        RecordItem.sk.startswith(INTAKE),
        consistent_read=True,
        scan_index_forward=False,
        limit=limit,
    )
    return [item.decoded(Intake) for item in items]


def add_intake(intake: Intake) -> None:
    """Add a version of a form.

    Raises:
        WriteConflict: There is a version of this number, or the artist's account was deleted.
    """
    with transaction(RecordItem) as writes:
        item = RecordItem.of(ARTIST + intake.artist_id, _key(intake.number), intake)
        writes.save(item, condition=RecordItem.unchanged_since(0))
        require_active_accounts(writes, intake.artist_id)


def _key(number: int) -> str:
    return f"{INTAKE}{number:06}"
