"""Lifecycle of an appointment after it was booked.

`rules/transitions.py` decides who may do what and when; every use case here raises its errors:
`Forbidden`, `WrongStatus`, `NotStarted` and `AlreadyStarted`, and `NotFound` for an appointment
that the caller takes no part in.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from appointments import events, store
from appointments.models import (
    Appointment,
    AppointmentSide,
    CalendarEntry,
    CalendarEntryKind,
    Correction,
    DepositState,
    LedgerEntry,
    Service,
)
from appointments.rules import (
    agreements,
    costs,
    deposit_deadlines,
    deposit_ledger,
    placement,
    transitions,
)
from appointments.rules import charges as charge_rules
from appointments.rules import vouchers as voucher_rules
from appointments.rules.calendar import Calendar, create_entry, list_days
from appointments.rules.errors import NotMoved, ServiceGone
from appointments.rules.transitions import AppointmentAction, create_next_version
from appointments.schemas import (
    AppointmentView,
    CancelAppointmentRequest,
    CorrectAppointmentRequest,
    CostPreview,
    DeclineAppointmentRequest,
    RescheduleAppointmentRequest,
)
from appointments.use_cases import calendars, charges, consent, projects, queries, vouchers
from domain import policy_terms
from domain.policy_terms import Cost
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent
from shared.http.caller import Caller


@retry_on_conflict
def confirm(caller: Caller, appointment_id: str, now: datetime) -> AppointmentView:
    """Confirm an appointment, as its artist, and all sittings that wait with it.

    Raises:
        Blocked: One of the two blocks the other.
        NoRelation: The client's account was deleted.
    """
    appointment, side = queries.require_own(caller, appointment_id)
    confirmed, published = confirm_project(appointment, side, now)
    consent.require_movable(appointment.artist_id, appointment.client_id, side)
    store.commit(records=confirmed, events=published)
    return queries.present(confirmed[0], side)


@retry_on_conflict
def decline(
    caller: Caller, appointment_id: str, request: DeclineAppointmentRequest, now: datetime
) -> AppointmentView:
    """Decline an appointment, as its artist, and all sittings that wait with it.

    Their time becomes free.
    """
    appointment, side = queries.require_own(caller, appointment_id)
    declined = [
        _close(waiting, AppointmentAction.DECLINE, side, now, reason=request.reason)
        for waiting in projects.list_waiting(appointment)
    ]
    published = [
        events.create_event(
            each.id,
            events.AppointmentDeclined(
                **events.appointment_data(each, side), reason=request.reason
            ),
            now,
        )
        for each in declined
    ]
    commit_closed(declined, published)
    return queries.present(declined[0], side)


def preview_cancellation(caller: Caller, appointment_id: str, now: datetime) -> CostPreview:
    """Compute what cancelling would cost the client now."""
    appointment, side = queries.require_own(caller, appointment_id)
    transitions.get_next_status(appointment, AppointmentAction.CANCEL, side, now)
    cost = costs.evaluate(appointment, policy_terms.Action.CANCEL, side, now)
    voucher_lost = voucher_rules.is_lost(appointment, policy_terms.Action.CANCEL, side, now)
    return costs.create_preview(appointment, cost, voucher_lost=voucher_lost)


@retry_on_conflict
def cancel(
    caller: Caller, appointment_id: str, request: CancelAppointmentRequest, now: datetime
) -> AppointmentView:
    """Cancel an appointment at the cost that was previewed.

    Raises:
        PreviewRequired: Cancelling costs something and no preview is named.
        PreviewOutdated: The preview showed another cost.
    """
    appointment, side = queries.require_own(caller, appointment_id)
    closed = _close(appointment, AppointmentAction.CANCEL, side, now, reason=request.reason)
    cost = costs.evaluate(appointment, policy_terms.Action.CANCEL, side, now)
    voucher_lost = voucher_rules.is_lost(appointment, policy_terms.Action.CANCEL, side, now)
    costs.require_previewed(appointment, cost, request.version, voucher_lost=voucher_lost)
    cancelled, deposit_events = _charge(closed, policy_terms.Action.CANCEL, cost, side, now)
    event = _create_cancellation_event(cancelled, side, cost, now)
    cancelled, heirs, requests = _pass_on_deposit(cancelled, now)
    commit_closed(
        [cancelled],
        [event, *deposit_events, *requests],
        changed=heirs,
        voucher_lost=voucher_lost,
    )
    return queries.present(cancelled, side)


def cancel_by_system(appointment: Appointment, reason: str, now: datetime) -> None:
    """Cancel an appointment that can no longer take place, free of charge.

    Raises:
        WriteConflict: It has changed meanwhile.
    """
    cancelled, published = create_cancellation_by_system(appointment, reason, now)
    commit_closed([cancelled], published)


def create_cancellation_by_system(
    appointment: Appointment, reason: str, now: datetime
) -> tuple[Appointment, list[DomainEvent]]:
    """Return an appointment as cancelled by the system, free of charge, and the events about it."""
    side = AppointmentSide.SYSTEM
    closed = _close(appointment, AppointmentAction.CANCEL, side, now, reason=reason)
    cost = costs.evaluate(appointment, policy_terms.Action.CANCEL, side, now)
    cancelled, deposit_events = _charge(closed, policy_terms.Action.CANCEL, cost, side, now)
    return cancelled, [_create_cancellation_event(cancelled, side, cost, now), *deposit_events]


def expire(appointment: Appointment, now: datetime) -> None:
    """Expire an appointment that the artist did not answer in time. Its time becomes free.

    Raises:
        WriteConflict: It has changed meanwhile.
    """
    side = AppointmentSide.SYSTEM
    expired = _close(appointment, AppointmentAction.EXPIRE, side, now)
    data = events.AppointmentExpired(**events.appointment_data(expired, side))
    expired, heirs, requests = _pass_on_deposit(expired, now)
    commit_closed([expired], [events.create_event(expired.id, data, now), *requests], changed=heirs)


def preview_reschedule(
    caller: Caller, appointment_id: str, request: RescheduleAppointmentRequest, now: datetime
) -> CostPreview:
    """Compute what a move would cost the client now.

    Raises:
        Blocked: One of the two blocks the other.
        NoRelation: The client's account was deleted.
        NotMoved: It is at this time already.
        ServiceGone: The service is no longer offered to clients.
        SlotTaken: Something overlaps the new time.
        SlotUnavailable: The new time has passed, or is not offered.
    """
    appointment, side = queries.require_own(caller, appointment_id)
    transitions.get_next_status(appointment, AppointmentAction.RESCHEDULE, side, now)
    consent.require_movable(appointment.artist_id, appointment.client_id, side)
    starts_at = placement.parse_start(request.starts_at)
    _place_at(appointment, starts_at, side, now)
    cost = costs.evaluate(appointment, policy_terms.Action.RESCHEDULE, side, now)
    return costs.create_preview(appointment, cost, starts_at)


@retry_on_conflict
def reschedule(
    caller: Caller, appointment_id: str, request: RescheduleAppointmentRequest, now: datetime
) -> AppointmentView:
    """Move an appointment to a free time, at the cost that was previewed.

    Its place and time zone become those of the schedule that its new start falls in.

    Raises:
        Blocked: One of the two blocks the other.
        NoRelation: The client's account was deleted.
        NotMoved: It is at this time already.
        PreviewRequired: The move costs something and no preview is named.
        PreviewOutdated: The preview showed another cost.
        ServiceGone: The service is no longer offered to clients.
        SlotTaken: Something overlaps the new time.
        SlotUnavailable: The new time has passed, or is not offered.
    """
    starts_at = placement.parse_start(request.starts_at)
    appointment, side = queries.require_own(caller, appointment_id)
    status = transitions.get_next_status(appointment, AppointmentAction.RESCHEDULE, side, now)
    consent.require_movable(appointment.artist_id, appointment.client_id, side)
    cost = costs.evaluate(appointment, policy_terms.Action.RESCHEDULE, side, now)
    costs.require_previewed(appointment, cost, request.version, starts_at)
    calendar, entry = _place_at(appointment, starts_at, side, now)
    service = calendar.services.get(appointment.service.id)
    place = agreements.get_place_of_move(calendar, service, appointment, starts_at)
    moved = create_next_version(
        appointment,
        now,
        status=status,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        service=msgspec.structs.replace(appointment.service, location=place.location),
        time_zone=place.time_zone,
        answer_by=appointment.answer_by and min(appointment.answer_by, entry.starts_at),
        deposit=appointment.deposit
        and deposit_deadlines.limit(appointment.deposit, entry.starts_at, now),
        sequence=appointment.sequence + 1,
        reschedules=appointment.reschedules + (side is AppointmentSide.CLIENT),
    )
    moved, deposit_events = _charge(moved, policy_terms.Action.RESCHEDULE, cost, side, now)
    data = events.AppointmentRescheduled(
        **events.appointment_data(moved, side),
        **events.charge_fields(cost),
        previous_starts_at=appointment.starts_at,
        previous_ends_at=appointment.ends_at,
    )
    event = events.create_event(moved.id, data, now)
    store.commit(calendar=calendar, records=[moved], events=[event, *deposit_events])
    return queries.present(moved, side)


@retry_on_conflict
def complete(caller: Caller, appointment_id: str, now: datetime) -> AppointmentView:
    """Complete an appointment that took place, as its artist."""
    appointment, side = queries.require_own(caller, appointment_id)
    status = transitions.get_next_status(appointment, AppointmentAction.COMPLETE, side, now)
    completed = create_next_version(appointment, now, status=status, closed_by=side, closed_at=now)
    data = events.AppointmentCompleted(**events.appointment_data(completed, side))
    store.commit(records=[completed], events=[events.create_event(completed.id, data, now)])
    return queries.present(completed, side)


@retry_on_conflict
def report_no_show(caller: Caller, appointment_id: str, now: datetime) -> AppointmentView:
    """Report that the client did not come, as the artist. The client owes the agreed fee."""
    appointment, side = queries.require_own(caller, appointment_id)
    status = transitions.get_next_status(appointment, AppointmentAction.NO_SHOW, side, now)
    cost = costs.evaluate(appointment, policy_terms.Action.NO_SHOW, side, now)
    missed = create_next_version(appointment, now, status=status, closed_by=side, closed_at=now)
    missed, deposit_events = _charge(missed, policy_terms.Action.NO_SHOW, cost, side, now)
    data = events.AppointmentNoShow(
        **events.appointment_data(missed, side), **events.charge_fields(cost)
    )
    event = events.create_event(missed.id, data, now)
    store.commit(records=[missed], events=[event, *deposit_events])
    return queries.present(missed, side)


@retry_on_conflict
def correct(
    caller: Caller, appointment_id: str, request: CorrectAppointmentRequest, now: datetime
) -> AppointmentView:
    """Correct a completion or a no-show that was a mistake, as the artist.

    The appointment is confirmed again, and what the no-show cost is undone.

    Raises:
        ChargePaid: The client paid for the no-show.
        CorrectionTooLate: It was recorded more than fourteen days ago.
    """
    appointment, side = queries.require_own(caller, appointment_id)
    status = transitions.get_next_status(appointment, AppointmentAction.CORRECT, side, now)
    reversed_ = charge_rules.reverse_no_show(appointment, side, request.reason, now)
    correction = Correction(appointment.status, now, side, request.reason)
    corrected = create_next_version(
        reversed_,
        now,
        status=status,
        closed_by=None,
        closed_at=None,
        # It has started: nobody waits for its deposit any more.
        deposit=reversed_.deposit and deposit_deadlines.stop(reversed_.deposit),
        corrections=(*appointment.corrections, correction),
    )
    data = events.AppointmentCorrected(
        **events.appointment_data(corrected, side),
        previous_status=appointment.status,
        reason=request.reason,
    )
    published = [
        events.create_event(corrected.id, data, now),
        *charges.create_events(appointment, corrected, now),
    ]
    store.commit(records=[corrected], events=published)
    return queries.present(corrected, side)


def _create_confirmation(
    appointment: Appointment, side: AppointmentSide, now: datetime
) -> tuple[Appointment, list[DomainEvent]]:
    """Return the appointment as confirmed by one side, and the events about it.

    The client of a request is asked for its deposit again: only now it is due by some time.
    """
    status = transitions.get_next_status(appointment, AppointmentAction.CONFIRM, side, now)
    confirmed = deposit_deadlines.start_if_stopped(
        create_next_version(appointment, now, status=status, answer_by=None), now
    )
    data = events.AppointmentConfirmed(**events.appointment_data(confirmed, side))
    published = [events.create_event(confirmed.id, data, now)]
    if confirmed.deposit is not None and confirmed.deposit != appointment.deposit:
        request = events.deposit_data(confirmed, confirmed.deposit.entries[-1])
        published.append(events.create_event(confirmed.id, request, now))
    return confirmed, published


def confirm_project(
    appointment: Appointment, side: AppointmentSide, now: datetime
) -> tuple[list[Appointment], list[DomainEvent]]:
    """Return an appointment and the sittings that wait with it as confirmed, and the events."""
    confirmed = [
        _create_confirmation(waiting, side, now) for waiting in projects.list_waiting(appointment)
    ]
    published = [event for _, about_it in confirmed for event in about_it]
    return [each for each, _ in confirmed], published


def _close(
    appointment: Appointment,
    action: AppointmentAction,
    side: AppointmentSide,
    now: datetime,
    *,
    reason: str = "",
) -> Appointment:
    """Return the appointment after an action that ends it before it takes place."""
    return create_next_version(
        appointment,
        now,
        status=transitions.get_next_status(appointment, action, side, now),
        reason=reason,
        closed_by=side,
        closed_at=now,
        answer_by=None,
        sequence=appointment.sequence + 1,
    )


def commit_closed(
    closed: Sequence[Appointment],
    published: list[DomainEvent],
    *,
    changed: Sequence[Appointment] = (),
    voucher_lost: bool = False,
) -> None:
    """Write closed appointments of one artist, and remove them from the calendar.

    The voucher that was redeemed with them can be redeemed again unless it is lost.

    Args:
        closed: The appointments that are closed.
        published: The events to publish.
        changed: Other appointments that change with them.
        voucher_lost: Whether the voucher is lost.
    """
    entries = [_create_entry(appointment) for appointment in closed]
    days = {day for entry in entries for day in list_days(entry)}
    calendar = store.read_days(Calendar(closed[0].artist_id), days)
    for entry in entries:
        calendar = calendar.remove(entry.id)
    kept = [] if voucher_lost else closed
    restored, voucher_events = vouchers.give_back(kept, closed[0].updated_at)
    store.commit(
        calendar=calendar,
        records=[*closed, *changed, *restored],
        events=[*published, *voucher_events],
    )


def _place_at(
    appointment: Appointment, starts_at: datetime, side: AppointmentSide, now: datetime
) -> tuple[Calendar, CalendarEntry]:
    """Return the calendar with an appointment at another time, and its new entry.

    The time that it has now does not count as busy.

    Raises:
        NotMoved: It is at this time already.
        ServiceGone: The service is no longer offered to clients.
        SlotTaken: Something overlaps the new time.
        SlotUnavailable: The new time has passed, or is not offered.
    """
    if starts_at == appointment.starts_at:
        raise NotMoved("The appointment is at this time already.")
    before = _create_entry(appointment)
    service_id = appointment.service.id
    calendar = store.read_catalogue(appointment.artist_id, [service_id], terms=False)
    entry = _create_entry(appointment, starts_at)
    service = calendar.services.get(service_id)
    if service is None and side is AppointmentSide.CLIENT:
        raise ServiceGone("This service is not offered any more; ask the artist.")
    days = list_days(before)
    if service is None:
        without = store.read_days(calendar, {*days, *list_days(entry)}).remove(before.id)
        return placement.place_anywhere(without, entry, now), entry
    without = calendars.read_to_place(calendar, service, entry, side, days).remove(before.id)
    service = _apply_agreed_times(service, appointment)
    return placement.place(without, service, entry, side, now), entry


def _apply_agreed_times(service: Service, appointment: Appointment) -> Service:
    """Return the service as it is today, with the length and buffers that were agreed."""
    agreed = appointment.service
    return msgspec.structs.replace(
        service,
        duration_minutes=agreed.duration_minutes,
        buffer_before_minutes=agreed.buffer_before_minutes,
        buffer_after_minutes=agreed.buffer_after_minutes,
    )


def _create_entry(appointment: Appointment, starts_at: datetime | None = None) -> CalendarEntry:
    """Return the calendar entry of an appointment, at its own or at another start."""
    return create_entry(
        appointment.service,
        starts_at or appointment.starts_at,
        entry_id=appointment.id,
        kind=CalendarEntryKind.APPOINTMENT,
    )


def _charge(
    appointment: Appointment,
    action: policy_terms.Action,
    cost: Cost,
    side: AppointmentSide,
    now: datetime,
) -> tuple[Appointment, list[DomainEvent]]:
    """Return the appointment with the cost of a change, and the events about its deposit.

    Earlier charges that are still open are paid out of the deposit that would be returned.
    """
    charged = appointment
    if appointment.deposit is not None and cost.deposit_forfeited:
        entry = LedgerEntry(
            state=DepositState.FORFEITED, amount=cost.deposit_forfeited, at=now, by=side
        )
        charged = msgspec.structs.replace(
            charged, deposit=deposit_ledger.add_entry(appointment.deposit, entry)
        )
    if cost.charges_settled:
        charged = charge_rules.settle_all(
            charged, cost.charges_settled, side, charge_rules.SETTLED_WITH_RETURN, now
        )
    charged = msgspec.structs.replace(
        charged, charges=(*charged.charges, *costs.create_charges(action, cost, now))
    )
    return charged, charges.create_events(appointment, charged, now)


def _pass_on_deposit(
    ended: Appointment, now: datetime
) -> tuple[Appointment, list[Appointment], list[DomainEvent]]:
    """Pass the deposit of a project on that is not paid yet, if its sitting has one.

    Returns:
        The sitting that ended, the one that now has the deposit, if any, and the event about it.
    """
    if ended.deposit is None or ended.project is None:
        return ended, [], []
    passed = deposit_ledger.pass_on(ended, projects.list_others_ahead(ended, now))
    if passed is None:
        return ended, [], []
    ended, heir = passed
    assert heir.deposit is not None
    limited = deposit_deadlines.limit(heir.deposit, heir.starts_at, now)
    heir = create_next_version(heir, now, deposit=limited)
    latest = limited.entries[-1]
    data = (
        events.overdue_data(heir, latest, released=False)
        if latest.state is DepositState.OVERDUE
        else events.deposit_data(heir, latest)
    )
    return ended, [heir], [events.create_event(heir.id, data, now)]


def _create_cancellation_event(
    cancelled: Appointment, side: AppointmentSide, cost: Cost, now: datetime
) -> DomainEvent:
    data = events.AppointmentCancelled(
        **events.appointment_data(cancelled, side),
        **events.charge_fields(cost),
        reason=cancelled.reason,
    )
    return events.create_event(cancelled.id, data, now)
