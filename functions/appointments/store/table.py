"""Items of the table, its indexes and its keys."""

from collections.abc import Mapping
from typing import Any, Self

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex

from appointments.models import Appointment, NextFree, Proposal, WaitlistEntry
from shared.data.dynamodb import index_meta, table_meta
from shared.data.record_items import DueItem
from shared.events import outbox

# Partition keys.
CALENDAR, PERSON, FEED_TOKEN, ERASURE = "CALENDAR#", "PERSON#", "FEED#", "ERASURE#"
FILE, ONCE, CONSULTATION = "FILE#", "ONCE#", "CONSULTATION#"
AGREED = "AGREED#"
PREFIXES: dict[type[Any], str] = {
    Appointment: "APPOINTMENT#",
    Proposal: "PROPOSAL#",
    WaitlistEntry: "WAIT#",
    NextFree: "FREE#",
}
# Sort keys.
DAY, EXTERNAL, HOURS, POLICY, SERVICE = "DAY#", "EXTERNAL#", "HOURS", "POLICY#", "SERVICE#"
SCHEDULE, TALLY, VOUCHER = "HOURS#", "TALLY#", "VOUCHER#"
CONNECTED = "SOCIAL#"
RECORD = "RECORD"
BANK, FEED, WAITLISTS = "BANK", "FEED", "PLACES"
PROFILE, RELATION = "PROFILE", "ARTIST#"
# Partitions of the index of due records.
DUE, REFRESH = "DUE", "REFRESH"


class ByArtist(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """The records of an artist."""

    Meta = index_meta("by-artist")
    artist_id = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class ByClient(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """The records of a client."""

    Meta = index_meta("by-client")
    client_id = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class RecordItem(DueItem):
    """A record as JSON, beside the attributes that conditions and indexes need."""

    Meta = table_meta("appointments")
    status = UnicodeAttribute(null=True)
    artist_id = UnicodeAttribute(null=True)
    client_id = UnicodeAttribute(null=True)
    listed_as = UnicodeAttribute(null=True)
    by_artist = ByArtist()
    by_client = ByClient()


class OpenItem(RecordItem):
    """An item with attributes that have no fixed names.

    Attributes:
        attributes: All of them, as DynamoDB describes them.
    """

    Meta = table_meta("appointments")
    attributes: Mapping[str, Any]

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """Return an item from what DynamoDB answers."""
        item = super().from_raw_data(data)
        item.attributes = data
        return item


class OutboxItem(outbox.OutboxItem):
    """An event to be published."""

    Meta = table_meta("appointments")


def ping() -> None:
    """Raise unless the table answers."""
    RecordItem.count("ready")
