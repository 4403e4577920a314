"""DynamoDB table of files: its items, keys and indexes.

pk                  sk                  record
FILE#<fileId>       RECORD              File
FILE#<fileId>       READER#<userId>     `items`: the sources that share it with this user
FILE#<fileId>       PUBLIC              `items`: the portfolio items that show it to everybody
USER#<userId>       USAGE#<purpose>     Usage, in attributes of its own, which are counters
USER#<userId>       READS#<fileId>      the reverse of READER#, to find it when the user leaves
USER#<userId>       AVATAR              Avatar
SHARED#<sourceId>   RECORD              SharedFiles (TTL once ended)
ITEM#<itemId>       RECORD              PortfolioFile (TTL once removed)
REMOVAL#<fileId>    UPLOAD or ALL       Removal
ERASURE#<userId>    RECORD              Erasure
USER#<userId>       EXPORT#<exportId>   Export (TTL once it is ready)
OUTBOX#<shard>      <eventId>           OutboxItem: an event to be published, until it is

Indexes: `by-owner` and `by-purpose` list a user's files by their ids, which sort by time; `by-due`
holds the records that the sweeper must look at.
"""

from datetime import timedelta
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.indexes import GlobalSecondaryIndex

from shared.data.dynamodb import index_meta, table_meta
from shared.data.record_items import DueItem
from shared.events import outbox

FILE, USER, ITEM, REMOVAL, ERASURE = "FILE#", "USER#", "ITEM#", "REMOVAL#", "ERASURE#"
EXPORT = "EXPORT#"
SHARED = "SHARED#"
RECORD, PUBLIC, AVATAR = "RECORD", "PUBLIC", "AVATAR"
READER, READS, USAGE = "READER#", "READS#", "USAGE#"
UPLOAD, ALL = "UPLOAD", "ALL"
DUE = "DUE"
ENDED_LIFETIME = timedelta(days=30)  # of records that have ended, until TTL deletes them


class ByOwner(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """A user's files."""

    Meta = index_meta("by-owner")
    owner_id = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class ByPurpose(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """A user's files for one purpose."""

    Meta = index_meta("by-purpose")
    listed_in = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class RecordItem(DueItem):
    """A record as JSON, with the attributes that conditions, indexes and counters need."""

    Meta = table_meta("files")
    record = UnicodeAttribute(null=True)  # readers and counters have none
    owner_id = UnicodeAttribute(null=True)
    listed_in = UnicodeAttribute(null=True)
    listed_as = UnicodeAttribute(null=True)
    used_bytes = NumberAttribute(null=True)
    used_files = NumberAttribute(null=True)
    items = UnicodeSetAttribute(null=True)
    clean_type = UnicodeAttribute(null=True)  # for `shared.data.clean_files`, while it is clean
    by_owner = ByOwner()
    by_purpose = ByPurpose()


class OutboxItem(outbox.OutboxItem):
    """An event to be published."""

    Meta = table_meta("files")


def ping() -> None:
    """Raise unless the table answers."""
    RecordItem.count("ready")
