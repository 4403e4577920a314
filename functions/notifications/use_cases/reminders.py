"""Reminders: what is known of the appointments and birthdays that they are computed of."""

from datetime import datetime, timedelta

from notifications.events import AppointmentEvent
from notifications.models import AppointmentState, Delivery, ReminderKind, Reminders
from notifications.rules import reminder_times
from notifications.store import reminders as store

# After the end, for the series that follow it, and so that no late event brings a reminder back.
LIFETIME = timedelta(days=120)
# The statuses in which something is to be sent at a time.
_ACTIVE = {reminder_times.CONFIRMED, reminder_times.COMPLETED}


def record_appointment(appointment: AppointmentEvent, changed_at: datetime, now: datetime) -> None:
    """Record the state of an appointment, unless a newer one is known.

    Events may come in any order, and twice: the newest version is what remains.

    Args:
        appointment: Data of the event.
        changed_at: When the event happened.
        now: The present time.
    """
    if appointment.client_id is None:
        return
    state = AppointmentState(
        version=appointment.record_version,
        status=appointment.status,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        since=changed_at,
        time_zone=appointment.time_zone,
        service_name=appointment.service_name,
        location=appointment.location,
        proposal_id=appointment.proposal_id,
    )
    reminders = Reminders(
        id=appointment.appointment_id,
        artist_id=appointment.artist_id,
        client_id=appointment.client_id,
        # The sweeper computes when the first one is due.
        due_at=now if state.status in _ACTIVE else None,
        expires_at=max(state.ends_at, changed_at) + LIFETIME,
    )
    store.save_appointment(reminders, state)


def is_outdated(delivery: Delivery) -> bool:
    """Return whether a message about an appointment is no longer true: it moved, or it ended."""
    reference = delivery.reminder
    if reference is None:
        return False
    state = _find_state(reference.appointment_id)
    if state is None:  # erased; deposits are reminded of without it as well
        return reference.kind is not ReminderKind.DEPOSIT
    return not reminder_times.is_current(reference, state)


def has_ended(appointment_id: str) -> bool:
    """Return whether an appointment is known to have ended, whatever late events say."""
    state = _find_state(appointment_id)
    return state is not None and state.status not in reminder_times.AHEAD


def _find_state(appointment_id: str) -> AppointmentState | None:
    known = store.find(appointment_id)
    return None if known is None else known.appointment
