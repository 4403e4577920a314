"""Deleted accounts that are not erased completely yet, and when their next run is due."""

from consultations.models import Erasure
from consultations.store.table import DUE, RECORD, RecordItem

ERASURE = "ERASURE#"


def save_erasure(erasure: Erasure) -> None:
    """Save an erasure, so that the sweeper runs it when it is due."""
    item = RecordItem.of(ERASURE + erasure.user_id, RECORD, erasure)
    item.schedule(DUE, erasure.user_id, erasure.due_at)
    item.save()


def delete_erasure(user_id: str) -> None:
    """Delete an erasure that is complete."""
    RecordItem(ERASURE + user_id, RECORD).delete()
