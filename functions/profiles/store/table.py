"""Items of the table, and marks of deleted accounts."""

from datetime import datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex
from pynamodb.transactions import TransactWrite

from shared.data.dynamodb import find, index_meta, table_meta
from shared.data.record_items import DueItem
from shared.events import outbox

PERSON, ARTIST = "PERSON#", "ARTIST#"
RECORD, DELETED = "RECORD", "DELETED"


class ByList(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """Index of items that belong to a list, in the list's order."""

    Meta = index_meta("by-list")
    listed_in = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class RecordItem(DueItem):
    """A record as JSON, with the attributes that conditions and indexes need."""

    Meta = table_meta("profiles")
    listed_in = UnicodeAttribute(null=True)
    listed_as = UnicodeAttribute(null=True)
    by_list = ByList()


class OutboxItem(outbox.OutboxItem):
    """An event waiting to be published."""

    Meta = table_meta("profiles")


def ping() -> None:
    """Raise unless the table responds."""
    RecordItem.count("ready")


# ---- deleted accounts --------------------------------------------------------------------------


def require_accounts(writes: TransactWrite, *user_ids: str) -> None:
    """Let the transaction fail with a WriteConflict if one of these accounts was deleted."""
    for user_id in dict.fromkeys(user_ids):
        writes.condition_check(
            RecordItem, PERSON + user_id, DELETED, condition=RecordItem.pk.does_not_exist()
        )


def mark_deleted(user_id: str, until: datetime) -> None:
    """Mark an account as deleted, so that nothing about it is written any more."""
    mark = RecordItem.of(PERSON + user_id, DELETED, None)
    mark.expires_at = int(until.timestamp())
    mark.save()


def is_any_deleted(*user_ids: str) -> bool:
    """Return whether one of the accounts was deleted, read consistently."""
    keys = [(PERSON + user_id, DELETED) for user_id in user_ids]
    return any(True for _ in RecordItem.batch_get(keys, consistent_read=True))


def is_deleted(user_id: str) -> bool:
    """Return whether the account was deleted."""
    return find(RecordItem, PERSON + user_id, DELETED) is not None
