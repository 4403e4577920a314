"""Tombstones in transactions: writes that fail once an account was deleted.

Apart from `tombstones`, so that functions without transactions need not import pynamodb.
"""

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from shared.data import tombstones
from shared.data.dynamodb import Table, table_meta


class TombstoneItem(Table):
    """The mark of a deleted account.

    Attributes:
        id: Id of the user.
        expires_at: Epoch seconds; DynamoDB's TTL attribute.
    """

    Meta = table_meta(tombstones.TABLE)
    id = UnicodeAttribute(hash_key=True)
    expires_at = NumberAttribute()


def add(writes: TransactWrite, user_id: str, now: datetime) -> None:
    """Add the tombstone of an account to the transaction that deletes it."""
    writes.save(TombstoneItem(user_id, expires_at=tombstones.expiry_of(now)))


def require_accounts(writes: TransactWrite, *user_ids: str) -> None:
    """Make a transaction fail with a WriteConflict if one of these accounts was deleted."""
    for user_id in dict.fromkeys(user_ids):
        if user_id:
            writes.condition_check(
                TombstoneItem, user_id, condition=TombstoneItem.id.does_not_exist()
            )
