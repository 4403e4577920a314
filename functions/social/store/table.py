"""Items of the table, its index and its keys."""

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from shared.data.dynamodb import Item, table_meta
from shared.data.record_items import DueItem
from shared.events import outbox

# Partition keys.
USER, SUBJECT, LOGIN = "USER#", "SUBJECT#", "LOGIN#"
REVOCATION, STATE, ENDED, DELETION = "REVOCATION#", "STATE#", "ENDED#", "DELETION#"
CHANNEL, PERSON = "CHANNEL#", "PERSON#"
CHAT, FILE = "CHAT#", "FILE#"
# Sort keys.
ACCOUNT, OWNER, TOKENS = "ACCOUNT#", "OWNER", "TOKENS#"
CALENDAR, ENTRIES = "CALENDAR#", "ENTRIES#"
BOOKING, WRITING, PROFILE = "BOOKING#", "WRITING", "PROFILE"
GUEST, RECEIVED, ATTACHMENTS = "GUEST#", "RECEIVED#", "ATTACHMENTS#"
OUTGOING, WAITING, SENT_PART, SENDER = "OUTGOING#", "WAITING#", "SENT#", "SENDER"
USE = "USE"
# Partitions of the index of due records.
REFRESH, REVOKE, READ, WRITE, PUBLISH = "REFRESH", "REVOKE", "READ", "WRITE", "PUBLISH"
MEDIA = "MEDIA"


class RecordItem(DueItem):
    """A record as JSON, the version that conditions compare, and when work on it is due."""

    Meta = table_meta("social")


class TokenItem(DueItem):
    """Sealed tokens. Its record is a TokenState.

    Attributes:
        sealed_tokens: The tokens as JSON, under the data key: nonce, ciphertext and tag.
        sealed_key: The data key, under the key of KMS.
        lease_until: Until when somebody is refreshing them, as `sortable` text.
    """

    Meta = table_meta("social")
    sealed_tokens = BinaryAttribute(legacy_encoding=False)
    sealed_key = BinaryAttribute(legacy_encoding=False)
    lease_until = UnicodeAttribute(null=True)


class LinkItem(Item):
    """The artist and the account that an id at a provider belongs to."""

    Meta = table_meta("social")
    artist_id = UnicodeAttribute()
    account_id = UnicodeAttribute()


class EntriesItem(Item):
    """A part of what a calendar has.

    Attributes:
        part: Entries, packed: see `social.rules.calendar_reading`.
        version: Version of the calendar with which they were written.
    """

    Meta = table_meta("social")
    part = BinaryAttribute(legacy_encoding=False)
    version = NumberAttribute()


class ChannelItem(RecordItem):
    """A channel of notifications. Its record is a ChannelOwner.

    Attributes:
        number: Number of the latest notification; 0 before the first.
    """

    Meta = table_meta("social")
    number = NumberAttribute()


class OutboxItem(outbox.OutboxItem):
    """An event that waits to be published."""

    Meta = table_meta("social")


def ping() -> None:
    """Raise unless the table answers."""
    RecordItem.count("ready")
