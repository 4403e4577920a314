"""Projects: dates for all sittings, proposed to a client, who takes all of them or none."""

from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from appointments import events, store
from appointments.models import (
    MAX_AMOUNT,
    Appointment,
    Entry,
    EntryKind,
    Money,
    Project,
    Proposal,
    ProposalStatus,
    Side,
    Sitting,
    Status,
)
from appointments.rules import deposit_ledger, sittings
from appointments.rules.calendar import Calendar, entry_for
from appointments.rules.errors import ProposalExpired, WrongStatus
from appointments.schemas import (
    Frequency,
    Plan,
    PlannedSitting,
    PlanRequest,
    ProposalRequest,
    Proposals,
    ProposalsQuery,
    ProposalView,
)
from appointments.use_cases import booking, presenter, queries
from appointments.use_cases.booking import Agreement
from domain.errors import FieldError, Forbidden, InvalidFields, NotFound
from domain.ids import new_id
from shared.data.conflicts import retry_on_conflict
from shared.events import domain_events
from shared.events.domain_events import DomainEvent, EventData
from shared.http import cursors
from shared.http.caller import Caller
from shared.platform import time_zones

# Who ends a proposal how. The system does when its time is over.
ENDED_BY = {
    ProposalStatus.ACCEPTED: Side.CLIENT,
    ProposalStatus.DECLINED: Side.CLIENT,
    ProposalStatus.WITHDRAWN: Side.ARTIST,
    ProposalStatus.EXPIRED: Side.SYSTEM,
}
UNANSWERED = {
    ProposalStatus.DECLINED: events.ProposalDeclined,
    ProposalStatus.WITHDRAWN: events.ProposalWithdrawn,
    ProposalStatus.EXPIRED: events.ProposalExpired,
}


# ---- planning ----------------------------------------------------------------------------------


def plan(caller: Caller, request: PlanRequest, now: datetime) -> Plan:
    """Find a slot for every sitting, in one query; nothing is kept or promised.

    Raises a 404 Problem unless the service is the caller's, a 409 one where a sitting finds no
    slot, a 422 one for what cannot be planned.
    """
    booking.check_somebody_else(request.client_id, caller)
    _check_date(request, now)
    calendar = store.read_calendar(caller.user_id, booking.first_day(now))
    service = booking.service_in(calendar, request.service_id)
    count = request.sittings or service.sittings
    if request.frequency is Frequency.SINGLE and count != 1:
        raise InvalidFields(FieldError("body.sittings", "must be 1 where frequency is single"))
    planned = sittings.plan(
        calendar, service, request.frequency, count, starts_on=request.starts_on, now=now
    )
    terms = booking.agreement(calendar, service, planned[0])
    total = _total(service.price, count, "body.sittings")
    deposit = deposit_ledger.requested(service, terms.policies, total.amount, Side.ARTIST, now)
    return Plan(
        service_id=service.id,
        client_id=request.client_id,
        sittings=[_planned(entry, calendar.time_zone) for entry in planned],
        price=service.price,
        total=total,
        deposit=Money(deposit.amount, deposit.currency) if deposit else None,
        time_zone=calendar.time_zone,
    )


def _check_date(request: PlanRequest, now: datetime) -> None:
    """Raise a 422 Problem for a date that is past, wherever the artist lives, or far away."""
    days_ahead = (request.starts_on - now.date()).days
    if not -1 <= days_ahead <= booking.FARTHEST.days:
        latest = booking.FARTHEST.days
        raise InvalidFields(
            FieldError("body.startsOn", f"must be today or later, within {latest} days")
        )


def _planned(entry: Entry, time_zone: str) -> PlannedSitting:
    local = time_zones.format_local(entry.starts_at, time_zone)
    return PlannedSitting(entry.starts_at, entry.ends_at, local)


# ---- proposing ---------------------------------------------------------------------------------


def propose(caller: Caller, request: ProposalRequest, now: datetime) -> ProposalView:
    """Propose dates and keep all of them free until the proposal ends, or none.

    It ends with the hours it is given, or when the first sitting would start. Price and policies
    are frozen into it. Raises a 404 Problem unless the service is the caller's, a 409 one for a
    time that is taken or past, a 422 one for sittings that overlap each other.
    """
    booking.check_somebody_else(request.client_id, caller)
    starts = sorted(booking.whole_minute(starts_at) for starts_at in request.starts_at)
    expires_at = min(now + timedelta(hours=request.expires_in_hours), starts[0])
    proposal_id = new_id("prp")

    @retry_on_conflict
    def work() -> ProposalView:
        calendar = store.read_calendar(caller.user_id, booking.first_day(starts[0]))
        service = booking.service_in(calendar, request.service_id)
        entries = [
            entry_for(
                service,
                starts_at,
                entry_id=_entry_id(proposal_id, number),
                kind=EntryKind.PROPOSAL,
                owner_id=request.client_id,
                until=expires_at,
            )
            for number, starts_at in enumerate(starts, 1)
        ]
        _check_apart(entries)
        terms = booking.agreement(calendar, service, entries[0])
        total = _total(service.price, len(entries), "body.startsAt")
        proposal = Proposal(
            id=proposal_id,
            artist_id=terms.artist_id,
            client_id=request.client_id,
            service=terms.service,
            price=terms.price,
            total=total,
            sittings=tuple(Sitting(entry.starts_at, entry.ends_at) for entry in entries),
            time_zone=terms.time_zone,
            terms=terms.policies,
            terms_hash=terms.policies_hash,
            status=ProposalStatus.SENT,
            created_at=now,
            updated_at=now,
            expires_at=expires_at,
            message=request.message,
            consultation_id=request.consultation_id,
            deposit=deposit_ledger.requested(
                service, terms.policies, total.amount, Side.ARTIST, now
            ),
        )
        sent = events.ProposalSent(**events.about_proposal(proposal))
        store.commit(
            calendar=_placed(calendar, entries, now),
            records=[proposal],
            events=[_told(proposal, sent, now)],
        )
        return presenter.of_proposal(proposal)

    return work()


def _check_apart(entries: list[Entry]) -> None:
    """Raise a 422 Problem for sittings that overlap each other; they are in order."""
    if any(later.busy_from < earlier.busy_until for earlier, later in pairwise(entries)):
        raise InvalidFields(FieldError("body.startsAt", "has sittings that overlap, with buffers"))


# ---- reading -----------------------------------------------------------------------------------


def get(caller: Caller, proposal_id: str) -> ProposalView:
    """A proposal of or to the caller. Raises a 404 Problem for others'."""
    proposal, _ = _own(caller, proposal_id)
    return presenter.of_proposal(proposal)


def list_for(caller: Caller, query: ProposalsQuery) -> Proposals:
    """The caller's proposals as artist or as client, oldest first."""
    side = queries.side_of(caller, query.role)
    listed = queries.scope("proposals", caller, side)
    found, position = store.list_records(
        Proposal,
        side,
        caller.user_id,
        limit=query.limit,
        after=cursors.decode(query.cursor, listed) if query.cursor else None,
    )
    items = [presenter.of_proposal(proposal) for proposal in found]
    return Proposals(items, cursors.encode(position, listed) if position else None)


# ---- ending ------------------------------------------------------------------------------------


@retry_on_conflict
def accept(caller: Caller, proposal_id: str, now: datetime) -> ProposalView:
    """Book all sittings, at the price and by the policies that were proposed, or none.

    The project's deposit is asked for with its first sitting. Raises the Problems of `_ended`, and
    a 409 one where somebody else has the time: their clock said that the proposal was over.
    """
    proposal, side = _own(caller, proposal_id)
    accepted = _ended(proposal, ProposalStatus.ACCEPTED, side, now)
    entries = [
        entry_for(
            proposal.service,
            sitting.starts_at,
            entry_id=new_id("apt"),
            kind=EntryKind.APPOINTMENT,
        )
        for sitting in proposal.sittings
    ]
    calendar = _placed(_freed(proposal), entries, now)
    appointments = _appointments(proposal, entries, now)
    accepted = msgspec.structs.replace(
        accepted, appointment_ids=tuple(appointment.id for appointment in appointments)
    )
    store.commit(
        calendar=calendar,
        records=[accepted, *appointments],
        events=_facts_of_acceptance(accepted, appointments, now),
    )
    return presenter.of_proposal(accepted)


def decline(caller: Caller, proposal_id: str, now: datetime) -> ProposalView:
    """The client does not take it; its dates are free again. Raises the Problems of `_ended`."""
    return _answered(caller, proposal_id, ProposalStatus.DECLINED, now)


def withdraw(caller: Caller, proposal_id: str, now: datetime) -> ProposalView:
    """The artist takes it back; its dates are free again. Raises the Problems of `_ended`."""
    return _answered(caller, proposal_id, ProposalStatus.WITHDRAWN, now)


def expire(proposal: Proposal, now: datetime) -> None:
    """Nobody answered in time: its dates are free again. Does nothing before that is so.

    Raises Conflict where it was changed meanwhile.
    """
    if proposal.status is ProposalStatus.SENT and proposal.expires_at <= now:
        _end_unanswered(proposal, ProposalStatus.EXPIRED, Side.SYSTEM, now)


def end_for_deleted(side: Side, proposal: Proposal, now: datetime) -> None:
    """End it for a side whose account is gone, as they would; what is over already just stays so.

    Raises Conflict where it was changed meanwhile.
    """
    status = ProposalStatus.DECLINED if side is Side.CLIENT else ProposalStatus.WITHDRAWN
    if proposal.status is ProposalStatus.SENT and now < proposal.expires_at:
        _end_unanswered(proposal, status, side, now)


@retry_on_conflict
def _answered(
    caller: Caller, proposal_id: str, status: ProposalStatus, now: datetime
) -> ProposalView:
    proposal, side = _own(caller, proposal_id)
    return presenter.of_proposal(_end_unanswered(proposal, status, side, now))


def _end_unanswered(
    proposal: Proposal, status: ProposalStatus, side: Side, now: datetime
) -> Proposal:
    """End it without a booking, take its entries out of the calendar and tell it."""
    ended = _ended(proposal, status, side, now)
    fact = UNANSWERED[status](**events.about_proposal(ended))
    store.commit(calendar=_freed(ended), records=[ended], events=[_told(ended, fact, now)])
    return ended


def _ended(proposal: Proposal, status: ProposalStatus, side: Side, now: datetime) -> Proposal:
    """The proposal ended by this side.

    Raises a 403 Problem for the wrong side, a 409 one for a proposal that is over.
    """
    if ENDED_BY[status] is not side:
        raise Forbidden(f"A proposal is not {status} by the {side}.")
    lapsed = proposal.status is ProposalStatus.SENT and proposal.expires_at <= now
    if proposal.status is ProposalStatus.EXPIRED or (lapsed and side is not Side.SYSTEM):
        raise ProposalExpired("The time to answer this proposal is over.")
    if proposal.status is not ProposalStatus.SENT:
        raise WrongStatus(f"Not possible: the proposal is {proposal.status}.")
    return msgspec.structs.replace(
        proposal, status=status, updated_at=now, version=proposal.version + 1
    )


def _appointments(proposal: Proposal, entries: list[Entry], now: datetime) -> list[Appointment]:
    """The sittings as they are booked."""
    terms = Agreement(
        artist_id=proposal.artist_id,
        service=proposal.service,
        price=proposal.price,
        time_zone=proposal.time_zone,
        policies=proposal.terms,
        policies_hash=proposal.terms_hash,
    )
    deposit = deposit_ledger.asked_at(proposal.deposit, now) if proposal.deposit else None
    return [
        booking.appointment_by(
            terms,
            entry,
            client_id=proposal.client_id,
            booked_by=Side.CLIENT,
            status=Status.CONFIRMED,
            deposit=deposit if number == 1 else None,
            now=now,
            project=Project(proposal.id, number, len(entries)),
        )
        for number, entry in enumerate(entries, 1)
    ]


def _facts_of_acceptance(
    accepted: Proposal, appointments: list[Appointment], now: datetime
) -> list[DomainEvent]:
    fact = events.ProposalAccepted(
        **events.about_proposal(accepted), appointment_ids=accepted.appointment_ids
    )
    told = [_told(accepted, fact, now)]
    for appointment in appointments:
        told += booking.facts_of_booking(appointment, now)
    return told


# ---- within ------------------------------------------------------------------------------------


def _own(caller: Caller, proposal_id: str) -> tuple[Proposal, Side]:
    """The proposal and the side on which the caller takes part. Raises a 404 Problem for others."""
    proposal = store.find_proposal(proposal_id)
    if proposal is not None and caller.user_id == proposal.artist_id:
        return proposal, Side.ARTIST
    if proposal is not None and caller.user_id == proposal.client_id:
        return proposal, Side.CLIENT
    raise NotFound("There is no such proposal.")


def _placed(calendar: Calendar, entries: list[Entry], now: datetime) -> Calendar:
    """The calendar with all entries in it. Raises a 409 Problem where one of them cannot be."""
    for entry in entries:
        calendar = booking.place_anywhere(calendar, entry, now)
    return calendar


def _freed(proposal: Proposal) -> Calendar:
    """The artist's calendar without what was kept for the proposal; lapsed, it may be gone."""
    calendar = store.read_calendar(
        proposal.artist_id, booking.first_day(proposal.sittings[0].starts_at)
    )
    for number in range(1, len(proposal.sittings) + 1):
        calendar = calendar.remove(_entry_id(proposal.id, number))
    return calendar


def _entry_id(proposal_id: str, number: int) -> str:
    return f"{proposal_id}.{number}"


def _told(proposal: Proposal, fact: EventData, now: datetime) -> DomainEvent:
    return domain_events.new_event("appointments", proposal.id, fact, now)


def _total(price: Money, sittings: int, field: str) -> Money:
    """The price of all sittings. Raises a 422 Problem where that is more than amounts can be."""
    amount = price.amount * sittings
    if amount > MAX_AMOUNT:
        raise InvalidFields(FieldError(field, "come to more than an amount can be"))
    return Money(amount, price.currency)
