"""Handles: whose they are. Who had one keeps it for themselves as long as they are here.

An item is found by a hash of its handle, so that once its owner left nothing says their name.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from pynamodb.transactions import TransactWrite

from profiles.models.pages import Handle
from profiles.store.table import RecordItem
from shared.data.record_items import json_of

HANDLE, OWNER = "HANDLE#", "OWNER"
# Long enough that links to somebody who left do not lead to somebody who takes their place.
KEPT_AFTER = timedelta(days=90)


def find_owner(key: str) -> str | None:
    """Whose handle has this key, read consistently."""
    kept = RecordItem.read(_place(key), OWNER, Handle)
    return kept.artist_id if kept else None


def is_free(key: str, artist_id: str, now: datetime) -> bool:
    """Whether the artist may have a handle of this key, or has it."""
    found = RecordItem.query(_place(key), RecordItem.sk == OWNER, consistent_read=True)
    return all(
        kept.record == json_of(Handle(artist_id))
        or (kept.expires_at is not None and kept.expires_at <= now.timestamp())
        for kept in found
    )


def claim(writes: TransactWrite, key: str, artist_id: str, now: datetime) -> None:
    """Let the artist have it, if it is free: else the transaction raises Conflict."""
    kept = RecordItem.of(_place(key), OWNER, Handle(artist_id))
    writes.save(
        kept,
        condition=RecordItem.pk.does_not_exist()
        | (RecordItem.record == kept.record)
        | (RecordItem.expires_at <= int(now.timestamp())),  # DynamoDB deletes a while later
    )


def give_up(writes: TransactWrite, key: str, now: datetime) -> None:
    """Let it be nobody's, and somebody else's only after a while."""
    kept = RecordItem.of(_place(key), OWNER, Handle(None))
    kept.expires_at = int((now + KEPT_AFTER).timestamp())
    writes.save(kept)


def _place(key: str) -> str:
    return HANDLE + sha256(key.encode()).hexdigest()
