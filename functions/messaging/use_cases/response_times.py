"""Response times: how soon artists answer, counted as they do, published when the class changes.

An answer is counted when the message is delivered. Where a worker dies just then, it is missing: it
is one of many, and nothing is counted twice.
"""

from datetime import UTC, datetime, time, timedelta

import msgspec

from messaging.events import ResponseTimeChanged
from messaging.models import ResponseTimes
from messaging.rules import response_times as rules
from messaging.store import response_times as store
from shared.data import tombstones
from shared.events import outbox, sweeper
from shared.events.domain_events import new_event

REFRESH_AFTER = timedelta(days=1)
MAX_DUE = 50  # of one sweep; the rest is due in the next minute
MAX_UNANSWERED = 1_000


def record(artist_id: str, waiting_since: datetime, answered_at: datetime, now: datetime) -> None:
    """Count that an artist answered somebody who had waited."""
    class_ = rules.classify(answered_at - waiting_since)
    day = answered_at.astimezone(UTC).date().isoformat()
    _publish_if_changed(store.count(artist_id, day, class_, now + REFRESH_AFTER), now)


def refresh_due(now: datetime) -> int:
    """Look again at the counts that are due, and return their number.

    Raises:
        SweepIncomplete: That failed for some of them, which stay due.
    """
    return sweeper.do_each(store.list_due(now, MAX_DUE), lambda artist_id: _refresh(artist_id, now))


def _refresh(artist_id: str, now: datetime) -> None:
    counts = store.find(artist_id)
    if counts is None:
        return
    if tombstones.is_deleted(artist_id):
        store.erase(artist_id)
        return
    _publish_if_changed(counts, now)
    past = rules.list_past(counts.days, now.astimezone(UTC).date())
    store.postpone(artist_id, past, now + REFRESH_AFTER)


def _publish_if_changed(counts: ResponseTimes, now: datetime) -> None:
    today = now.astimezone(UTC).date()
    since = datetime.combine(rules.get_first_day(today), time(), UTC)
    unanswered = store.count_unanswered(counts.id, since, now - rules.PATIENCE, MAX_UNANSWERED)
    standing = rules.compute(counts.days, unanswered, today)
    current: ResponseTimes | None = counts
    if standing != rules.Standing(counts.typical_minutes, counts.answered_share):
        current = store.set_standing(counts, standing)
    # Somebody else publishes what they have stored meanwhile.
    if current is not None and current.unpublished:
        data = ResponseTimeChanged(
            current.id, current.typical_minutes, current.answered_share, current.version
        )
        event = new_event("messaging", current.id, data, now)
        key = f"evt_{current.id}.response_time.{current.version}"
        outbox.publish([msgspec.structs.replace(event, id=key)])
        store.mark_published(current)
