"""Due deliveries: scheduled ones, and those that a crash left without a queue."""

from datetime import datetime

from notifications.store import deliveries as store
from notifications.use_cases import dispatch
from shared.events import sweeper

MAX_PER_RUN = 1_000  # the rest is still due a minute later


def enqueue(now: datetime) -> int:
    """Enqueue the deliveries that are due, oldest first, and return their number.

    After a crash between the queue and the note of it, the next run enqueues them again.
    """
    due = store.list_due(now, MAX_PER_RUN)
    if due:
        dispatch.enqueue(due)
        store.mark_enqueued([delivery.id for delivery in due])
        sweeper.report(len(due), 0, due[0].due_at, now)
    return len(due)
