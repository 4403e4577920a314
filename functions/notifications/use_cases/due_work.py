"""The sweeper: puts on their queues what is due, be it deferred or left behind by a crash."""

from datetime import datetime

from notifications.store import deliveries as store
from notifications.use_cases import dispatch
from shared.platform.logs import logger

MOST = 1_000  # of one run; the rest is due a minute later still


def sweep(now: datetime) -> int:
    """Enqueue the deliveries that are due, oldest first; how many they were.

    A crash between the queue and our note of it only makes the next run send the message again.
    """
    due = store.due_deliveries(now, MOST)
    if due:
        dispatch.enqueue(due)
        store.mark_enqueued([delivery.id for delivery in due])
        logger.info("swept", deliveries=len(due))
    return len(due)
