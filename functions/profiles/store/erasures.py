"""Erasures of deleted accounts that are not complete."""

from datetime import datetime

from profiles.models.erasures import Erasure
from profiles.store.table import RECORD, RecordItem
from shared.data.dynamodb import sortable

ERASURE, DUE = "ERASURE#", "DUE"


def save_erasure(erasure: Erasure) -> None:
    """Store an erasure and when it is due next."""
    item = RecordItem.of(ERASURE + erasure.user_id, RECORD, erasure)
    item.due, item.due_at = DUE, sortable(erasure.due_at)
    item.save()


def delete_erasure(user_id: str) -> None:
    """Delete an erasure that is complete."""
    RecordItem(ERASURE + user_id, RECORD).delete()


def list_due_erasures(now: datetime, limit: int) -> list[Erasure]:
    """Return up to `limit` erasures that are due, oldest first."""
    items = RecordItem.by_due.query(DUE, RecordItem.due_at <= sortable(now), limit=limit)
    return [item.decoded(Erasure) for item in items]
