"""Due deliveries: scheduled ones, and open ones that nobody continues with.

Nobody does when a message did not reach its queue or was lost there, and when a worker died. Every
open delivery is due at some instant, so nothing that was accepted waits for longer than the lease
of a worker and the minute between two runs.
"""

from collections.abc import Callable
from datetime import datetime

from notifications.store import deliveries as store
from notifications.use_cases import dispatch
from notifications.use_cases.delivery import LEASE
from shared.events import sweeper

MAX_PER_LOOK = 1_000
MAX_LOOKS = 10


def enqueue(now: datetime, has_time: Callable[[], bool] = lambda: True) -> int:
    """Enqueue the deliveries that are due, codes first, and return their number.

    After a crash between the queue and the note of it, the next run enqueues them again. While the
    workers lag, most of what is due waits on the queues already, so no more than one look is taken.
    """
    enqueued = 0
    waited_since = now
    is_lagging = False
    for look in range(MAX_LOOKS):
        if not has_time():
            break
        due = store.list_due(now, MAX_PER_LOOK)
        is_full = len(due) == MAX_PER_LOOK
        if is_full and look == 0:
            is_lagging = dispatch.is_lagging(MAX_PER_LOOK)
        if due:
            dispatch.enqueue(due)
            # Whatever happens on the queue, it is over by then: see ADR 53.
            store.mark_enqueued([delivery.id for delivery in due], now, now + LEASE)
            enqueued += len(due)
            waited_since = min(waited_since, *(delivery.due_at or now for delivery in due))
        if not is_full or is_lagging:
            break
    sweeper.report(enqueued, 0, waited_since, now)
    return enqueued
