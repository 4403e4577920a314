"""The sweeper: does each minute what time alone brings about."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from appointments import changes, erasure, proposals, store, waitlist
from appointments.records import Appointment, Erasure, ExternalCalendar, Proposal, Wait
from appointments.store import Conflict, Due
from shared import correlation
from shared.logs import logger

MOST = 500  # of one run; the rest is due a minute later still
NEEDED_SECONDS = 15  # for one thing that is due, so that the function is not stopped in it
# What fails goes behind what else is due, so that it does not keep the rest waiting.
AGAIN_AFTER = timedelta(minutes=5)


def sweep(now: datetime, seconds_left: Callable[[], float]) -> int:
    """Do what is due, the longest due first and external calendars last; how much was done.

    Stops when there is too little of the function's time left.
    """
    done = _sweep(store.due_records(now, MOST), now, seconds_left)
    return done + _sweep(store.due_calendars(now, MOST), now, seconds_left)


def _sweep(found: Iterable[Due], now: datetime, seconds_left: Callable[[], float]) -> int:
    done = 0
    for due in found:
        if seconds_left() < NEEDED_SECONDS:
            logger.warning("sweep cut short")
            break
        done += _attend(due, now)
    return done


def _attend(due: Due, now: datetime) -> bool:
    """Do one thing that is due; whether it went well. What fails is put off and stops no other."""
    with correlation.bound(None):
        try:
            _act(due, now)
        except Conflict:
            return False  # somebody else was at it: what is left to do then is due a minute later
        except Exception:
            logger.exception("due record failed", record=due.pk, part=due.sk)
            store.postpone(due, now + AGAIN_AFTER)
            return False
        return True


def _act(due: Due, now: datetime) -> None:
    match store.read_due(due):
        case Appointment() as appointment:
            changes.expire(appointment, now)
        case Proposal() as proposal:
            proposals.expire(proposal, now)
        case Wait() as wait:
            waitlist.look_after(wait, now)
        case Erasure() as begun:
            erasure.erase(begun, now)
        case ExternalCalendar() as calendar:
            # What reads them is heavy, and no other function's work.
            from appointments import external  # noqa: PLC0415

            external.refresh(calendar, now)
