"""Tombstones and bans in transactions, and writes that fail once an account was deleted.

Apart from `tombstones`, so that functions without transactions need not import pynamodb.
"""

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from shared.data import bans, tombstones
from shared.data.dynamodb import Table, table_meta


class TombstoneItem(Table):
    """The mark of a deleted account, or of a banned one (`shared.data.bans`).

    Attributes:
        id: Id of the user, or the key of the ban.
        expires_at: Epoch seconds; DynamoDB's TTL attribute. None of a ban, which lasts.
    """

    Meta = table_meta(tombstones.TABLE)
    id = UnicodeAttribute(hash_key=True)
    expires_at = NumberAttribute(null=True)


def add(writes: TransactWrite, user_id: str, now: datetime) -> None:
    """Add the tombstone of an account to the transaction that deletes it."""
    writes.save(TombstoneItem(user_id, expires_at=tombstones.expiry_of(now)))


def add_ban(writes: TransactWrite, user_id: str) -> None:
    """Add the mark of a ban to the transaction that bans an account."""
    writes.save(TombstoneItem(bans.key_of(user_id)))


def remove_ban(writes: TransactWrite, user_id: str) -> None:
    """Remove the mark of a ban in the transaction that lifts it, or deletes the account."""
    writes.delete(TombstoneItem(bans.key_of(user_id)))


def require_accounts(writes: TransactWrite, *user_ids: str) -> None:
    """Make a transaction fail with a WriteConflict if one of these accounts was deleted."""
    for user_id in dict.fromkeys(user_ids):
        if user_id:
            writes.condition_check(
                TombstoneItem, user_id, condition=TombstoneItem.id.does_not_exist()
            )
