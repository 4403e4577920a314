"""Who may change an appointment, from which status to which. Nothing else changes a status."""

from datetime import datetime
from enum import StrEnum

from appointments.models import Appointment, Side, Status
from appointments.rules.errors import AlreadyStarted, NotStarted, WrongStatus
from domain.errors import Forbidden


class Action(StrEnum):
    """What can happen to an appointment."""

    CONFIRM = "confirm"
    DECLINE = "decline"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    COMPLETE = "complete"
    NO_SHOW = "no_show"
    EXPIRE = "expire"


_ARTIST, _CLIENT, _SYSTEM = Side.ARTIST, Side.CLIENT, Side.SYSTEM
_PENDING, _CONFIRMED = Status.PENDING, Status.CONFIRMED

TRANSITIONS: dict[tuple[Status, Action, Side], Status] = {
    (_PENDING, Action.CONFIRM, _ARTIST): Status.CONFIRMED,
    (_PENDING, Action.DECLINE, _ARTIST): Status.DECLINED,
    (_PENDING, Action.CANCEL, _ARTIST): Status.CANCELLED,
    (_PENDING, Action.CANCEL, _CLIENT): Status.CANCELLED,
    (_PENDING, Action.CANCEL, _SYSTEM): Status.CANCELLED,
    (_PENDING, Action.RESCHEDULE, _ARTIST): Status.PENDING,
    (_PENDING, Action.RESCHEDULE, _CLIENT): Status.PENDING,
    (_PENDING, Action.EXPIRE, _SYSTEM): Status.EXPIRED,
    (_CONFIRMED, Action.CANCEL, _ARTIST): Status.CANCELLED,
    (_CONFIRMED, Action.CANCEL, _CLIENT): Status.CANCELLED,
    (_CONFIRMED, Action.CANCEL, _SYSTEM): Status.CANCELLED,
    (_CONFIRMED, Action.RESCHEDULE, _ARTIST): Status.CONFIRMED,
    (_CONFIRMED, Action.RESCHEDULE, _CLIENT): Status.CONFIRMED,
    (_CONFIRMED, Action.COMPLETE, _ARTIST): Status.COMPLETED,
    (_CONFIRMED, Action.NO_SHOW, _ARTIST): Status.NO_SHOW,
}

# The statuses in which an appointment keeps its time in the calendar from others.
LIVE = frozenset({Status.PENDING, Status.CONFIRMED})
ONLY_ONCE_STARTED = frozenset({Action.COMPLETE, Action.NO_SHOW})
# Whoever is late does not escape the no-show by cancelling.
CLIENT_ONLY_BEFORE_START = frozenset({Action.CANCEL, Action.RESCHEDULE})


def after(appointment: Appointment, action: Action, side: Side, now: datetime) -> Status:
    """The status after this side's action.

    Raises a 403 Problem for an action that this side never has, a 409 one where the status or the
    time does not allow it.
    """
    if not any((action, side) == (may, who) for _, may, who in TRANSITIONS):
        raise Forbidden(f"The {side} may not {action} an appointment.")
    status = TRANSITIONS.get((appointment.status, action, side))
    if status is None:
        raise WrongStatus(f"Not possible: the appointment is {appointment.status}.")
    _check_time(appointment, action, side, now)
    return status


def _check_time(appointment: Appointment, action: Action, side: Side, now: datetime) -> None:
    started = appointment.starts_at <= now
    if action in ONLY_ONCE_STARTED and not started:
        raise NotStarted("The appointment has not started yet.")
    if action in CLIENT_ONLY_BEFORE_START and side is Side.CLIENT and started:
        raise AlreadyStarted("The appointment has started already.")
