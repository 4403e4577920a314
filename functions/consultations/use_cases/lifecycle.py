"""Lifecycle of a consultation: every change of its status, and its archiving.

A change goes by the transition table and is written with its event in one transaction.
"""

from datetime import datetime
from typing import Any

import msgspec

from consultations import events
from consultations.models import Consultation, ConsultationSide, ConsultationStatus
from consultations.rules.transitions import ConsultationAction, get_next_status, is_possible
from consultations.schemas import (
    CancelConsultationRequest,
    ConsultationView,
    DeclineConsultationRequest,
)
from consultations.store import consultations as store
from consultations.use_cases import queries
from shared.data.conflicts import retry_on_conflict
from shared.events import domain_events
from shared.events.domain_events import DomainEvent
from shared.http.caller import Caller

CLOSING = frozenset(
    {ConsultationAction.DECLINE, ConsultationAction.CANCEL, ConsultationAction.EXPIRE}
)


# ---- by the parties ----------------------------------------------------------------------------


@retry_on_conflict
def view(caller: Caller, consultation_id: str, now: datetime) -> ConsultationView:
    """Get a consultation, and record the first time the artist does so while it is open.

    Raises:
        NotFound: The caller is not a party to it.
    """
    consultation, side = queries.require_consultation(caller, consultation_id)
    is_first = consultation.viewed_at is None
    if is_first and is_possible(consultation.status, ConsultationAction.VIEW, side):
        consultation = apply(consultation, ConsultationAction.VIEW, side, now, viewed_at=now)
    return queries.present(consultation, side)


def decline(
    caller: Caller, consultation_id: str, request: DeclineConsultationRequest, now: datetime
) -> ConsultationView:
    """Decline a consultation as its artist.

    Raises:
        NotFound: The caller is not a party to it.
        Forbidden: The caller is its client.
        WrongStatus: It is neither pending nor responded.
    """
    return _close(caller, consultation_id, ConsultationAction.DECLINE, request.reason, now)


def cancel(
    caller: Caller, consultation_id: str, request: CancelConsultationRequest, now: datetime
) -> ConsultationView:
    """Cancel a consultation as its client.

    Raises:
        NotFound: The caller is not a party to it.
        Forbidden: The caller is its artist.
        WrongStatus: It is neither pending nor responded.
    """
    return _close(caller, consultation_id, ConsultationAction.CANCEL, request.reason, now)


@retry_on_conflict
def archive(caller: Caller, consultation_id: str, now: datetime) -> ConsultationView:
    """Archive a consultation for the caller; once more changes nothing.

    Raises:
        NotFound: The caller is not a party to it.
        WrongStatus: It is not over.
    """
    consultation, side = queries.require_consultation(caller, consultation_id)
    if side not in consultation.archived_by:
        archived_by = (*consultation.archived_by, side)
        consultation = apply(
            consultation, ConsultationAction.ARCHIVE, side, now, archived_by=archived_by
        )
    return queries.present(consultation, side)


@retry_on_conflict
def _close(
    caller: Caller, consultation_id: str, action: ConsultationAction, reason: str, now: datetime
) -> ConsultationView:
    consultation, side = queries.require_consultation(caller, consultation_id)
    return queries.present(apply(consultation, action, side, now, reason=reason), side)


# ---- by anyone ---------------------------------------------------------------------------------


def apply(
    consultation: Consultation,
    action: ConsultationAction,
    side: ConsultationSide,
    now: datetime,
    **changes: Any,
) -> Consultation:
    """Apply an action to a consultation and publish its event.

    A proposal is no event of its own once the artist has answered: appointments publishes it.

    Args:
        consultation: The consultation as it was read.
        action: The action.
        side: The side that acts.
        now: The current time.
        **changes: Other fields to change.

    Returns:
        The consultation after the action.

    Raises:
        Forbidden: This side can never take the action.
        WrongStatus: The status does not allow it.
        WriteConflict: The consultation was changed meanwhile.
    """
    status = get_next_status(consultation.status, action, side)
    if action in CLOSING:
        changes = {"closed_by": side, **changes}
    is_answer = (
        status is ConsultationStatus.RESPONDED and consultation.status is ConsultationStatus.PENDING
    )
    if is_answer:
        changes = {"responded_at": now, **changes}
    changed = msgspec.structs.replace(
        consultation,
        status=status,
        updated_at=now,
        version=consultation.version + 1,
        **changes,
    )
    published: tuple[DomainEvent, ...] = ()
    if action is not ConsultationAction.PROPOSE or is_answer:
        data = events.action_data(action, changed, side)
        published = (domain_events.new_event("consultations", changed.id, data, now),)
    store.commit(consultation, changed, published)
    return changed


@retry_on_conflict
def apply_if_possible(
    consultation_id: str, action: ConsultationAction, side: ConsultationSide, now: datetime
) -> None:
    """Apply an action that an event asks for, unless it comes too late or was applied before."""
    consultation = store.find_consultation(consultation_id)
    if consultation is not None and is_possible(consultation.status, action, side):
        apply(consultation, action, side, now)
