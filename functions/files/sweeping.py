"""The sweeper: does each minute what time alone brings about."""

from collections.abc import Callable
from datetime import datetime, timedelta

from files import erasing, objects, removing, store
from files.records import Erasure, File, Removal
from shared import queues, sweeping
from shared.s3_events import notification
from shared.sweeping import Due

MOST = 500  # of one run; the rest is due a minute later still
NEEDED_SECONDS = 10  # for one thing that is due, so that the function is not stopped in it
INSPECTED_WITHIN = timedelta(minutes=30)


def sweep(now: datetime, seconds_left: Callable[[], float]) -> int:
    """Do what is due, the longest due first; how much was done.

    Stops when there is too little of the function's time left. Raises NotDone in the end where
    something failed.
    """
    due_now = store.due_records(now, MOST)
    return sweeping.sweep(
        due_now, _act, store.postpone, now, lambda: seconds_left() >= NEEDED_SECONDS
    )


def _act(due: Due, now: datetime) -> None:
    match store.read_due(due):
        case File() as file:
            # Nobody told of it, its inspector died, or nothing arrived: the inspector finds out.
            order = notification(objects.incoming_key(file.id))
            queues.send("files-incoming", [order])
            store.postpone(due, now + INSPECTED_WITHIN)
        case Removal() as removal:
            removing.carry_out(removal)
        case Erasure() as begun:
            erasing.erase(begun, now)
