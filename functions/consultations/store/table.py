"""Items of the table, and records that are due."""

from datetime import datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.indexes import GlobalSecondaryIndex

from shared.data.dynamodb import index_meta, is_condition_failure, table_meta
from shared.data.record_items import DueItem
from shared.events import outbox
from shared.events.sweeper import DueRecord

PERSON, ARTIST = "PERSON#", "ARTIST#"
RECORD = "RECORD"
DUE = "DUE"


class ByArtist(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """An artist's consultations without those they archived."""

    Meta = index_meta("by-artist")
    artist_list = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class ByArtistFolder(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """An artist's consultations by folder."""

    Meta = index_meta("by-artist-folder")
    artist_folder = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class ByClient(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """A client's consultations without those they archived."""

    Meta = index_meta("by-client")
    client_list = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class ByClientFolder(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """A client's consultations by folder."""

    Meta = index_meta("by-client-folder")
    client_folder = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class RecordItem(DueItem):
    """A record as JSON, with the attributes that conditions and indexes need."""

    Meta = table_meta("consultations")
    artist_list = UnicodeAttribute(null=True)
    artist_folder = UnicodeAttribute(null=True)
    client_list = UnicodeAttribute(null=True)
    client_folder = UnicodeAttribute(null=True)
    listed_as = UnicodeAttribute(null=True)
    by_artist = ByArtist()
    by_artist_folder = ByArtistFolder()
    by_client = ByClient()
    by_client_folder = ByClientFolder()


class OutboxItem(outbox.OutboxItem):
    """An event to be published."""

    Meta = table_meta("consultations")


def ping() -> None:
    """Raise unless the table answers."""
    RecordItem.count("ready")


def save_newest(item: RecordItem, version: int) -> None:
    """Save a copy unless one of a higher version is stored."""
    item.version = version
    try:
        item.save(condition=RecordItem.pk.does_not_exist() | (RecordItem.version <= version))
    except PutError as error:
        if not is_condition_failure(error):
            raise


# ---- due records -------------------------------------------------------------------------------


def find_due(now: datetime, limit: int) -> list[DueRecord]:
    """Find at most `limit` records that are due, the longest due first."""
    return RecordItem.find_due(DUE, now, limit)


def postpone(due: DueRecord, until: datetime) -> None:
    """Postpone a due record, unless it was changed since it was read."""
    RecordItem.postpone(due, until)
