"""Reminders: what is known of the appointments and birthdays that they are computed of."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from notifications.events import AppointmentEvent, AppointmentRecorded
from notifications.models import (
    AppointmentState,
    Delivery,
    ReminderKind,
    ReminderReference,
    Reminders,
)
from notifications.rules import reminder_times
from notifications.store import reminders as store
from notifications.store import seen_events

# After the end, for the series that follow it, and so that no late event brings a reminder back.
LIFETIME = timedelta(days=120)
DEPOSIT = "deposit"  # the second part of the id under which the events of a deposit are seen
# The statuses in which something is to be sent at a time.
_ACTIVE = {reminder_times.CONFIRMED, reminder_times.COMPLETED}


def record_appointment(
    appointment: AppointmentEvent | AppointmentRecorded,
    changed_at: datetime,
    now: datetime,
    *,
    is_new: bool = True,
) -> None:
    """Record the state of an appointment, unless a newer one is known.

    Events may come in any order, and twice: the newest version is what remains.

    Args:
        appointment: Data of the event.
        changed_at: When the event happened.
        now: The present time.
        is_new: Whether it has just changed. If not, nothing is sent of what was due before now.
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
        sequence=appointment.sequence,
    )
    reminders = Reminders(
        id=appointment.appointment_id,
        artist_id=appointment.artist_id,
        client_id=appointment.client_id,
        # The sweeper computes when the first one is due.
        due_at=now if state.status in _ACTIVE else None,
        sent_through=None if is_new else now,
        expires_at=max(state.ends_at, changed_at) + LIFETIME,
    )
    store.save_appointment(reminders, state)


def find_outdated(deliveries: Iterable[Delivery]) -> set[str]:
    """Find the ids of those messages that are no longer true.

    The appointment has moved or ended since, or the deposit was paid.
    """
    references = {
        delivery.id: delivery.reminder for delivery in deliveries if delivery.reminder is not None
    }
    if not references:
        return set()
    states = store.list_states({each.appointment_id for each in references.values()})
    of_deposits = {
        each.appointment_id for each in references.values() if each.kind is ReminderKind.DEPOSIT
    }
    versions = seen_events.list_versions(f"{id_} {DEPOSIT}" for id_ in of_deposits)
    return {
        delivery_id
        for delivery_id, each in references.items()
        if _is_outdated(
            each, states.get(each.appointment_id), versions.get(f"{each.appointment_id} {DEPOSIT}")
        )
    }


def has_ended(appointment_id: str) -> bool:
    """Return whether an appointment is known to have ended, whatever late events say."""
    state = store.list_states([appointment_id]).get(appointment_id)
    return state is not None and state.status not in reminder_times.AHEAD


def _is_outdated(
    reference: ReminderReference, state: AppointmentState | None, deposit_version: int | None
) -> bool:
    if reference.kind is ReminderKind.DEPOSIT:
        is_newer = deposit_version is not None and deposit_version > (reference.version or 0)
        # Appointments from before there were reminders are not known here.
        return is_newer or (state is not None and not reminder_times.is_current(reference, state))
    return state is None or not reminder_times.is_current(reference, state)
