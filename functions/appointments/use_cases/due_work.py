"""Due work: records whose time has come, which the sweeper processes every minute."""

from collections.abc import Callable
from datetime import datetime

from appointments import store
from appointments.models import (
    Appointment,
    Erasure,
    ExternalCalendar,
    NextFree,
    Proposal,
    WaitlistEntry,
)
from appointments.use_cases import (
    deposit_deadlines,
    erasure,
    external_calendars,
    next_free,
    proposals,
    waitlist,
)
from shared.events import sweeper
from shared.events.sweeper import DueRecord

MAX_RECORDS = 500  # per run and shard; the others are still due a minute later
NEEDED_SECONDS = 15  # for one record, so that the function is not stopped in the middle of it


def sweep(now: datetime, seconds_left: Callable[[], float]) -> int:
    """Process due records, longest due first and external calendars last.

    Args:
        now: The present time.
        seconds_left: Returns the time left to the function; the run ends when it is too little.

    Returns:
        The number of records that were processed.

    Raises:
        SweepIncomplete: Some records failed. The others were processed.
    """
    due_now = (
        *store.list_due_records(now, MAX_RECORDS),
        *external_calendars.list_due(now, MAX_RECORDS),
    )
    return sweeper.sweep(
        due_now, _process, store.postpone, now, lambda: seconds_left() >= NEEDED_SECONDS
    )


def _process(due: DueRecord, now: datetime) -> None:
    match store.decode_due(due):
        case Appointment() as appointment:
            deposit_deadlines.process_due(appointment, now)
        case Proposal() as proposal:
            proposals.expire(proposal, now)
        case WaitlistEntry() as entry:
            waitlist.process_due(entry, now)
        case NextFree() as known:
            next_free.refresh(known.artist_id, now)
        case Erasure() as unfinished:
            erasure.run(unfinished, now)
        case ExternalCalendar() as calendar:
            external_calendars.enqueue_refresh(calendar, now)
