"""Projects: the sittings that are booked together, and wait for the artist together."""

from appointments import store
from appointments.models import Appointment, AppointmentStatus


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
