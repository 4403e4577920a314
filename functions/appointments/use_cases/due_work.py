"""The sweeper: does each minute what time alone brings about."""

from collections.abc import Callable
from datetime import datetime

from appointments import store
from appointments.models import Appointment, Erasure, ExternalCalendar, Proposal, Wait
from appointments.use_cases import erasure, external_calendars, lifecycle, proposals, waitlist
from shared.events import sweeper
from shared.events.sweeper import DueRecord

MOST = 500  # of one run; the rest is due a minute later still
NEEDED_SECONDS = 15  # for one thing that is due, so that the function is not stopped in it


def sweep(now: datetime, seconds_left: Callable[[], float]) -> int:
    """Do what is due, the longest due first and external calendars last; how much was done.

    Stops when there is too little of the function's time left. Raises NotDone in the end where
    something failed.
    """
    due_now = (*store.due_records(now, MOST), *store.due_calendars(now, MOST))
    return sweeper.sweep(
        due_now, _act, store.postpone, now, lambda: seconds_left() >= NEEDED_SECONDS
    )


def _act(due: DueRecord, now: datetime) -> None:
    match store.read_due(due):
        case Appointment() as appointment:
            lifecycle.expire(appointment, now)
        case Proposal() as proposal:
            proposals.expire(proposal, now)
        case Wait() as wait:
            waitlist.look_after(wait, now)
        case Erasure() as begun:
            erasure.erase(begun, now)
        case ExternalCalendar() as calendar:
            external_calendars.refresh(calendar, now)
