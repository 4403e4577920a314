"""Deadlines of appointments, which the sweeper processes when they have passed.

`rules/deposit_deadlines.py` decides. Both sides are reminded of a deposit before it is due. When it
is not paid by then, the policy that was agreed decides whether its dates are released or kept.
"""

from datetime import datetime

import msgspec

from appointments import events, store
from appointments.models import (
    Appointment,
    AppointmentSide,
    AppointmentStatus,
    DepositState,
    LedgerEntry,
)
from appointments.rules import deposit_deadlines as rules
from appointments.rules import deposit_ledger
from appointments.rules.agreements import get_answer_deadline
from appointments.rules.transitions import LIVE, create_next_version
from appointments.use_cases import lifecycle, projects
from shared.events.domain_events import DomainEvent

UNPAID = "The deposit was not paid in time."


def process_due(appointment: Appointment, now: datetime) -> None:
    """Do what the earliest deadline of an appointment that has passed asks for.

    Raises:
        WriteConflict: It, or another sitting of its project, has changed meanwhile.
    """
    answer_by = appointment.answer_by
    if rules.is_overdue(appointment, now):
        _end_payment_time(appointment, now)
    elif rules.is_to_be_reminded(appointment, now):
        _remind(appointment, now)
    elif appointment.status is AppointmentStatus.PENDING and answer_by and answer_by <= now:
        lifecycle.expire(appointment, now)


def _end_payment_time(appointment: Appointment, now: datetime) -> None:
    """Record that a deposit is overdue, and release the dates of its booking or keep them.

    The dates are those of the whole project, as far as they have not begun. They are all released
    in one transaction, free of charge.
    """
    deposit = deposit_ledger.require_deposit(appointment)
    entry = LedgerEntry(DepositState.OVERDUE, deposit.amount, now, AppointmentSide.SYSTEM)
    overdue = msgspec.structs.replace(appointment, deposit=deposit_ledger.add_entry(deposit, entry))
    if rules.keeps_dates(appointment.terms):
        _keep(overdue, entry, now)
        return
    released: list[Appointment] = []
    published: list[DomainEvent] = []
    for sitting in (overdue, *_list_other_sittings(appointment, now)):
        cancelled, about_it = lifecycle.create_cancellation_by_system(sitting, UNPAID, now)
        released.append(cancelled)
        published += about_it
    data = events.overdue_data(released[0], entry, released=True)
    event = events.create_event(appointment.id, data, now)
    lifecycle.commit_closed(released, [event, *published])


def _keep(overdue: Appointment, entry: LedgerEntry, now: datetime) -> None:
    """Keep the dates of an overdue deposit. The artist of a pending booking has time to answer."""
    waiting = projects.list_waiting(overdue)
    first = min(each.starts_at for each in waiting)
    answer_by = overdue.answer_by and get_answer_deadline(first, now)
    kept = [create_next_version(each, now, answer_by=answer_by) for each in waiting]
    data = events.overdue_data(kept[0], entry, released=False)
    store.commit(records=kept, events=[events.create_event(overdue.id, data, now)])


def _remind(appointment: Appointment, now: datetime) -> None:
    """Publish that a deposit is due soon, once for each deadline."""
    deposit = deposit_ledger.require_deposit(appointment)
    reminded = create_next_version(
        appointment, now, deposit=msgspec.structs.replace(deposit, remind_at=None)
    )
    data = events.due_soon_data(reminded, releases=not rules.keeps_dates(appointment.terms))
    store.commit(records=[reminded], events=[events.create_event(reminded.id, data, now)])


def _list_other_sittings(appointment: Appointment, now: datetime) -> list[Appointment]:
    """Return the other sittings of an appointment's project that are still to take place."""
    project, client_id = appointment.project, appointment.client_id
    if project is None or client_id is None:
        return []
    # The index lags behind by less than any time to pay: all sittings are in it.
    listed, _ = store.list_records(Appointment, AppointmentSide.CLIENT, client_id, since=now)
    current = [
        store.find_appointment(other.id)
        for other in listed
        if other.id != appointment.id
        and other.project is not None
        and other.project.key == project.key
    ]
    return [other for other in current if other and other.status in LIVE and now < other.starts_at]
