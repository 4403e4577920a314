"""Versions of artists' intake forms."""

from collections.abc import Iterable

from consultations.models import Intake
from consultations.store.table import ARTIST, RecordItem
from shared.data.dynamodb import transaction
from shared.data.tombstone_items import require_accounts

INTAKE = "INTAKE#"


def find_intakes(artist_id: str, numbers: Iterable[int]) -> dict[int, Intake]:
    """Find some versions of an artist's intake form by their numbers, read consistently."""
    keys = [(ARTIST + artist_id, _key(number)) for number in numbers]
    items = RecordItem.batch_get(keys, consistent_read=True)
    intakes = [item.decoded(Intake) for item in items]
    return {intake.number: intake for intake in intakes}


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
        require_accounts(writes, intake.artist_id)


def _key(number: int) -> str:
    return f"{INTAKE}{number:06}"
