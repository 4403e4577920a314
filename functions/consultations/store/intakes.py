"""Versions of artists' questions."""

from consultations.models import Intake
from consultations.store.table import ARTIST, RecordItem, alive
from shared.data.dynamodb import transaction

INTAKE = "INTAKE#"


def find_intake(artist_id: str, number: int) -> Intake | None:
    """That version of an artist's questions."""
    return RecordItem.read(ARTIST + artist_id, _key(number), Intake)


def find_newest(artist_id: str, limit: int) -> list[Intake]:
    """So many versions of an artist's questions, the newest first, read consistently."""
    items = RecordItem.query(
        ARTIST + artist_id,
        RecordItem.sk.startswith(INTAKE),
        consistent_read=True,
        scan_index_forward=False,
        limit=limit,
    )
    return [kept.decoded(Intake) for kept in items]


def add_intake(intake: Intake) -> None:
    """Keep the next version. Raises Conflict where there is one of that number, or no artist."""
    with transaction(RecordItem) as writes:
        kept = RecordItem.of(ARTIST + intake.artist_id, _key(intake.number), intake)
        writes.save(kept, condition=RecordItem.unchanged_since(0))
        alive(writes, intake.artist_id)


def _key(number: int) -> str:
    return f"{INTAKE}{number:06}"
