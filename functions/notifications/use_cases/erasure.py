"""Erasure of deleted accounts."""

from datetime import datetime

from notifications.store import erasure as store
from notifications.store.inbox import LIFETIME
from shared.data import tombstones


def erase(user_id: str, now: datetime) -> None:
    """Erase a user. Every step can be repeated, and the event comes again until all succeeded."""
    tombstones.mark_deleted(user_id, now)
    store.erase_user(user_id, now)


def run_due(now: datetime) -> int:
    """Run the erasures whose last run is due, and return their number."""
    due = store.list_due(now)
    for contact in due:
        erased_at = contact.erased_at or now
        store.erase_again(contact.id, erased_at, erased_at + LIFETIME)
    return len(due)
