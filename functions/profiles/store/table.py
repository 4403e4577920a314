"""Items of the table."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex

from shared.data.dynamodb import index_meta, table_meta
from shared.data.record_items import DueItem
from shared.events import outbox

PERSON, ARTIST = "PERSON#", "ARTIST#"
RECORD = "RECORD"


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
