"""What the two do with a consultation: open it, decline it, take it back, put it away."""

from datetime import datetime

from consultations.models import Consultation, Side
from consultations.rules.transitions import Action, is_possible
from consultations.schemas import CancelRequest, ConsultationView, DeclineRequest
from consultations.use_cases import queries, state_changes
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Caller


def open_(caller: Caller, consultation_id: str, now: datetime) -> ConsultationView:
    """The consultation; that the artist opened it is kept the first time, while it is open.

    Raises a 404 Problem for others.
    """

    def work() -> tuple[Consultation, Side]:
        consultation, side = queries.own(caller, consultation_id)
        unseen = consultation.viewed_at is None
        if unseen and is_possible(consultation.status, Action.VIEW, side):
            consultation = state_changes.change(consultation, Action.VIEW, side, now, viewed_at=now)
        return consultation, side

    return queries.view(*retry_on_conflict(work)())


def decline(
    caller: Caller, consultation_id: str, request: DeclineRequest, now: datetime
) -> ConsultationView:
    """The artist does not take it. Raises the Problems of `_act`."""
    return _act(caller, consultation_id, Action.DECLINE, now, reason=request.reason)


def cancel(
    caller: Caller, consultation_id: str, request: CancelRequest, now: datetime
) -> ConsultationView:
    """The client takes it back. Raises the Problems of `_act`."""
    return _act(caller, consultation_id, Action.CANCEL, now, reason=request.reason)


def archive(caller: Caller, consultation_id: str, now: datetime) -> ConsultationView:
    """Put away what is over, for oneself; once it is, nothing changes any more.

    Raises the Problems of `_act`.
    """

    def work() -> tuple[Consultation, Side]:
        consultation, side = queries.own(caller, consultation_id)
        if side in consultation.archived_by:
            return consultation, side
        away = (*consultation.archived_by, side)
        return state_changes.change(consultation, Action.ARCHIVE, side, now, archived_by=away), side

    return queries.view(*retry_on_conflict(work)())


def _act(
    caller: Caller, consultation_id: str, action: Action, now: datetime, *, reason: str
) -> ConsultationView:
    """Raises a 404 Problem for others, a 403 one for what is the other side's, a 409 one where the
    status does not allow it."""

    def work() -> tuple[Consultation, Side]:
        consultation, side = queries.own(caller, consultation_id)
        return state_changes.change(consultation, action, side, now, reason=reason), side

    return queries.view(*retry_on_conflict(work)())
