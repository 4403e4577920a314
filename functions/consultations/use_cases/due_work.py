"""The sweeper: does each minute what time alone brings about."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from consultations.models import Consultation, Erasure, Side
from consultations.rules import deadlines
from consultations.rules.transitions import Action, is_possible
from consultations.store import consultations as store
from consultations.store import table
from consultations.store.erasures import ERASURE
from consultations.use_cases import erasure, state_changes
from shared.events import sweeper
from shared.events.sweeper import DueRecord

MOST = 500  # of one run; the rest is due a minute later still
NEEDED_SECONDS = 15  # for one thing that is due, so that the function is not stopped in it


def sweep(now: datetime, seconds_left: Callable[[], float]) -> int:
    """Do what is due, the longest due first; how much was done.

    Stops when there is too little of the function's time left. Raises NotDone in the end where
    something failed.
    """
    due_now = table.find_due(now, MOST)
    return sweeper.sweep(
        due_now, _act, table.postpone, now, lambda: seconds_left() >= NEEDED_SECONDS
    )


def _act(due: DueRecord, now: datetime) -> None:
    if due.pk.startswith(ERASURE):
        erasure.erase(msgspec.json.decode(due.record, type=Erasure), now)
        return
    known = msgspec.json.decode(due.record, type=Consultation)
    consultation = store.find_consultation(known.id)  # the index lags behind
    if consultation is not None:
        _pass_time(consultation, now)


def _pass_time(consultation: Consultation, now: datetime) -> None:
    """Remind the artist once; end it unanswered."""
    if not is_possible(consultation.status, Action.EXPIRE, Side.SYSTEM):
        return
    if now >= consultation.created_at + deadlines.EXPIRES_AFTER:
        state_changes.change(consultation, Action.EXPIRE, Side.SYSTEM, now)
    elif consultation.nudged_at is None and now >= consultation.created_at + deadlines.NUDGED_AFTER:
        state_changes.change(consultation, Action.NUDGE, Side.SYSTEM, now, nudged_at=now)
