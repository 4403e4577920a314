"""What all of consultations' items share: their models, and who is gone."""

from datetime import datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.indexes import GlobalSecondaryIndex
from pynamodb.transactions import TransactWrite

from shared.data.dynamodb import find, index_meta, is_condition_failure, table_meta
from shared.data.record_items import DueItem
from shared.events import outbox
from shared.events.sweeper import DueRecord

PERSON, ARTIST = "PERSON#", "ARTIST#"
RECORD, DELETED = "RECORD", "DELETED"
DUE = "DUE"


class ByArtist(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """What an artist was asked and did not put away."""

    Meta = index_meta("by-artist")
    artist_list = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class ByArtistFolder(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """One folder of an artist's."""

    Meta = index_meta("by-artist-folder")
    artist_folder = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class ByClient(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """What a client asked and did not put away."""

    Meta = index_meta("by-client")
    client_list = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class ByClientFolder(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """One folder of a client's."""

    Meta = index_meta("by-client-folder")
    client_folder = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class RecordItem(DueItem):
    """A record as JSON, with what conditions and indexes need of it beside."""

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
    """An event on its way."""

    Meta = table_meta("consultations")


def ping() -> None:
    """Raise unless the table answers."""
    RecordItem.count("ready")


def keep_newest(kept: RecordItem, version: int) -> None:
    """Keep a copy unless one of a higher version is kept."""
    kept.version = version
    try:
        kept.save(condition=RecordItem.pk.does_not_exist() | (RecordItem.version <= version))
    except PutError as error:
        if not is_condition_failure(error):
            raise


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


# ---- what is due -------------------------------------------------------------------------------


def find_due(now: datetime, limit: int) -> list[DueRecord]:
    """So much of what must be looked at by now, the longest due first."""
    return RecordItem.find_due(DUE, now, limit)


def postpone(due: DueRecord, until: datetime) -> None:
    """Let it be due later, behind what else is; what was changed meanwhile is left alone."""
    RecordItem.postpone(due, until)
