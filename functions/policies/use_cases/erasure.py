"""Erasure of a deleted account."""

from datetime import datetime

from policies.store import accounts as store
from shared.data import tombstones


def erase(user_id: str, now: datetime) -> None:
    """Erase a user as a signatory in every chain, and their drafts and policies as an artist.

    It can be repeated; what a run that failed left is erased by the next one.
    """
    tombstones.mark_deleted(user_id, now)
    store.erase_signatory(user_id)
    store.erase_artist(user_id)
