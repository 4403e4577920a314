"""Erasures of deleted accounts that are not complete."""

from datetime import datetime

from profiles.models.erasures import Erasure
from profiles.store.table import RECORD, RecordItem
from shared.events.sweeper import DueRecord

ERASURE, DUE = "ERASURE#", "DUE"


def save_erasure(erasure: Erasure) -> None:
    """Store an erasure and when it is due next."""
    item = RecordItem.of(ERASURE + erasure.user_id, RECORD, erasure)
    item.schedule(DUE, erasure.user_id, erasure.due_at)
    item.save()


def delete_erasure(user_id: str) -> None:
    """Delete an erasure that is complete."""
    RecordItem(ERASURE + user_id, RECORD).delete()


def find_due(now: datetime, limit: int) -> list[DueRecord]:
    """Return erasures that are due, oldest first, at most `limit` of each shard."""
    return RecordItem.find_due(DUE, now, limit)


def postpone(due: DueRecord, until: datetime) -> None:
    """Make an erasure due later, unless it changed in the meantime."""
    RecordItem.postpone(due, until)
