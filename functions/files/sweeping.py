"""The sweeper: does each minute what time alone brings about."""

from collections.abc import Callable
from datetime import datetime, timedelta

from files import erasing, objects, removing, store
from files.records import Erasure, File, Removal
from files.store import Due
from shared import correlation, queues
from shared.contention import Conflict
from shared.logs import logger
from shared.s3_events import notification

MOST = 500  # of one run; the rest is due a minute later still
NEEDED_SECONDS = 10  # for one thing that is due, so that the function is not stopped in it
# What fails goes behind what else is due, so that it does not keep the rest waiting.
AGAIN_AFTER = timedelta(minutes=5)
INSPECTED_WITHIN = timedelta(minutes=30)


class NotDone(Exception):
    """Some of what is due failed: it is tried again later, and somebody has to look."""


def sweep(now: datetime, seconds_left: Callable[[], float]) -> int:
    """Do what is due, the longest due first; how much was done.

    Stops when there is too little of the function's time left. Raises NotDone in the end where
    something failed.
    """
    done = failed = 0
    for due in store.due_records(now, MOST):
        if seconds_left() < NEEDED_SECONDS:
            logger.warning("sweep cut short", done=done)
            break
        with correlation.bound(None):
            try:
                _act(due, now)
            except Conflict:
                continue  # somebody else was at it: what is left to do then, is due in a minute
            except Exception:
                failed += 1
                logger.exception("due record failed", record=due.pk, part=due.sk)
                store.postpone(due, now + AGAIN_AFTER)
            else:
                done += 1
    if failed:
        raise NotDone(f"{failed} failed, {done} were done")
    return done


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
