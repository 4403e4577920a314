"""What all of profiles' items share: their models, and who is gone."""

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
    """What belongs together, in an order."""

    Meta = index_meta("by-list")
    listed_in = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class RecordItem(DueItem):
    """A record as JSON, with what conditions and indexes need of it beside."""

    Meta = table_meta("profiles")
    listed_in = UnicodeAttribute(null=True)
    listed_as = UnicodeAttribute(null=True)
    by_list = ByList()


class OutboxItem(outbox.OutboxItem):
    """An event on its way."""

    Meta = table_meta("profiles")


def ping() -> None:
    """Raise unless the table answers."""
    RecordItem.count("ready")


# ---- who is gone -------------------------------------------------------------------------------


def alive(writes: TransactWrite, *user_ids: str) -> None:
    """Write only if nobody's account was deleted: else the transaction raises Conflict."""
    for user_id in dict.fromkeys(user_ids):
        writes.condition_check(
            RecordItem, PERSON + user_id, DELETED, condition=RecordItem.pk.does_not_exist()
        )


def mark_deleted(user_id: str, until: datetime) -> None:
    """Let nothing be kept of the user any more."""
    mark = RecordItem.of(PERSON + user_id, DELETED, None)
    mark.expires_at = int(until.timestamp())
    mark.save()


def is_deleted(user_id: str) -> bool:
    """Whether the account is gone."""
    return find(RecordItem, PERSON + user_id, DELETED) is not None
