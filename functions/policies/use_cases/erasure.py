"""Erasure of a deleted account."""

from datetime import datetime, timedelta

from policies.store import accounts as store
from policies.store.table import OutboxItem
from shared.data import tombstones
from shared.events import outbox

# Claims from a contract expire three years after the year they arose in (BGB, 195 and 199).
AGREEMENTS_KEPT_FOR = timedelta(days=4 * 365)


def erase(user_id: str, now: datetime) -> None:
    """Erase a user as a signatory in every chain, and their drafts and policies as an artist.

    It can be repeated; what a run that failed left is erased by the next one.
    """
    tombstones.mark_deleted(user_id, now)
    outbox.erase_kept(OutboxItem, user_id)
    store.erase_signatory(user_id)
    store.erase_artist(user_id, now + AGREEMENTS_KEPT_FOR)
