"""What has yet to be erased of deleted accounts, and by when somebody looks."""

from datetime import datetime

from profiles.models.pages import Erasure
from profiles.store.table import RECORD, RecordItem
from shared.data.dynamodb import sortable

ERASURE, DUE = "ERASURE#", "DUE"


def keep_erasure(erasure: Erasure) -> None:
    """Keep in mind that something has to be erased, and when to look again."""
    kept = RecordItem.of(ERASURE + erasure.user_id, RECORD, erasure)
    kept.due, kept.due_at = DUE, sortable(erasure.due_at)
    kept.save()


def end_erasure(user_id: str) -> None:
    """All of it is erased."""
    RecordItem(ERASURE + user_id, RECORD).delete()


def due_erasures(now: datetime, limit: int) -> list[Erasure]:
    """So many erasures that are due by now, the longest due first."""
    found = RecordItem.by_due.query(DUE, RecordItem.due_at <= sortable(now), limit=limit)
    return [kept.decoded(Erasure) for kept in found]
