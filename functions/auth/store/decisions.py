"""Decisions about reports that were carried out, each once."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pynamodb.transactions import TransactWrite

from auth.store import audit
from auth.store.table import DECISION, USER, AuditItem, DecisionItem, OutboxItem
from shared.data.dynamodb import find, transaction
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add


def is_carried_out(user_id: str, event_id: str) -> bool:
    """Return whether the decision of an event was carried out, read consistently."""
    return find(DecisionItem, USER + user_id, DECISION + event_id) is not None


def add_decision(writes: TransactWrite, user_id: str, event_id: str, until: datetime) -> None:
    """Add to a transaction that it carries out a decision, and let it fail if another one did."""
    item = DecisionItem(USER + user_id, DECISION + event_id, expires_at=int(until.timestamp()))
    writes.save(item, condition=DecisionItem.pk.does_not_exist())


def save_decision(
    user_id: str,
    event_id: str,
    until: datetime,
    *,
    entries: Sequence[AuditItem] = (),
    events: Iterable[DomainEvent] = (),
) -> None:
    """Store that a decision was carried out, with its audit entries and events.

    Args:
        user_id: Whose item it is.
        event_id: Id of the event.
        until: How long it is kept: longer than the event can be delivered again.
        entries: Audit entries.
        events: Events to publish.

    Raises:
        WriteConflict: It was carried out, or an audit log grew, in the meantime.
    """
    with transaction(DecisionItem) as writes:
        add_decision(writes, user_id, event_id, until)
        audit.add_audit_entries(writes, entries)
        add(writes, OutboxItem, events)
