"""What has yet to be erased of deleted accounts, and by when somebody looks."""

from datetime import UTC, datetime

from profiles.records import Erasure
from profiles.store.items import RECORD, RecordItem, decoded, item

ERASURE, DUE = "ERASURE#", "DUE"


def keep_erasure(erasure: Erasure) -> None:
    """Keep in mind that something has to be erased, and when to look again."""
    kept = item(ERASURE + erasure.user_id, RECORD, erasure)
    kept.due, kept.due_at = DUE, _sortable(erasure.due_at)
    kept.save()


def end_erasure(user_id: str) -> None:
    """All of it is erased."""
    RecordItem(ERASURE + user_id, RECORD).delete()


def due_erasures(now: datetime, limit: int) -> list[Erasure]:
    """So many erasures that are due by now, the longest due first."""
    found = RecordItem.by_due.query(DUE, RecordItem.due_at <= _sortable(now), limit=limit)
    return [decoded(kept, Erasure) for kept in found]


def _sortable(instant: datetime) -> str:
    """The instant as text that sorts by time, cut to seconds."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
