"""What a deleted account means here: nothing of it goes on, and what was said is forgotten.

First comes a mark that every write for the user asks for, so that late events and a last token's
requests write nothing. Then each run erases what it finds, so one that died is finished by the
next. The last looks once more, as lists lag behind what was written just before.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import msgspec

from consultations.models import PARTIES, Consultation, Erasure, Folder, Side
from consultations.rules.transitions import Action, is_possible
from consultations.store import consultations as store
from consultations.store import copies, erasures, table
from consultations.use_cases import state_changes
from shared.data.conflicts import retry_on_conflict

# Events that were given up on are brought back within days, or never.
REMEMBERED_FOR = timedelta(days=90)
# By then a run is done, or died.
NEXT_RUN_AFTER = timedelta(minutes=10)
LAST_LOOK_AFTER = timedelta(hours=1)
BATCH = 50  # of one folder, in one run


def begin(user_id: str, deleted_at: datetime, now: datetime) -> None:
    """Erase what is kept of a user whose account was deleted at that instant."""
    table.mark_deleted(user_id, now + REMEMBERED_FOR)
    erase(Erasure(user_id, deleted_at, now), now)


def erase(erasure: Erasure, now: datetime) -> None:
    """Erase what is kept of the user, and see to it that what is left is looked at again."""
    user_id, last_look = erasure.user_id, erasure.deleted_at + LAST_LOOK_AFTER
    later = partial(msgspec.structs.replace, erasure)
    erasures.keep_erasure(later(due_at=now + NEXT_RUN_AFTER))
    copies.forget_person(user_id)
    copies.forget_artist(user_id)
    if _erase_some(user_id, now):
        erasures.keep_erasure(later(due_at=now))  # more than one run can do
    elif now < last_look:
        erasures.keep_erasure(later(due_at=last_look))
    else:
        store.forget_counts(user_id)
        erasures.end_erasure(user_id)


def _erase_some(user_id: str, now: datetime) -> bool:
    """Erase what the user takes part in, so much of each folder; whether there may be more."""
    more = False
    for side in PARTIES:
        for folder in Folder:
            found, position = store.list_of(side, user_id, folder, limit=BATCH)
            for consultation in found:
                retry_on_conflict(_leaving(consultation.id, side, now))()
            more = more or position is not None
    return more


def _leaving(consultation_id: str, side: Side, now: datetime) -> Callable[[], None]:
    def leave() -> None:
        consultation = store.find_consultation(consultation_id)
        if consultation is None or side in consultation.erased:
            return  # the list lagged behind
        if is_possible(consultation.status, Action.CANCEL, Side.SYSTEM) and not _goes_on(
            consultation
        ):
            reason = f"The account of the {side} was deleted."
            consultation = state_changes.change(
                consultation, Action.CANCEL, Side.SYSTEM, now, reason=reason
            )
        store.commit(consultation, _without(consultation, side, now))

    return leave


def _goes_on(consultation: Consultation) -> bool:
    """Whether its end is told by appointments: what is booked is cancelled there, if at all."""
    return bool(consultation.appointment_ids)


def _without(consultation: Consultation, side: Side, now: datetime) -> Consultation:
    """The consultation without what that side said in it."""
    spoken = consultation.closed_by is side
    return msgspec.structs.replace(
        consultation,
        wish=None if side is Side.CLIENT else consultation.wish,
        reason="" if spoken else consultation.reason,
        erased=(*consultation.erased, side),
        updated_at=now,
        version=consultation.version + 1,
    )
