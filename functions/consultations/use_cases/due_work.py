"""Work that becomes due as time passes: reminders, expiry, and erasures that are not complete."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from consultations.models import Consultation, ConsultationSide, Erasure
from consultations.rules import deadlines
from consultations.rules.transitions import ConsultationAction, is_possible
from consultations.store import consultations as store
from consultations.store import pairs, table
from consultations.store.erasures import ERASURE
from consultations.use_cases import erasure, lifecycle
from shared.events import sweeper
from shared.events.sweeper import DueRecord

MAX_RECORDS = 500  # of a shard in one run; the next run, a minute later, takes the rest
BLOCKED_AGAIN_AFTER = timedelta(days=1)  # a reminder is due once the block is gone
NEEDED_SECONDS = 15  # for one record, so that the function is not stopped while it works on it


def sweep(now: datetime, seconds_left: Callable[[], float]) -> int:
    """Process due records, the longest due first, while the function has time left.

    Returns:
        The number of records that were worked on.

    Raises:
        SweepIncomplete: Some of them failed.
    """
    due_now = table.find_due(now, MAX_RECORDS)
    return sweeper.sweep(
        due_now, _act, table.postpone, now, lambda: seconds_left() >= NEEDED_SECONDS
    )


def _act(due: DueRecord, now: datetime) -> None:
    if due.pk.startswith(ERASURE):
        erasure.run(msgspec.json.decode(due.record, type=Erasure), now)
        return
    indexed = msgspec.json.decode(due.record, type=Consultation)
    consultation = store.find_consultation(indexed.id)  # the index is eventually consistent
    if consultation is not None:
        _meet_deadlines(consultation, due, now)


def _meet_deadlines(consultation: Consultation, due: DueRecord, now: datetime) -> None:
    """Expire the consultation, or remind the artist once; not while one blocks the other."""
    action, side = ConsultationAction.EXPIRE, ConsultationSide.SYSTEM
    if not is_possible(consultation.status, action, side):
        return
    expires_at = consultation.created_at + deadlines.EXPIRES_AFTER
    if now >= expires_at:
        lifecycle.apply(consultation, action, side, now)
    elif pairs.get_pair(consultation.artist_id, consultation.client_id).blocked:
        table.postpone(due, min(now + BLOCKED_AGAIN_AFTER, expires_at))
    elif consultation.nudged_at is None and now >= consultation.created_at + deadlines.NUDGED_AFTER:
        lifecycle.apply(consultation, ConsultationAction.NUDGE, side, now, nudged_at=now)
