"""Marks of open reports: who has reported what, so that nobody does it twice."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pynamodb.exceptions import DeleteError

from profiles.store import paging
from profiles.store.table import PERSON, OutboxItem, RecordItem
from shared.data.dynamodb import is_condition_failure, transaction
from shared.data.record_items import json_of
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


def delete_report(report_id: str, reporter_id: str, subject_id: str) -> None:
    """Delete the mark of a report that was decided. There may be none, or that of a later one."""
    mark = RecordItem(PERSON + reporter_id, REPORT + subject_id)
    try:
        mark.delete(condition=RecordItem.record == json_of(report_id))
    except DeleteError as error:
        if not is_condition_failure(error):
            raise


def delete_reports(reporter_id: str, limit: int) -> bool:
    """Delete up to `limit` marks of a deleted account; return whether none are left."""
    items, last = paging.list_items(RecordItem, PERSON + reporter_id, REPORT, None, limit)
    RecordItem.delete_all(items)
    return last is None
