"""Items of the table, and deleted accounts."""

from datetime import datetime, timedelta

from pynamodb.transactions import TransactWrite

from shared.data import record_items
from shared.data.dynamodb import exists, table_meta
from shared.events import outbox

ARTIST, CLIENT, PERSON, CONVERSATION = "ARTIST#", "CLIENT#", "PERSON#", "CONVERSATION#"
AUDIT = "AUDIT#"
PROFILE, DELETED, RECORD = "CARD", "DELETED", "RECORD"
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


# ---- deleted accounts --------------------------------------------------------------------------


def mark_deleted(user_id: str, now: datetime) -> None:
    """Mark an account as deleted, so that nothing of it is saved any more."""
    mark = RecordItem.of(PERSON + user_id, DELETED, None)
    mark.expires_at = int((now + MARK_KEPT_FOR).timestamp())
    mark.save()


def require_active_accounts(writes: TransactWrite, *user_ids: str) -> None:
    """Make the transaction fail with WriteConflict if one of these accounts was deleted."""
    for user_id in user_ids:
        writes.condition_check(
            RecordItem, PERSON + user_id, DELETED, condition=RecordItem.pk.does_not_exist()
        )


def is_deleted(user_id: str) -> bool:
    """Return whether the account was deleted."""
    return exists(RecordItem, PERSON + user_id, DELETED)


def is_any_deleted(*user_ids: str) -> bool:
    """Return whether one of these accounts was deleted."""
    keys = [(PERSON + user_id, DELETED) for user_id in user_ids]
    return bool(list(RecordItem.batch_get(keys, consistent_read=True)))
