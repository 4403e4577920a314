"""Who may do what to a consultation, from which status to which. Nothing else changes a status.

No request names a status. `respond` is the artist's first message in the thread, `propose` their
proposal; `schedule`, `complete` and the system's `cancel` follow from what becomes of that.
"""

from enum import StrEnum

from consultations.models import Side, Status
from consultations.rules.errors import WrongStatus
from domain.errors import Forbidden


class Action(StrEnum):
    """What can happen to a consultation."""

    VIEW = "view"
    RESPOND = "respond"
    PROPOSE = "propose"
    DECLINE = "decline"
    CANCEL = "cancel"
    SCHEDULE = "schedule"
    COMPLETE = "complete"
    NUDGE = "nudge"
    EXPIRE = "expire"
    ARCHIVE = "archive"


_ARTIST, _CLIENT, _SYSTEM = Side.ARTIST, Side.CLIENT, Side.SYSTEM
ENDED = (Status.COMPLETED, Status.CANCELLED, Status.DECLINED, Status.EXPIRED)

TRANSITIONS: dict[tuple[Status, Action, Side], Status] = {
    (Status.PENDING, Action.VIEW, _ARTIST): Status.PENDING,
    (Status.PENDING, Action.RESPOND, _ARTIST): Status.RESPONDED,
    (Status.PENDING, Action.PROPOSE, _ARTIST): Status.RESPONDED,
    (Status.PENDING, Action.DECLINE, _ARTIST): Status.DECLINED,
    (Status.PENDING, Action.CANCEL, _CLIENT): Status.CANCELLED,
    (Status.PENDING, Action.CANCEL, _SYSTEM): Status.CANCELLED,
    (Status.PENDING, Action.SCHEDULE, _SYSTEM): Status.SCHEDULED,
    (Status.PENDING, Action.NUDGE, _SYSTEM): Status.PENDING,
    (Status.PENDING, Action.EXPIRE, _SYSTEM): Status.EXPIRED,
    (Status.RESPONDED, Action.VIEW, _ARTIST): Status.RESPONDED,
    (Status.RESPONDED, Action.PROPOSE, _ARTIST): Status.RESPONDED,
    (Status.RESPONDED, Action.DECLINE, _ARTIST): Status.DECLINED,
    (Status.RESPONDED, Action.CANCEL, _CLIENT): Status.CANCELLED,
    (Status.RESPONDED, Action.CANCEL, _SYSTEM): Status.CANCELLED,
    (Status.RESPONDED, Action.SCHEDULE, _SYSTEM): Status.SCHEDULED,
    (Status.SCHEDULED, Action.CANCEL, _SYSTEM): Status.CANCELLED,
    (Status.SCHEDULED, Action.COMPLETE, _SYSTEM): Status.COMPLETED,
    **{(status, Action.ARCHIVE, side): status for status in ENDED for side in (_ARTIST, _CLIENT)},
}


def is_possible(status: Status, action: Action, side: Side) -> bool:
    """Whether this side's action is possible now: for facts, which come late and more than once."""
    return (status, action, side) in TRANSITIONS


def after(status: Status, action: Action, side: Side) -> Status:
    """The status after this side's action.

    Raises a 403 Problem for an action that this side never has, a 409 one where the status does
    not allow it.
    """
    if not any((action, side) == (may, who) for _, may, who in TRANSITIONS):
        raise Forbidden(f"The {side} may not {action} a consultation.")
    if not is_possible(status, action, side):
        instead = "; its appointments can be cancelled" if status is Status.SCHEDULED else ""
        raise WrongStatus(f"Not possible: the consultation is {status}{instead}.")
    return TRANSITIONS[status, action, side]
