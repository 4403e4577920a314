"""Exports in the table."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from files.models import Export
from files.store.table import DUE, EXPORT, USER, OutboxItem, RecordItem
from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import transaction
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add


def find_export(user_id: str, export_id: str) -> Export | None:
    """Return an export of a user, read consistently."""
    return RecordItem.read(USER + user_id, EXPORT + export_id, Export)


def add_export(export: Export) -> None:
    """Store a new export, which is due at once; one that is known stays as it is."""
    item = _create_item(export)
    item.schedule(DUE, export.user_id, export.due_at)
    try:
        with transaction(RecordItem) as writes:
            writes.save(item, condition=RecordItem.pk.does_not_exist())
    except WriteConflict:
        return


def wait(export: Export, until: datetime) -> None:
    """Let an export be due again."""
    item = _create_item(msgspec.structs.replace(export, due_at=until))
    item.schedule(DUE, export.user_id, until)
    item.save()


def complete(export: Export, until: datetime, events: Iterable[DomainEvent]) -> None:
    """Store that an export is ready, until it expires, with its events."""
    item = _create_item(export)
    item.expires_at = int(until.timestamp())
    with transaction(RecordItem) as writes:
        writes.save(item)
        add(writes, OutboxItem, events)


def publish(export: Export, event: DomainEvent) -> None:
    """Publish an event of an export that is stored.

    Raises:
        WriteConflict: It was deleted in the meantime.
    """
    item = _create_item(export)
    with transaction(RecordItem) as writes:
        writes.condition_check(RecordItem, item.pk, item.sk, condition=RecordItem.pk.exists())
        add(writes, OutboxItem, [event])


def delete(export: Export) -> None:
    """Delete an export."""
    RecordItem(USER + export.user_id, EXPORT + export.export_id).delete()


def list_exports(user_id: str) -> list[Export]:
    """List the exports of a user."""
    items = RecordItem.query(USER + user_id, RecordItem.sk.startswith(EXPORT), consistent_read=True)
    return [item.decoded(Export) for item in items]


def _create_item(export: Export) -> RecordItem:
    return RecordItem.of(USER + export.user_id, EXPORT + export.export_id, export)
