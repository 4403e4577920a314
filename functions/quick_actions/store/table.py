"""Items of the table."""

from datetime import timedelta

from shared.data import record_items
from shared.data.dynamodb import table_meta
from shared.events import outbox

ARTIST, CLIENT, PERSON, CONVERSATION = "ARTIST#", "CLIENT#", "PERSON#", "CONVERSATION#"
AUDIT = "AUDIT#"
PROFILE, RECORD = "CARD", "RECORD"
MARK_KEPT_FOR = timedelta(days=90)  # longer than an event can be delayed


class RecordItem(record_items.RecordItem):
    """A record as JSON, and the version that conditions compare."""

    Meta = table_meta("quick-actions")


class OutboxItem(outbox.OutboxItem):
    """An event to be published."""

    Meta = table_meta("quick-actions")


def ping() -> None:
    """Raise unless the table answers."""
    RecordItem.count("ready")
