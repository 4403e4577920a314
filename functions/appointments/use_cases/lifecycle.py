"""What happens to an appointment after it was booked. `transitions` says who may do what when."""

from datetime import datetime
from typing import Any

import msgspec

from appointments import events, store
from appointments.models import (
    Appointment,
    DepositState,
    Entry,
    EntryKind,
    LedgerEntry,
    Service,
    Side,
)
from appointments.rules import costs, deposit_ledger, transitions
from appointments.rules.calendar import Calendar, entry_for, touched
from appointments.rules.errors import NotMoved, ServiceGone
from appointments.rules.transitions import Action
from appointments.schemas import (
    AppointmentView,
    CancelRequest,
    CostPreview,
    DeclineRequest,
    RescheduleRequest,
)
from appointments.use_cases import booking, queries
from domain import policy_terms
from domain.policy_terms import Cost
from shared.data.conflicts import retry_on_conflict
from shared.events import domain_events
from shared.events.domain_events import DomainEvent, EventData
from shared.http.caller import Caller


@retry_on_conflict
def confirm(caller: Caller, appointment_id: str, now: datetime) -> AppointmentView:
    """The artist takes it. Raises the Problems of `transitions.after`, as all here do."""
    appointment, side = queries.own(caller, appointment_id)
    confirmed, told = confirmed_by(appointment, side, now)
    store.commit(records=[confirmed], events=told)
    return queries.view(confirmed, side)


@retry_on_conflict
def decline(
    caller: Caller, appointment_id: str, request: DeclineRequest, now: datetime
) -> AppointmentView:
    """The artist does not take it; its time is free again."""
    appointment, side = queries.own(caller, appointment_id)
    declined = _closed(appointment, Action.DECLINE, side, now, reason=request.reason)
    fact = events.AppointmentDeclined(**events.about(declined, side), reason=request.reason)
    _free(declined, _told(declined, now, fact))
    return queries.view(declined, side)


def preview_cancel(caller: Caller, appointment_id: str, now: datetime) -> CostPreview:
    """What cancelling would cost the client now."""
    appointment, side = queries.own(caller, appointment_id)
    transitions.after(appointment, Action.CANCEL, side, now)
    return costs.preview(appointment, costs.of(appointment, policy_terms.Action.CANCEL, side, now))


@retry_on_conflict
def cancel(
    caller: Caller, appointment_id: str, request: CancelRequest, now: datetime
) -> AppointmentView:
    """Cancel, at the cost that was shown. Raises a 409 Problem where it is another one by now."""
    appointment, side = queries.own(caller, appointment_id)
    closed = _closed(appointment, Action.CANCEL, side, now, reason=request.reason)
    cost = costs.of(appointment, policy_terms.Action.CANCEL, side, now)
    costs.check_shown(appointment, cost, request.version)
    cancelled, told = _charged(closed, policy_terms.Action.CANCEL, cost, side, now)
    _free(cancelled, [*_cancelled(cancelled, side, cost, now), *told])
    return queries.view(cancelled, side)


def cancel_by_system(appointment: Appointment, reason: str, now: datetime) -> None:
    """Cancel what cannot take place any more; it costs nothing.

    Raises Conflict where it was changed meanwhile.
    """
    cancelled = _closed(appointment, Action.CANCEL, Side.SYSTEM, now, reason=reason)
    cost = costs.of(appointment, policy_terms.Action.CANCEL, Side.SYSTEM, now)
    _free(cancelled, _cancelled(cancelled, Side.SYSTEM, cost, now))


def expire(appointment: Appointment, now: datetime) -> None:
    """Nobody answered in time: its time is free again.

    Raises Conflict where it was changed meanwhile.
    """
    expired = _closed(appointment, Action.EXPIRE, Side.SYSTEM, now)
    _free(
        expired,
        _told(expired, now, events.AppointmentExpired(**events.about(expired, Side.SYSTEM))),
    )


def preview_reschedule(
    caller: Caller, appointment_id: str, request: RescheduleRequest, now: datetime
) -> CostPreview:
    """What moving it there would cost the client now. Raises a 409 Problem where it cannot go."""
    appointment, side = queries.own(caller, appointment_id)
    transitions.after(appointment, Action.RESCHEDULE, side, now)
    starts_at = booking.whole_minute(request.starts_at)
    _moved(appointment, starts_at, side, now)
    cost = costs.of(appointment, policy_terms.Action.RESCHEDULE, side, now)
    return costs.preview(appointment, cost, starts_at)


def reschedule(
    caller: Caller, appointment_id: str, request: RescheduleRequest, now: datetime
) -> AppointmentView:
    """Move it to a free time, at the cost that was shown."""
    starts_at = booking.whole_minute(request.starts_at)

    @retry_on_conflict
    def work() -> AppointmentView:
        appointment, side = queries.own(caller, appointment_id)
        status = transitions.after(appointment, Action.RESCHEDULE, side, now)
        cost = costs.of(appointment, policy_terms.Action.RESCHEDULE, side, now)
        costs.check_shown(appointment, cost, request.version, starts_at)
        calendar, entry = _moved(appointment, starts_at, side, now)
        moved = changed(
            appointment,
            now,
            status=status,
            starts_at=entry.starts_at,
            ends_at=entry.ends_at,
            answer_by=appointment.answer_by and min(appointment.answer_by, entry.starts_at),
            sequence=appointment.sequence + 1,
            reschedules=appointment.reschedules + (side is Side.CLIENT),
        )
        moved, told = _charged(moved, policy_terms.Action.RESCHEDULE, cost, side, now)
        fact = events.AppointmentRescheduled(
            **events.about(moved, side),
            previous_starts_at=appointment.starts_at,
            previous_ends_at=appointment.ends_at,
            fee=_owed(cost),
        )
        store.commit(calendar=calendar, records=[moved], events=[*_told(moved, now, fact), *told])
        return queries.view(moved, side)

    return work()


@retry_on_conflict
def complete(caller: Caller, appointment_id: str, now: datetime) -> AppointmentView:
    """It took place."""
    appointment, side = queries.own(caller, appointment_id)
    status = transitions.after(appointment, Action.COMPLETE, side, now)
    completed = changed(appointment, now, status=status, closed_by=side)
    fact = events.AppointmentCompleted(**events.about(completed, side))
    store.commit(records=[completed], events=_told(completed, now, fact))
    return queries.view(completed, side)


@retry_on_conflict
def no_show(caller: Caller, appointment_id: str, now: datetime) -> AppointmentView:
    """The client did not come; they owe what the policies say."""
    appointment, side = queries.own(caller, appointment_id)
    status = transitions.after(appointment, Action.NO_SHOW, side, now)
    cost = costs.of(appointment, policy_terms.Action.NO_SHOW, side, now)
    missed = changed(appointment, now, status=status, closed_by=side)
    missed, told = _charged(missed, policy_terms.Action.NO_SHOW, cost, side, now)
    fact = events.AppointmentNoShow(**events.about(missed, side), fee=_owed(cost))
    store.commit(records=[missed], events=[*_told(missed, now, fact), *told])
    return queries.view(missed, side)


# ---- what the other use cases need as well -----------------------------------------------------


def changed(appointment: Appointment, now: datetime, **fields: Any) -> Appointment:
    """The next version of the appointment, with these fields."""
    return msgspec.structs.replace(
        appointment, updated_at=now, version=appointment.version + 1, **fields
    )


def confirmed_by(
    appointment: Appointment, side: Side, now: datetime
) -> tuple[Appointment, list[DomainEvent]]:
    """The appointment confirmed by that side, and what that tells the others."""
    status = transitions.after(appointment, Action.CONFIRM, side, now)
    confirmed = changed(appointment, now, status=status, answer_by=None)
    fact = events.AppointmentConfirmed(**events.about(confirmed, side))
    return confirmed, _told(confirmed, now, fact)


# ---- within ------------------------------------------------------------------------------------


def _closed(
    appointment: Appointment, action: Action, side: Side, now: datetime, *, reason: str = ""
) -> Appointment:
    """The appointment after an action that ends it before it takes place."""
    return changed(
        appointment,
        now,
        status=transitions.after(appointment, action, side, now),
        reason=reason,
        closed_by=side,
        answer_by=None,
        sequence=appointment.sequence + 1,
    )


def _free(closed: Appointment, told: list[DomainEvent]) -> None:
    """Write what is closed, and take it out of the calendar."""
    entry = _entry(closed)
    calendar = store.read_calendar(closed.artist_id, touched(entry)[0])
    store.commit(calendar=calendar.remove(entry.id), records=[closed], events=told)


def _moved(
    appointment: Appointment, starts_at: datetime, side: Side, now: datetime
) -> tuple[Calendar, Entry]:
    """The calendar with the appointment at another time: its own one does not stand in its way.

    Raises a 409 Problem where it cannot go there, or clients cannot book its service any more.
    """
    if starts_at == appointment.starts_at:
        raise NotMoved("It takes place then already.")
    before = _entry(appointment)
    first = min(touched(before)[0], booking.first_day(starts_at))
    calendar = store.read_calendar(appointment.artist_id, first)
    entry = _entry(appointment, starts_at)
    service = calendar.services.get(appointment.service.id)
    if service is None and side is Side.CLIENT:
        raise ServiceGone("This service is not offered any more; ask the artist.")
    without = calendar.remove(before.id)
    if service is None:
        return booking.place_anywhere(without, entry, now), entry
    return booking.place(without, _as_agreed(service, appointment), entry, side, now), entry


def _as_agreed(service: Service, appointment: Appointment) -> Service:
    """Today's rules of the service, with the length and the buffers that were agreed."""
    agreed = appointment.service
    return msgspec.structs.replace(
        service,
        duration_minutes=agreed.duration_minutes,
        buffer_before_minutes=agreed.buffer_before_minutes,
        buffer_after_minutes=agreed.buffer_after_minutes,
    )


def _entry(appointment: Appointment, starts_at: datetime | None = None) -> Entry:
    """The appointment in the calendar, where it is or at another start."""
    return entry_for(
        appointment.service,
        starts_at or appointment.starts_at,
        entry_id=appointment.id,
        kind=EntryKind.APPOINTMENT,
    )


def _charged(
    appointment: Appointment, action: policy_terms.Action, cost: Cost, side: Side, now: datetime
) -> tuple[Appointment, list[DomainEvent]]:
    """The appointment with what its change cost, and what that tells of its deposit."""
    charged = msgspec.structs.replace(
        appointment, charges=(*appointment.charges, *costs.charge(action, cost, now))
    )
    if appointment.deposit is None or cost.deposit_forfeited == 0:
        return charged, []
    entry = LedgerEntry(
        state=DepositState.FORFEITED, amount=cost.deposit_forfeited, at=now, by=side
    )
    charged = msgspec.structs.replace(
        charged, deposit=deposit_ledger.added(appointment.deposit, entry)
    )
    return charged, _told(charged, now, events.about_deposit(charged, entry))


def _cancelled(cancelled: Appointment, side: Side, cost: Cost, now: datetime) -> list[DomainEvent]:
    fact = events.AppointmentCancelled(
        **events.about(cancelled, side), reason=cancelled.reason, fee=_owed(cost)
    )
    return _told(cancelled, now, fact)


def _owed(cost: Cost) -> int:
    """What a change takes from the client, be it out of the deposit or still to be paid."""
    return cost.deposit_forfeited + cost.due


def _told(appointment: Appointment, now: datetime, fact: EventData) -> list[DomainEvent]:
    return [domain_events.new_event("appointments", appointment.id, fact, now)]
