"""Erasure of a deleted account."""

from datetime import datetime, timedelta

from policies.store import accounts as store

# Nothing that an access token still does may be stored, nor what late events say.
MARK_LIFETIME = timedelta(days=90)


def erase(user_id: str, now: datetime) -> None:
    """Erase a user as a signatory in every chain, and their drafts and policies as an artist.

    It can be repeated; what a run that failed left is erased by the next one.
    """
    store.mark_deleted(user_id, now + MARK_LIFETIME)
    store.erase_signatory(user_id)
    store.erase_artist(user_id)
