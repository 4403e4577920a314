"""Requests for exports: one item per account, so that one a day can be made, and downloads."""

from collections.abc import Iterable
from datetime import datetime

from auth.store import audit
from auth.store.table import EXPORT, USER, AuditItem, ExportItem, OutboxItem
from shared.data.dynamodb import find, transaction
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add


def find_export(user_id: str) -> ExportItem | None:
    """Return the last request of a user, read consistently."""
    return find(ExportItem, USER + user_id, EXPORT)


def is_download_recorded(user_id: str, event_id: str) -> bool:
    """Return whether the download of an event is in the audit log."""
    return find(ExportItem, USER + user_id, _download_key(event_id)) is not None


def record_download(
    user_id: str, export_id: str, event_id: str, entry: AuditItem, until: datetime
) -> None:
    """Store the audit entry of a download, and that its event was consumed.

    Raises:
        WriteConflict: The event was consumed, or the audit log grew, in the meantime.
    """
    consumed = ExportItem(
        USER + user_id,
        _download_key(event_id),
        export_id=export_id,
        expires_at=int(until.timestamp()),
    )
    with transaction(ExportItem) as writes:
        writes.save(consumed, condition=ExportItem.pk.does_not_exist())
        audit.add_audit_entries(writes, [entry])


def build_export(user_id: str, export_id: str, again_at: datetime) -> ExportItem:
    """Return the item of a request, not stored yet; another one can be made from `again_at` on."""
    return ExportItem(
        USER + user_id, EXPORT, export_id=export_id, expires_at=int(again_at.timestamp())
    )


def add_export(
    item: ExportItem,
    earlier: ExportItem | None,
    events: Iterable[DomainEvent],
    entry: AuditItem,
) -> None:
    """Store a request, in place of the earlier one, with its events and its audit entry.

    Raises:
        WriteConflict: Another request was made, or the audit log grew, in the meantime.
    """
    unchanged = (
        ExportItem.pk.does_not_exist()
        if earlier is None
        else ExportItem.export_id == earlier.export_id
    )
    with transaction(ExportItem) as writes:
        writes.save(item, condition=unchanged)
        audit.add_audit_entries(writes, [entry])
        add(writes, OutboxItem, events)


def _download_key(event_id: str) -> str:
    return f"{EXPORT}#{event_id}"
