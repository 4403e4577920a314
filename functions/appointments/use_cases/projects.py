"""Projects: the sittings that are booked together, and wait for the artist together."""

from datetime import datetime

from appointments import store
from appointments.models import Appointment, AppointmentSide, AppointmentStatus
from appointments.rules.transitions import LIVE


def list_waiting(appointment: Appointment) -> list[Appointment]:
    """Return an appointment, and the other sittings of its project that wait for the artist too.

    An answer of the artist is for all of them. Where the appointment does not wait, the list has
    nothing else.
    """
    if appointment.project is None or appointment.status is not AppointmentStatus.PENDING:
        return [appointment]
    others = [
        store.find_appointment(other_id)
        for other_id in appointment.project.appointment_ids
        if other_id != appointment.id
    ]
    waiting = [
        other for other in others if other is not None and other.status is AppointmentStatus.PENDING
    ]
    return [appointment, *waiting]


def list_others_ahead(appointment: Appointment, now: datetime) -> list[Appointment]:
    """Return the other sittings of an appointment's project that are still to take place."""
    project, client_id = appointment.project, appointment.client_id
    if project is None or client_id is None:
        return []
    ids = project.appointment_ids or _list_ids(project.key, client_id, now)
    current = [store.find_appointment(other) for other in ids if other != appointment.id]
    return [other for other in current if other and other.status in LIVE and now < other.starts_at]


def _list_ids(key: str, client_id: str, now: datetime) -> list[str]:
    """Return the sittings to come of a project that version 0.2 booked, which does not name them.

    The index lags behind by less than any time to pay: all sittings are in it.
    """
    listed, _ = store.list_records(Appointment, AppointmentSide.CLIENT, client_id, since=now)
    return [each.id for each in listed if each.project is not None and each.project.key == key]
