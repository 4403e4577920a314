"""Copies of appointments in the table, updated by events; only those of clients with an account."""

from policies.models import Appointment
from policies.store.table import BOOKED, USER, BookedItem
from shared.data import dynamodb, tombstones


def find_appointment(client_id: str, appointment_id: str) -> Appointment | None:
    """Return an appointment of a client, read consistently."""
    item = dynamodb.find(BookedItem, USER + client_id, BOOKED + appointment_id)
    if item is None:
        return None
    return Appointment(appointment_id, item.artist_id, client_id, item.service_id, item.agreed_at)


def save_appointment(appointment: Appointment) -> None:
    """Save the copy of an appointment, unless its client's account was deleted."""
    copy = BookedItem(
        USER + appointment.client_id,
        BOOKED + appointment.id,
        artist_id=appointment.artist_id,
        service_id=appointment.service_id,
        agreed_at=appointment.agreed_at,
    )
    copy.save()
    # Afterwards, because the erasure may come before the copy at any time.
    if tombstones.is_deleted(appointment.client_id):
        copy.delete()
