"""How a consultation changes: by the table of transitions, with its fact, in one transaction."""

from datetime import datetime
from typing import Any

import msgspec

from consultations import events
from consultations.models import Consultation, Side, Status
from consultations.rules.transitions import Action, after, is_possible
from consultations.store import consultations as store
from shared.data.conflicts import retry_on_conflict
from shared.events import domain_events
from shared.events.domain_events import DomainEvent

ENDING = frozenset({Action.DECLINE, Action.CANCEL, Action.EXPIRE})


def change(
    consultation: Consultation, action: Action, side: Side, now: datetime, **fields: Any
) -> Consultation:
    """Do this to the consultation as it was read, and tell of it.

    A proposal to somebody who was answered before is no news: appointments told of it.

    Raises the Problems of `transitions.after`, and Conflict when somebody changed it meanwhile.
    """
    status = after(consultation.status, action, side)
    if action in ENDING:
        fields = {"closed_by": side, **fields}
    is_answer = status is Status.RESPONDED and consultation.status is Status.PENDING
    if is_answer:
        fields = {"responded_at": now, **fields}
    changed = msgspec.structs.replace(
        consultation,
        status=status,
        updated_at=now,
        version=consultation.version + 1,
        **fields,
    )
    told: tuple[DomainEvent, ...] = ()
    if action is not Action.PROPOSE or is_answer:
        fact = events.of_action(action, changed, side)
        told = (domain_events.new_event("consultations", changed.id, fact, now),)
    store.commit(consultation, changed, told)
    return changed


@retry_on_conflict
def change_if_possible(
    consultation_id: str, action: Action, side: Side, now: datetime, **fields: Any
) -> None:
    """Do this to the consultation unless it is too late, or done already: for what others tell."""
    consultation = store.find_consultation(consultation_id)
    if consultation is not None and is_possible(consultation.status, action, side):
        change(consultation, action, side, now, **fields)
