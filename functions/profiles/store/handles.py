"""Handles and their owners.

Items are keyed by a hash of the handle, so that a reserved handle does not reveal the name of its
former owner. Each claim is two items: one of the handle, and one of all handles that look like it.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from pynamodb.transactions import TransactWrite

from profiles.models.artist_pages import Handle
from profiles.rules.handles import LOOKALIKES
from profiles.store.table import RecordItem
from shared.data.dynamodb import transaction
from shared.data.record_items import json_of
from shared.data.tombstone_items import require_accounts

HANDLE, LOOK, OWNER = "HANDLE#", "LOOK#", "OWNER"
# Long enough that old links do not soon lead to another artist who claims the handle.
RESERVED_FOR = timedelta(days=90)


def find_owner(key: str) -> str | None:
    """Return the id of the artist whose handle has this key, read consistently."""
    handle = RecordItem.read(_get_pk(key), OWNER, Handle)
    return handle.artist_id if handle else None


def is_available(key: str, artist_id: str, now: datetime) -> bool:
    """Return whether the artist has, or could claim, a handle with this key."""
    items = RecordItem.query(_get_pk(key), RecordItem.sk == OWNER, consistent_read=True)
    return all(
        item.record == json_of(Handle(artist_id))
        or (item.expires_at is not None and item.expires_at <= now.timestamp())
        for item in items
    )


def claim(writes: TransactWrite, key: str, artist_id: str, now: datetime) -> None:
    """Claim a handle; the transaction fails with a WriteConflict if it is taken."""
    item = RecordItem.of(_get_pk(key), OWNER, Handle(artist_id))
    writes.save(
        item,
        condition=RecordItem.pk.does_not_exist()
        | (RecordItem.record == item.record)
        | (RecordItem.expires_at <= int(now.timestamp())),  # DynamoDB deletes with a delay
    )


def release(writes: TransactWrite, key: str, now: datetime) -> None:
    """Take a handle from its owner, and keep it reserved for a while."""
    item = RecordItem.of(_get_pk(key), OWNER, Handle(None))
    item.expires_at = int((now + RESERVED_FOR).timestamp())
    writes.save(item)


def claim_alone(key: str, artist_id: str, now: datetime) -> None:
    """Claim a handle, or those that look like it, for an artist who has the handle already.

    Raises:
        WriteConflict: It is taken, or the artist's account was deleted.
    """
    with transaction(RecordItem) as writes:
        require_accounts(writes, artist_id)
        claim(writes, key, artist_id, now)


def _get_pk(key: str) -> str:
    return (LOOK if key.startswith(LOOKALIKES) else HANDLE) + sha256(key.encode()).hexdigest()
