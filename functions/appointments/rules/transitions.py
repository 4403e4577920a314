"""State machine of an appointment: who may change it, from which status to which.

Nothing else changes a status.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from appointments.models import Appointment, AppointmentSide, AppointmentStatus
from appointments.rules.errors import AlreadyStarted, CorrectionTooLate, NotStarted, WrongStatus
from domain.errors import Forbidden


class AppointmentAction(StrEnum):
    """An action on an appointment."""

    CONFIRM = "confirm"
    DECLINE = "decline"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    COMPLETE = "complete"
    NO_SHOW = "no_show"
    EXPIRE = "expire"
    CORRECT = "correct"


_Action, _Status = AppointmentAction, AppointmentStatus
_ARTIST, _CLIENT = AppointmentSide.ARTIST, AppointmentSide.CLIENT
_SYSTEM = AppointmentSide.SYSTEM
_PENDING, _CONFIRMED = AppointmentStatus.PENDING, AppointmentStatus.CONFIRMED

TRANSITIONS: dict[
    tuple[AppointmentStatus, AppointmentAction, AppointmentSide], AppointmentStatus
] = {
    (_PENDING, _Action.CONFIRM, _ARTIST): _Status.CONFIRMED,
    (_PENDING, _Action.DECLINE, _ARTIST): _Status.DECLINED,
    (_PENDING, _Action.CANCEL, _ARTIST): _Status.CANCELLED,
    (_PENDING, _Action.CANCEL, _CLIENT): _Status.CANCELLED,
    (_PENDING, _Action.CANCEL, _SYSTEM): _Status.CANCELLED,
    (_PENDING, _Action.RESCHEDULE, _ARTIST): _Status.PENDING,
    (_PENDING, _Action.RESCHEDULE, _CLIENT): _Status.PENDING,
    (_PENDING, _Action.EXPIRE, _SYSTEM): _Status.EXPIRED,
    (_CONFIRMED, _Action.CANCEL, _ARTIST): _Status.CANCELLED,
    (_CONFIRMED, _Action.CANCEL, _CLIENT): _Status.CANCELLED,
    (_CONFIRMED, _Action.CANCEL, _SYSTEM): _Status.CANCELLED,
    (_CONFIRMED, _Action.RESCHEDULE, _ARTIST): _Status.CONFIRMED,
    (_CONFIRMED, _Action.RESCHEDULE, _CLIENT): _Status.CONFIRMED,
    (_CONFIRMED, _Action.COMPLETE, _ARTIST): _Status.COMPLETED,
    (_CONFIRMED, _Action.NO_SHOW, _ARTIST): _Status.NO_SHOW,
    (_Status.COMPLETED, _Action.CORRECT, _ARTIST): _Status.CONFIRMED,
    (_Status.NO_SHOW, _Action.CORRECT, _ARTIST): _Status.CONFIRMED,
}

# The statuses in which an appointment blocks its time in the calendar.
LIVE = frozenset({AppointmentStatus.PENDING, AppointmentStatus.CONFIRMED})
AFTER_START_ONLY = frozenset({AppointmentAction.COMPLETE, AppointmentAction.NO_SHOW})
# A client who is late cannot avoid the no-show by cancelling.
CLIENT_BEFORE_START_ONLY = frozenset({AppointmentAction.CANCEL, AppointmentAction.RESCHEDULE})
CORRECTABLE_FOR = timedelta(days=14)


def get_next_status(
    appointment: Appointment, action: AppointmentAction, side: AppointmentSide, now: datetime
) -> AppointmentStatus:
    """Return the status after an action of one side.

    Raises:
        Forbidden: This side can never take this action.
        WrongStatus: The status does not allow it.
        NotStarted: It is only possible after the start.
        AlreadyStarted: The client can only do it before the start.
        CorrectionTooLate: The outcome was recorded more than fourteen days ago.
    """
    if not any((action, side) == (allowed, who) for _, allowed, who in TRANSITIONS):
        raise Forbidden(f"The {side} may not {action} an appointment.")
    status = TRANSITIONS.get((appointment.status, action, side))
    if status is None:
        raise WrongStatus(f"This is not possible: the appointment is {appointment.status}.")
    _require_right_time(appointment, action, side, now)
    return status


def create_next_version(appointment: Appointment, now: datetime, **fields: Any) -> Appointment:
    """Return the next version of an appointment, with some fields replaced."""
    return msgspec.structs.replace(
        appointment, updated_at=now, version=appointment.version + 1, **fields
    )


def _require_right_time(
    appointment: Appointment, action: AppointmentAction, side: AppointmentSide, now: datetime
) -> None:
    has_started = appointment.starts_at <= now
    if action in AFTER_START_ONLY and not has_started:
        raise NotStarted("The appointment has not started yet.")
    if action in CLIENT_BEFORE_START_ONLY and side is _CLIENT and has_started:
        raise AlreadyStarted("The appointment has already started.")
    closed_at = appointment.closed_at or appointment.updated_at
    if action is AppointmentAction.CORRECT and now > closed_at + CORRECTABLE_FOR:
        days = CORRECTABLE_FOR.days
        raise CorrectionTooLate(f"This was recorded more than {days} days ago.")
