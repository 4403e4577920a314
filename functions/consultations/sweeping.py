"""The sweeper: does each minute what time alone brings about."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from consultations import changing, erasure, schedule
from consultations.records import Consultation, Erasure, Side
from consultations.store import consultations as store
from consultations.store import items
from consultations.store.erasures import ERASURE
from consultations.store.items import Due
from consultations.transitions import Action, is_possible
from shared import correlation
from shared.contention import Conflict
from shared.logs import logger

MOST = 500  # of one run; the rest is due a minute later still
NEEDED_SECONDS = 15  # for one thing that is due, so that the function is not stopped in it
# What fails goes behind what else is due, so that it does not keep the rest waiting.
AGAIN_AFTER = timedelta(minutes=5)


class NotDone(Exception):
    """Some of what is due failed: it is tried again later, and somebody has to look."""


def sweep(now: datetime, seconds_left: Callable[[], float]) -> int:
    """Do what is due, the longest due first; how much was done.

    Stops when there is too little of the function's time left. Raises NotDone in the end where
    something failed.
    """
    done = failed = 0
    for due in items.find_due(now, MOST):
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
                items.postpone(due, now + AGAIN_AFTER)
            else:
                done += 1
    if failed:
        raise NotDone(f"{failed} failed, {done} were done")
    return done


def _act(due: Due, now: datetime) -> None:
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
    if now >= consultation.created_at + schedule.EXPIRES_AFTER:
        changing.change(consultation, Action.EXPIRE, Side.SYSTEM, now)
    elif consultation.nudged_at is None and now >= consultation.created_at + schedule.NUDGED_AFTER:
        changing.change(consultation, Action.NUDGE, Side.SYSTEM, now, nudged_at=now)
