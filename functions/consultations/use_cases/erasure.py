"""Erasure of a deleted account: its open consultations are cancelled, its texts are deleted.

Every write for the user asks for the tombstone of the account, so late events and requests with a
token that is still valid write nothing. Each run then erases what it finds, and
the next run finishes one that failed. The last run comes an hour later, because lists are
eventually consistent.
"""

from datetime import datetime, timedelta
from functools import partial

import msgspec

from consultations.models import (
    PARTIES,
    Consultation,
    ConsultationFolder,
    ConsultationSide,
    Erasure,
)
from consultations.rules.transitions import ConsultationAction, is_possible
from consultations.store import consultations as store
from consultations.store import copies, erasures
from consultations.store.table import OutboxItem
from consultations.use_cases import lifecycle
from shared.data import tombstones
from shared.data.conflicts import retry_on_conflict
from shared.events import outbox

NEXT_RUN_AFTER = timedelta(minutes=10)  # a run that is not complete by then has failed
LAST_RUN_AFTER = timedelta(hours=1)
BATCH = 50  # of each folder, in one run


def begin(user_id: str, deleted_at: datetime, now: datetime) -> None:
    """Begin to erase the data of a user whose account was deleted at that time."""
    tombstones.mark_deleted(user_id, deleted_at)
    outbox.erase_kept(OutboxItem, user_id)
    run(Erasure(user_id, deleted_at, now), now)


def run(erasure: Erasure, now: datetime) -> None:
    """Erase a batch of the user's data, and schedule the next run unless this was the last one."""
    user_id, last_run = erasure.user_id, erasure.deleted_at + LAST_RUN_AFTER
    reschedule = partial(msgspec.structs.replace, erasure)
    erasures.save_erasure(reschedule(due_at=now + NEXT_RUN_AFTER))
    copies.delete_person(user_id)
    copies.delete_artist(user_id)
    if _erase_batch(user_id, now):
        erasures.save_erasure(reschedule(due_at=now))
    elif now < last_run:
        erasures.save_erasure(reschedule(due_at=last_run))
    else:
        store.delete_counts(user_id)
        erasures.delete_erasure(user_id)


def _erase_batch(user_id: str, now: datetime) -> bool:
    """Erase the user from a batch of consultations in each folder.

    Returns:
        Whether there may be more.
    """
    has_more = False
    for side in PARTIES:
        for folder in ConsultationFolder:
            batch, position = store.list_consultations(side, user_id, folder, limit=BATCH)
            for consultation in batch:
                _erase_side(consultation.id, side, now)
            has_more = has_more or position is not None
    return has_more


@retry_on_conflict
def _erase_side(consultation_id: str, side: ConsultationSide, now: datetime) -> None:
    """Erase one party from a consultation, and cancel it while it is open."""
    consultation = store.find_consultation(consultation_id)
    if consultation is None or side in consultation.erased:
        return  # the list is eventually consistent
    can_cancel = is_possible(
        consultation.status, ConsultationAction.CANCEL, ConsultationSide.SYSTEM
    )
    # Once appointments are booked, their outcomes decide how the consultation ends.
    if can_cancel and not consultation.appointment_ids:
        consultation = lifecycle.apply(
            consultation,
            ConsultationAction.CANCEL,
            ConsultationSide.SYSTEM,
            now,
            reason=f"The account of the {side} was deleted.",
        )
    store.commit(consultation, _without_side(consultation, side, now))


def _without_side(
    consultation: Consultation, side: ConsultationSide, now: datetime
) -> Consultation:
    """Return the consultation without anything that this side wrote."""
    has_given_reason = consultation.closed_by is side
    return msgspec.structs.replace(
        consultation,
        request=None if side is ConsultationSide.CLIENT else consultation.request,
        pictures=() if side is ConsultationSide.ARTIST else consultation.pictures,
        reason="" if has_given_reason else consultation.reason,
        erased=(*consultation.erased, side),
        updated_at=now,
        version=consultation.version + 1,
    )
