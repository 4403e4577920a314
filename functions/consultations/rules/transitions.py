"""Transition table: which side may take which action in which status, and the status that follows.

Nothing else changes a status, and no request names one. `respond` follows from the artist's first
message, `propose` from their proposal; `schedule`, `complete` and the system's `cancel` follow from
the acceptance of a proposal and the outcomes of its sittings. A proposal that ends without a
booking ends the consultation: `cancel` follows from the client's answer, `decline` from the
artist's withdrawal, `expire` from the end of its time. `reopen` follows when the artist corrects an
outcome that ended it.
"""

from enum import StrEnum

from consultations.models import ConsultationSide, ConsultationStatus
from consultations.rules.errors import WrongStatus
from domain.errors import Forbidden


class ConsultationAction(StrEnum):
    """An action on a consultation."""

    VIEW = "view"
    RESPOND = "respond"
    PROPOSE = "propose"
    DECLINE = "decline"
    CANCEL = "cancel"
    SCHEDULE = "schedule"
    COMPLETE = "complete"
    REOPEN = "reopen"
    NUDGE = "nudge"
    EXPIRE = "expire"
    ARCHIVE = "archive"


_ARTIST, _CLIENT, _SYSTEM = (
    ConsultationSide.ARTIST,
    ConsultationSide.CLIENT,
    ConsultationSide.SYSTEM,
)
_PENDING, _RESPONDED, _SCHEDULED = (
    ConsultationStatus.PENDING,
    ConsultationStatus.RESPONDED,
    ConsultationStatus.SCHEDULED,
)
FINAL_STATUSES = (
    ConsultationStatus.COMPLETED,
    ConsultationStatus.CANCELLED,
    ConsultationStatus.DECLINED,
    ConsultationStatus.EXPIRED,
)

TRANSITIONS: dict[
    tuple[ConsultationStatus, ConsultationAction, ConsultationSide], ConsultationStatus
] = {
    (_PENDING, ConsultationAction.VIEW, _ARTIST): _PENDING,
    (_PENDING, ConsultationAction.RESPOND, _ARTIST): _RESPONDED,
    (_PENDING, ConsultationAction.PROPOSE, _ARTIST): _RESPONDED,
    (_PENDING, ConsultationAction.DECLINE, _ARTIST): ConsultationStatus.DECLINED,
    (_PENDING, ConsultationAction.CANCEL, _CLIENT): ConsultationStatus.CANCELLED,
    (_PENDING, ConsultationAction.CANCEL, _SYSTEM): ConsultationStatus.CANCELLED,
    (_PENDING, ConsultationAction.SCHEDULE, _SYSTEM): _SCHEDULED,
    (_PENDING, ConsultationAction.NUDGE, _SYSTEM): _PENDING,
    (_PENDING, ConsultationAction.EXPIRE, _SYSTEM): ConsultationStatus.EXPIRED,
    (_RESPONDED, ConsultationAction.VIEW, _ARTIST): _RESPONDED,
    (_RESPONDED, ConsultationAction.PROPOSE, _ARTIST): _RESPONDED,
    (_RESPONDED, ConsultationAction.DECLINE, _ARTIST): ConsultationStatus.DECLINED,
    (_RESPONDED, ConsultationAction.CANCEL, _CLIENT): ConsultationStatus.CANCELLED,
    (_RESPONDED, ConsultationAction.CANCEL, _SYSTEM): ConsultationStatus.CANCELLED,
    (_RESPONDED, ConsultationAction.SCHEDULE, _SYSTEM): _SCHEDULED,
    (_RESPONDED, ConsultationAction.EXPIRE, _SYSTEM): ConsultationStatus.EXPIRED,
    (_SCHEDULED, ConsultationAction.CANCEL, _SYSTEM): ConsultationStatus.CANCELLED,
    (_SCHEDULED, ConsultationAction.COMPLETE, _SYSTEM): ConsultationStatus.COMPLETED,
    (ConsultationStatus.COMPLETED, ConsultationAction.REOPEN, _SYSTEM): _SCHEDULED,
    (ConsultationStatus.CANCELLED, ConsultationAction.REOPEN, _SYSTEM): _SCHEDULED,
    **{
        (status, ConsultationAction.ARCHIVE, side): status
        for status in FINAL_STATUSES
        for side in (_ARTIST, _CLIENT)
    },
}


def is_possible(
    status: ConsultationStatus, action: ConsultationAction, side: ConsultationSide
) -> bool:
    """Return whether this side can take the action now; events ask, as they may come late."""
    return (status, action, side) in TRANSITIONS


def get_next_status(
    status: ConsultationStatus, action: ConsultationAction, side: ConsultationSide
) -> ConsultationStatus:
    """Return the status after this side's action.

    Raises:
        Forbidden: This side can never take the action.
        WrongStatus: The status does not allow it.
    """
    if not any((action, side) == (may, who) for _, may, who in TRANSITIONS):
        raise Forbidden(f"The {side} may not {action} a consultation.")
    if not is_possible(status, action, side):
        hint = " Its appointments can be cancelled." if status is _SCHEDULED else ""
        raise WrongStatus(f"This is not possible because the consultation is {status}.{hint}")
    return TRANSITIONS[status, action, side]
