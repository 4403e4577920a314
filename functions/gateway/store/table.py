"""DynamoDB table of the gateway: its items and keys.

pk                     sk                item
SWITCHES               MODES             RecordItem: the modes of all features
PIN#<hash>             PIN               RecordItem: who carries out a write; a minute, or a day
WRITES#<feature>       <time>#<key>      RecordItem: a write of ours that the monolith lacks
RECORD#<feature>       OURS#<id>         IdItem: id in the monolith of a record of ours
RECORD#<feature>       MONOLITH#<id>     IdItem: id of ours of the same record
DIFFERENCES#<feature>  <route>#<field>   CountItem: how often a field differed; kept for 30 days
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from shared.data import record_items
from shared.data.dynamodb import Item, table_meta

SWITCHES, MODES = "SWITCHES", "MODES"
PIN = "PIN"
WRITES, RECORD, DIFFERENCES = "WRITES#", "RECORD#", "DIFFERENCES#"
OURS, MONOLITH = "OURS#", "MONOLITH#"


class RecordItem(record_items.RecordItem):
    """A record as JSON."""

    Meta = table_meta("gateway")


class IdItem(Item):
    """The id of a record on the other side, empty while the other side is asked to make it.

    Attributes:
        other_id: The id.
        owner: The side that has the record as it is: `monolith` since it was brought back; None
            where the switch decides.
        user_id: The user who wrote it.
        role: Role of that user.
        digest: SHA-256 of the record as it was brought back.
        read: SHA-256 of the monolith's record that ours takes over.
    """

    Meta = table_meta("gateway")
    other_id = UnicodeAttribute()
    owner = UnicodeAttribute(null=True)
    user_id = UnicodeAttribute(default="")
    role = UnicodeAttribute(default="")
    digest = UnicodeAttribute(default="")
    read = UnicodeAttribute(default="")


class CountItem(Item):
    """How often a field differed, and the latest case."""

    Meta = table_meta("gateway")
    counted = NumberAttribute(default=0)
    example = UnicodeAttribute(default="")
