"""What has yet to be erased of deleted accounts, and by when somebody looks."""

from consultations.models import Erasure
from consultations.store.table import DUE, RECORD, RecordItem
from shared.data.record_items import due_text

ERASURE = "ERASURE#"


def keep_erasure(erasure: Erasure) -> None:
    """Keep in mind that something has to be erased, and when to look again."""
    kept = RecordItem.of(ERASURE + erasure.user_id, RECORD, erasure)
    kept.due, kept.due_at = DUE, due_text(erasure.due_at)
    kept.save()


def end_erasure(user_id: str) -> None:
    """All of it is erased."""
    RecordItem(ERASURE + user_id, RECORD).delete()
