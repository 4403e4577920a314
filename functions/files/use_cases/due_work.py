"""The sweeper: does each minute what time alone brings about."""

from collections.abc import Callable
from datetime import datetime, timedelta

from files.models import Erasure, File, Removal
from files.store import bucket
from files.store import files as store
from files.use_cases import erasure, removal
from shared.events import queues, sweeper
from shared.events.s3_events import notification
from shared.events.sweeper import DueRecord

MOST = 500  # of one run; the rest is due a minute later still
NEEDED_SECONDS = 10  # for one thing that is due, so that the function is not stopped in it
INSPECTED_WITHIN = timedelta(minutes=30)


def sweep(now: datetime, seconds_left: Callable[[], float]) -> int:
    """Do what is due, the longest due first; how much was done.

    Stops when there is too little of the function's time left. Raises NotDone in the end where
    something failed.
    """
    due_now = store.due_records(now, MOST)
    return sweeper.sweep(
        due_now, _act, store.postpone, now, lambda: seconds_left() >= NEEDED_SECONDS
    )


def _act(due: DueRecord, now: datetime) -> None:
    match store.read_due(due):
        case File() as file:
            # Nobody told of it, its inspector died, or nothing arrived: the inspector finds out.
            order = notification(bucket.incoming_key(file.id))
            queues.send("files-incoming", [order])
            store.postpone(due, now + INSPECTED_WITHIN)
        case Removal() as order:
            removal.carry_out(order)
        case Erasure() as begun:
            erasure.erase(begun, now)
