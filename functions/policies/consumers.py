"""Handlers of consumed events. An event may arrive twice, late or out of order."""

from collections.abc import Callable
from datetime import datetime

from policies.events import AppointmentCreated, UserDeleted
from policies.models import Appointment
from policies.store import appointments
from policies.use_cases import erasure, export
from shared.data.exports import write_share
from shared.events.domain_events import DomainEvent, decode_data


def handle_user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase a deleted account."""
    erasure.erase(decode_data(event, UserDeleted).user_id, now)


def handle_appointment_created(event: DomainEvent, _now: datetime) -> None:
    """Allow the client to accept policies for the appointment."""
    booked = decode_data(event, AppointmentCreated)
    if booked.client_id is not None:
        appointments.save_appointment(
            Appointment(
                id=booked.appointment_id,
                artist_id=booked.artist_id,
                client_id=booked.client_id,
                service_id=booked.service_id,
                agreed_at=booked.agreed_at or event.time,
            )
        )


def handle_export_requested(event: DomainEvent, _now: datetime) -> None:
    """Write what policies stores about the user."""
    write_share(event, "policies", export.gather)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "export.requested": handle_export_requested,
    "user.deleted": handle_user_deleted,
    "appointment.created": handle_appointment_created,
    "appointment.recorded": handle_appointment_created,
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Pass an event to its handler.

    Raises:
        msgspec.ValidationError: The data of the event breaks its contract.
    """
    HANDLERS[event.type](event, now)
