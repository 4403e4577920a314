"""Marks of open reports: who has reported what, so that nobody does it twice."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from profiles.store import paging
from profiles.store.table import PERSON, OutboxItem, RecordItem
from shared.data.dynamodb import transaction
from shared.data.tombstone_items import require_accounts
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

REPORT = "REPORT#"
# Should the decision never arrive, the same can be reported again after that.
KEPT_FOR = timedelta(days=180)


def find_report_id(reporter_id: str, subject_id: str) -> str | None:
    """Return the id of a user's open report of something, read consistently."""
    return RecordItem.read(PERSON + reporter_id, REPORT + subject_id, str)


def create_report(
    report_id: str, reporter_id: str, subject_id: str, events: Iterable[DomainEvent], now: datetime
) -> None:
    """Store that a user has reported something, with the event that reports it.

    Raises:
        WriteConflict: They have reported it already, or their account was deleted.
    """
    mark = RecordItem.of(PERSON + reporter_id, REPORT + subject_id, report_id)
    mark.expires_at = int((now + KEPT_FOR).timestamp())
    with transaction(RecordItem) as writes:
        require_accounts(writes, reporter_id)
        writes.save(mark, condition=RecordItem.pk.does_not_exist())
        add(writes, OutboxItem, events)


def delete_report(reporter_id: str, subject_id: str) -> None:
    """Delete the mark of a report that was decided; there may be none."""
    RecordItem(PERSON + reporter_id, REPORT + subject_id).delete()


def delete_reports(reporter_id: str, limit: int) -> bool:
    """Delete up to `limit` marks of a deleted account; return whether none are left."""
    items, last = paging.list_items(RecordItem, PERSON + reporter_id, REPORT, None, limit)
    RecordItem.delete_all(items)
    return last is None
