"""Audit logs: entries are added, never changed. Their keys make two at once impossible."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from pynamodb.exceptions import PutError
from pynamodb.transactions import TransactWrite

from auth.rules import audit_log
from auth.rules.audit_log import End, Entry
from auth.store.table import AUDIT, ENTRY, FAILURES, AuditItem
from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import is_conflict


def find_audit_end(user_id: str) -> End:
    """Return the end of an account's log, and how often signing in has failed. One query."""
    # The counter sorts behind the entries.
    last_two = AuditItem.query(
        AUDIT + user_id, scan_index_forward=False, limit=2, consistent_read=True
    )
    failed_sign_ins = 0
    for item in last_two:
        if item.sk != FAILURES:
            return audit_log.end_with(read_audit_entry(item), failed_sign_ins)
        failed_sign_ins = int(item.failed_sign_ins)
    return End(failed_sign_ins=failed_sign_ins)


def build_audit_item(user_id: str, entry: Entry, at: datetime) -> AuditItem:
    """Return the item of an entry, not stored yet."""
    return AuditItem(
        AUDIT + user_id,
        _key_of(entry.number),
        statement=entry.statement,
        hash=entry.hash,
        expires_at=int((at + audit_log.KEPT_FOR).timestamp()),
    )


def add_audit_entries(writes: TransactWrite, items: Iterable[AuditItem]) -> None:
    """Add entries to the transaction of what they record.

    The transaction fails with a WriteConflict if another entry took the place of one meanwhile.
    """
    for item in items:
        writes.save(item, condition=AuditItem.pk.does_not_exist())


def save_audit_entry(item: AuditItem) -> None:
    """Store an entry on its own.

    Raises:
        WriteConflict: Another one took its place meanwhile.
    """
    try:
        item.save(condition=AuditItem.pk.does_not_exist())
    except PutError as error:
        if is_conflict(error):
            raise WriteConflict from error
        raise


def count_audit_failure(user_id: str, now: datetime, kept_for: timedelta) -> None:
    """Count a failed sign-in, exactly."""
    AuditItem(AUDIT + user_id, FAILURES).update(
        actions=[
            AuditItem.failed_sign_ins.add(1),
            AuditItem.failed_at.set(now),
            AuditItem.expires_at.set(int((now + kept_for).timestamp())),
        ]
    )


def list_audit_entries(user_id: str, before: int | None, limit: int) -> list[Entry]:
    """List entries, the newest first, before one of a number."""
    last = _key_of(before - 1) if before is not None else ENTRY + "~"
    items = AuditItem.query(
        AUDIT + user_id,
        AuditItem.sk.between(ENTRY, last),
        scan_index_forward=False,
        limit=limit,
        consistent_read=True,
    )
    return [read_audit_entry(item) for item in items]


def read_audit_entries(user_id: str) -> Iterator[Entry]:
    """Yield all entries in order."""
    items = AuditItem.query(
        AUDIT + user_id, AuditItem.sk.startswith(ENTRY), consistent_read=True, page_size=200
    )
    return (read_audit_entry(item) for item in items)


def expire_audit_log(user_id: str, at: datetime) -> None:
    """Let the whole log of a deleted account expire."""
    for item in AuditItem.query(AUDIT + user_id, consistent_read=True, page_size=200):
        if item.expires_at is None or item.expires_at > at.timestamp():
            item.update(actions=[AuditItem.expires_at.set(int(at.timestamp()))])


def read_audit_entry(item: AuditItem) -> Entry:
    """Return the entry in an item."""
    return Entry(int(item.sk.removeprefix(ENTRY)), item.statement or "", item.hash or "")


def _key_of(number: int) -> str:
    return f"{ENTRY}{number:012}"
