"""Proposals: dates for all sittings of a project. The client accepts all of them or none."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

import msgspec

from appointments import events, store
from appointments.models import (
    AppliedVoucher,
    Appointment,
    AppointmentSide,
    AppointmentStatus,
    BookedService,
    CalendarEntry,
    CalendarEntryKind,
    ConsultationCopy,
    Proposal,
    ProposalStatus,
    Relation,
    Service,
    Sitting,
    Voucher,
)
from appointments.rules import (
    agreements,
    consultations,
    deposit_ledger,
    placement,
    projects,
    quotes,
)
from appointments.rules import vouchers as voucher_rules
from appointments.rules.agreements import Agreement
from appointments.rules.calendar import Calendar, create_entry, list_days
from appointments.rules.errors import ConsultationEnded, ProposalExpired, WrongStatus
from appointments.rules.quotes import Quote
from appointments.schemas import (
    AcceptProposalRequest,
    PricePreview,
    ProposalList,
    ProposalRequest,
    ProposalsQuery,
    ProposalView,
)
from appointments.use_cases import consent, presenter, queries, vouchers
from domain.errors import Forbidden, NotFound
from domain.ids import new_id
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent
from shared.http import cursors
from shared.http.caller import Caller
from shared.http.repetition import find_made

# The side that ends a proposal in each way. The system acts when its time is over.
ENDED_BY = {
    ProposalStatus.ACCEPTED: AppointmentSide.CLIENT,
    ProposalStatus.DECLINED: AppointmentSide.CLIENT,
    ProposalStatus.WITHDRAWN: AppointmentSide.ARTIST,
    ProposalStatus.EXPIRED: AppointmentSide.SYSTEM,
}
EVENTS_WITHOUT_BOOKING = {
    ProposalStatus.DECLINED: events.ProposalDeclined,
    ProposalStatus.WITHDRAWN: events.ProposalWithdrawn,
    ProposalStatus.EXPIRED: events.ProposalExpired,
}


# ---- sending and reading -------------------------------------------------------------------------


@retry_on_conflict
def send(caller: Caller, request: ProposalRequest, now: datetime) -> ProposalView:
    """Propose dates to a client, and hold all of them until the proposal ends, or none.

    The proposal expires after the requested hours, at the latest when its first sitting would
    start. Price and policies are those in force now. An earlier proposal for the same consultation
    is withdrawn with it; its dates can be proposed again.

    Raises:
        NotFound: The service is not the caller's.
        Blocked: One of the two blocks the other.
        NoRelation: The client has not asked the caller for anything.
        SlotTaken: Something overlaps one of the sittings.
        SlotUnavailable: One of the sittings has passed.
        ConsultationEnded: The consultation is no longer open.
        InvalidFields: The sittings overlap each other, a price is in another currency, the total
            is too much, the client is wrong, or the consultation is not one of this client with
            the caller.
    """
    if made := find_made("prp", partial(get, caller)):
        return made
    placement.require_other_client(request.client_id, caller.user_id)
    consent.require_client(caller.user_id, request.client_id)
    requested = _list_requested(request)
    field = "body.startsAt" if request.sittings is None else "body.sittings"
    expires_at = min(now + timedelta(hours=request.expires_in_hours), requested[0].starts_at)
    proposal_id = new_id("prp")
    consultation = _require_open_consultation(caller, request, now)
    replaced = _list_open(consultation, consultation, now) if consultation else []
    calendar = store.read_catalogue(caller.user_id, [request.service_id])
    service = calendar.require_service(request.service_id)
    quoted = [quotes.apply(service, sitting.quote, sitting.field) for sitting in requested]
    entries = [
        create_entry(
            of,
            sitting.starts_at,
            entry_id=_get_entry_id(proposal_id, number),
            kind=CalendarEntryKind.PROPOSAL,
            owner_id=request.client_id,
            until=expires_at,
        )
        for number, (of, sitting) in enumerate(zip(quoted, requested, strict=True), 1)
    ]
    projects.require_no_overlap(entries, field)
    freed = [entry for old in replaced for entry in _list_entries(old)]
    calendar = store.read_days(calendar, _list_days_of_all([*entries, *freed]))
    calendar = _remove_all(calendar, freed)
    quote = Quote(request.price, request.duration_minutes)
    agreement = agreements.create(calendar, quotes.apply(service, quote, "body"), entries[0])
    total = quotes.compute_total([of.price for of in quoted], field)
    proposal = Proposal(
        id=proposal_id,
        artist_id=agreement.artist_id,
        client_id=request.client_id,
        service=agreement.service,
        price=agreement.price,
        total=total,
        sittings=tuple(
            _create_sitting(calendar, of, entry) for of, entry in zip(quoted, entries, strict=True)
        ),
        time_zone=agreement.time_zone,
        terms=agreement.policies,
        terms_hash=agreement.policies_hash,
        status=ProposalStatus.SENT,
        created_at=now,
        updated_at=now,
        expires_at=expires_at,
        message=request.message,
        consultation_id=request.consultation_id,
        deposit=deposit_ledger.create_deposit(
            service, agreement.policies, total.amount, AppointmentSide.ARTIST, now
        ),
        deposit_amount=service.deposit,
    )
    withdrawn = [_withdraw(old, now) for old in replaced]
    records: list[Proposal | ConsultationCopy] = [proposal, *withdrawn]
    if consultation is not None:
        records.append(consultations.add_proposal(consultation, proposal.id, now))
    data = events.ProposalSent(**events.proposal_data(proposal))
    published = [events.create_event(proposal.id, data, now)]
    published += [_create_withdrawal(old, proposal.id, now) for old in withdrawn]
    store.commit(calendar=_place_all(calendar, entries, now), records=records, events=published)
    return presenter.present_proposal(proposal)


def get(caller: Caller, proposal_id: str) -> ProposalView:
    """Return a proposal of the caller, as artist or client.

    Raises:
        NotFound: The caller takes no part in it.
    """
    proposal, _ = _require_own(caller, proposal_id)
    return presenter.present_proposal(proposal)


def list_own(caller: Caller, query: ProposalsQuery) -> ProposalList:
    """List the caller's proposals on one side, oldest first."""
    side = queries.get_listed_side(caller, query.role)
    scope = queries.create_cursor_scope("proposals", caller, side)
    proposals, position = store.list_records(
        Proposal,
        side,
        caller.user_id,
        limit=query.limit,
        after=cursors.decode(query.cursor, scope) if query.cursor else None,
    )
    items = [presenter.present_proposal(proposal) for proposal in proposals]
    return ProposalList(items, cursors.encode(position, scope) if position else None)


class _Requested(msgspec.Struct, frozen=True):
    """A requested sitting: its start, what the artist quotes, and where it was named."""

    starts_at: datetime
    quote: Quote
    field: str


def _list_requested(request: ProposalRequest) -> list[_Requested]:
    """Return the requested sittings by their start."""
    quote = Quote(request.price, request.duration_minutes)
    if request.sittings is None:
        assert request.starts_at is not None
        requested = [
            _Requested(placement.parse_start(starts_at), quote, "body")
            for starts_at in request.starts_at
        ]
    else:
        requested = [
            _Requested(
                placement.parse_start(sitting.starts_at, f"body.sittings[{number}].startsAt"),
                Quote(sitting.price, sitting.duration_minutes).or_else(quote),
                f"body.sittings[{number}]",
            )
            for number, sitting in enumerate(request.sittings)
        ]
    return sorted(requested, key=lambda sitting: sitting.starts_at)


# ---- ending --------------------------------------------------------------------------------------


@retry_on_conflict
def accept(
    caller: Caller, proposal_id: str, request: AcceptProposalRequest, now: datetime
) -> ProposalView:
    """Accept a proposal: book all sittings at the price and by the policies that were proposed.

    A voucher is redeemed with it, and lowers its total. The deposit of the project is requested
    with its first sitting. Other proposals for the same consultation are withdrawn.

    Raises:
        NotFound: The caller takes no part in it.
        Forbidden: The caller is not its client.
        Blocked: One of the two blocks the other.
        ProposalExpired: Its time is over.
        WrongStatus: It has ended already.
        ConsultationEnded: The consultation that it answers is no longer open.
        SlotTaken: A request on a server whose clock was ahead took the proposal for expired and
        booked the time.
        SlotUnavailable: A sitting has passed.
        VoucherRedeemed: The voucher was redeemed before.
        VoucherVoid: The voucher was voided.
        VoucherExpired: The voucher has expired.
        InvalidFields: The client's age is not confirmed as the proposed policies ask, or the
            voucher is not the client's, or is in another currency.
    """
    if find_made("apt", store.find_appointment):
        return get(caller, proposal_id)
    acceptance = _prepare_acceptance(caller, proposal_id, request, now)
    accepted = acceptance.proposal
    records: list[Proposal | Appointment | ConsultationCopy | Voucher] = [
        accepted,
        *acceptance.appointments,
        *acceptance.withdrawn,
    ]
    published = _create_acceptance_events(acceptance, now)
    published += [_create_withdrawal(other, accepted.id, now) for other in acceptance.withdrawn]
    if acceptance.consultation is not None:
        records.append(acceptance.consultation)
    if acceptance.voucher is not None:
        records.append(acceptance.voucher)
        published.append(events.voucher_event(acceptance.voucher, now))
    store.commit(calendar=acceptance.calendar, records=records, events=published)
    return presenter.present_proposal(accepted)


def preview_acceptance(
    caller: Caller, proposal_id: str, request: AcceptProposalRequest, now: datetime
) -> PricePreview:
    """Return what `accept` would book now, and at which price. It raises the same errors."""
    acceptance = _prepare_acceptance(caller, proposal_id, request, now)
    return presenter.present_prices(acceptance.appointments)


class _Acceptance(msgspec.Struct, frozen=True):
    """An acceptance that is ready to be written.

    Attributes:
        proposal: The accepted proposal.
        calendar: The calendar with all sittings in it.
        appointments: The sittings.
        withdrawn: Other proposals for the same consultation.
        consultation: The consultation, settled; None where the proposal answers none.
        voucher: The redeemed voucher; None without one.
        relation: Relation of the artist and the client.
    """

    proposal: Proposal
    calendar: Calendar
    appointments: list[Appointment]
    withdrawn: list[Proposal]
    consultation: ConsultationCopy | None
    voucher: Voucher | None
    relation: Relation | None


def _prepare_acceptance(
    caller: Caller, proposal_id: str, request: AcceptProposalRequest, now: datetime
) -> _Acceptance:
    proposal, side = _require_own(caller, proposal_id)
    accepted = _end(proposal, ProposalStatus.ACCEPTED, side, now)
    relation = consent.require_unblocked(proposal.artist_id, proposal.client_id)
    agreements.require_age_confirmation(proposal.terms, request.age_confirmation)
    consultation = _find_consultation(proposal)
    if consultation is not None:
        consultations.require_not_ended(consultation)
    others = [other for other in _list_open(proposal, consultation, now) if other.id != proposal.id]
    services = [_get_service(proposal, sitting) for sitting in proposal.sittings]
    entries = [
        create_entry(
            service,
            sitting.starts_at,
            entry_id=new_id("apt"),
            kind=CalendarEntryKind.APPOINTMENT,
        )
        for service, sitting in zip(services, proposal.sittings, strict=True)
    ]
    calendar = _place_all(_read_calendar_without(proposal, *others), entries, now)
    list_prices = [sitting.price or proposal.price for sitting in proposal.sittings]
    code = request.voucher_code
    voucher = vouchers.find(proposal.artist_id, code) if code else None
    applied = (
        voucher_rules.apply(
            voucher, list_prices, client_id=caller.user_id, field="body.voucherCode", now=now
        )
        if code
        else ()
    )
    appointments = _create_appointments(
        proposal, services, entries, applied, request=request, now=now
    )
    accepted = msgspec.structs.replace(
        accepted, appointment_ids=tuple(appointment.id for appointment in appointments)
    )
    return _Acceptance(
        proposal=accepted,
        calendar=calendar,
        appointments=appointments,
        withdrawn=[_withdraw(other, now) for other in others],
        consultation=consultation and consultations.settle(consultation, proposal.id, now),
        voucher=voucher_rules.redeem(voucher, appointments, now) if voucher else None,
        relation=relation,
    )


@retry_on_conflict
def decline(caller: Caller, proposal_id: str, now: datetime) -> ProposalView:
    """Decline a proposal, as its client. Its dates become free.

    Raises:
        NotFound: The caller takes no part in it.
        Forbidden: The caller is not its client.
        ProposalExpired: Its time is over.
        WrongStatus: It has ended already.
    """
    proposal, side = _require_own(caller, proposal_id)
    ended = _end_without_booking(proposal, ProposalStatus.DECLINED, side, now)
    return presenter.present_proposal(ended)


@retry_on_conflict
def withdraw(caller: Caller, proposal_id: str, now: datetime) -> ProposalView:
    """Withdraw a proposal, as its artist. Its dates become free.

    Raises:
        NotFound: The caller takes no part in it.
        Forbidden: The caller is not its artist.
        ProposalExpired: Its time is over.
        WrongStatus: It has ended already.
    """
    proposal, side = _require_own(caller, proposal_id)
    ended = _end_without_booking(proposal, ProposalStatus.WITHDRAWN, side, now)
    return presenter.present_proposal(ended)


def expire(proposal: Proposal, now: datetime) -> None:
    """Expire a proposal that was not answered in time, if its time is over.

    Raises:
        WriteConflict: It has changed meanwhile.
    """
    if proposal.status is ProposalStatus.SENT and proposal.expires_at <= now:
        _end_without_booking(proposal, ProposalStatus.EXPIRED, AppointmentSide.SYSTEM, now)


def end_for_erasure(side: AppointmentSide, proposal: Proposal, now: datetime) -> None:
    """End an open proposal for a side whose account was deleted, in the name of that side.

    Raises:
        WriteConflict: It has changed meanwhile.
    """
    is_client = side is AppointmentSide.CLIENT
    status = ProposalStatus.DECLINED if is_client else ProposalStatus.WITHDRAWN
    if proposal.status is ProposalStatus.SENT and now < proposal.expires_at:
        _end_without_booking(proposal, status, side, now)


def _end_without_booking(
    proposal: Proposal, status: ProposalStatus, side: AppointmentSide, now: datetime
) -> Proposal:
    """End a proposal, remove its entries from the calendar, and publish that it ended."""
    ended = _end(proposal, status, side, now)
    records: list[Proposal | ConsultationCopy] = [ended]
    consultation = _find_consultation(ended)
    if consultation is not None:
        records.append(consultations.end_proposal(consultation, ended.id, now))
    data = EVENTS_WITHOUT_BOOKING[status](**events.proposal_data(ended))
    store.commit(
        calendar=_read_calendar_without(ended),
        records=records,
        events=[events.create_event(ended.id, data, now)],
    )
    return ended


def _end(
    proposal: Proposal, status: ProposalStatus, side: AppointmentSide, now: datetime
) -> Proposal:
    """Return a proposal as ended by one side.

    Raises:
        Forbidden: The other side ends it in this way.
        ProposalExpired: Its time is over.
        WrongStatus: It has ended already.
    """
    if ENDED_BY[status] is not side:
        raise Forbidden(f"A proposal cannot be {status} by the {side}.")
    has_lapsed = proposal.status is ProposalStatus.SENT and proposal.expires_at <= now
    is_late = has_lapsed and side is not AppointmentSide.SYSTEM
    if proposal.status is ProposalStatus.EXPIRED or is_late:
        raise ProposalExpired("The time to answer this proposal is over.")
    if proposal.status is not ProposalStatus.SENT:
        raise WrongStatus(f"This is not possible: the proposal is {proposal.status}.")
    return msgspec.structs.replace(
        proposal, status=status, updated_at=now, version=proposal.version + 1
    )


def _create_appointments(
    proposal: Proposal,
    services: Sequence[BookedService],
    entries: Sequence[CalendarEntry],
    applied: Sequence[AppliedVoucher],
    *,
    request: AcceptProposalRequest,
    now: datetime,
) -> list[Appointment]:
    """Return the appointments of an accepted proposal, with what a voucher takes off each."""
    list_prices = [sitting.price or proposal.price for sitting in proposal.sittings]
    prices = agreements.get_prices(list_prices, applied)
    agreed = [
        _apply_place(
            Agreement(
                artist_id=proposal.artist_id,
                service=service,
                price=price,
                time_zone=proposal.time_zone,
                policies=proposal.terms,
                policies_hash=proposal.terms_hash,
            ),
            sitting,
        )
        for service, price, sitting in zip(services, prices, proposal.sittings, strict=True)
    ]
    total = sum(agreement.price.amount for agreement in agreed)
    return agreements.create_appointments(
        agreed,
        entries,
        client_id=proposal.client_id,
        booked_by=AppointmentSide.CLIENT,
        status=AppointmentStatus.CONFIRMED,
        deposit=deposit_ledger.request_again(
            proposal.deposit, proposal.deposit_amount, proposal.terms, total, now
        )
        if proposal.deposit
        else None,
        now=now,
        vouchers=applied,
        proposal_id=proposal.id,
        age_confirmation=request.age_confirmation,
    )


def _get_service(proposal: Proposal, sitting: Sitting) -> BookedService:
    """Return the service of a proposal in the length of one sitting."""
    length = sitting.ends_at - sitting.starts_at
    return msgspec.structs.replace(
        proposal.service, duration_minutes=int(length.total_seconds()) // 60
    )


def _create_sitting(calendar: Calendar, service: Service, entry: CalendarEntry) -> Sitting:
    place = calendar.timetable.get_place(service, entry.starts_at)
    return Sitting(
        entry.starts_at, entry.ends_at, place.location, place.time_zone, price=service.price
    )


def _apply_place(agreement: Agreement, sitting: Sitting) -> Agreement:
    """Return the agreement with the place that was proposed for a sitting."""
    if sitting.location is None or sitting.time_zone is None:
        return agreement
    service = msgspec.structs.replace(agreement.service, location=sitting.location)
    return msgspec.structs.replace(agreement, service=service, time_zone=sitting.time_zone)


def _create_acceptance_events(acceptance: _Acceptance, now: datetime) -> list[DomainEvent]:
    accepted, relation = acceptance.proposal, acceptance.relation
    data = events.ProposalAccepted(
        **events.proposal_data(accepted),
        appointment_ids=accepted.appointment_ids,
        ends_at=tuple(sitting.ends_at for sitting in accepted.sittings),
    )
    published = [events.create_event(accepted.id, data, now)]
    for appointment in acceptance.appointments:
        published += events.booking_events(
            appointment, now, relation, agreed_at=accepted.created_at
        )
    return published


# ---- consultations -------------------------------------------------------------------------------


@retry_on_conflict
def apply_consultation_event(changed: ConsultationCopy, by: AppointmentSide, now: datetime) -> None:
    """Update the copy of a consultation; with its end, end the proposals that are open for it.

    The side that ended the consultation ends the proposals, the artist where time ended it.

    Args:
        changed: What the event says.
        by: The side that changed the consultation.
        now: The present time.
    """
    known = store.find_consultation(changed.id)
    consultation = consultations.apply_event(known, changed, now)
    if consultation is None:
        return
    ended: list[Proposal] = []
    if consultation.status in consultations.ENDED:
        is_client = by is AppointmentSide.CLIENT
        side = AppointmentSide.CLIENT if is_client else AppointmentSide.ARTIST
        status = ProposalStatus.DECLINED if is_client else ProposalStatus.WITHDRAWN
        still_open = _list_open(changed, known, now)
        ended = [_end(proposal, status, side, now) for proposal in still_open]
    published = [
        events.create_event(
            proposal.id,
            EVENTS_WITHOUT_BOOKING[proposal.status](**events.proposal_data(proposal)),
            now,
        )
        for proposal in ended
    ]
    store.commit(
        calendar=_read_calendar_without(*ended) if ended else None,
        records=[consultation, *ended],
        events=published,
    )


def _require_open_consultation(
    caller: Caller, request: ProposalRequest, now: datetime
) -> ConsultationCopy | None:
    """Return the consultation that a new proposal names, if it names one.

    Raises:
        InvalidFields: It is not known, or is one of other people.
        ConsultationEnded: It is no longer open, or time has ended its proposal.
    """
    if request.consultation_id is None:
        return None
    consultation = consultations.require_open(
        store.find_consultation(request.consultation_id), caller.user_id, request.client_id
    )
    for proposal_id in consultation.open_proposals:
        proposal = store.find_proposal(proposal_id)
        if proposal is not None and proposal.expires_at <= now:
            raise ConsultationEnded("This is not possible: its proposal was not answered in time.")
    return consultation


def _find_consultation(proposal: Proposal) -> ConsultationCopy | None:
    """Return the copy of the consultation that a proposal answers, if there is one."""
    if proposal.consultation_id is None:
        return None
    return store.find_consultation(proposal.consultation_id)


def _list_open(
    named_by: Proposal | ConsultationCopy, known: ConsultationCopy | None, now: datetime
) -> list[Proposal]:
    """Return the proposals for a consultation that can still be answered.

    The copy names all that were sent since it exists. Those sent before are found by the index.

    Args:
        named_by: The consultation, or a proposal that names it.
        known: The copy of the consultation, if there is one.
        now: The present time.
    """
    consultation_id = named_by.consultation_id if isinstance(named_by, Proposal) else named_by.id
    if consultation_id is None:
        return []
    listed, _ = store.list_records(
        Proposal, AppointmentSide.CLIENT, named_by.client_id, statuses=[ProposalStatus.SENT]
    )
    ids = dict.fromkeys(known.open_proposals if known else ())
    ids |= dict.fromkeys(
        proposal.id
        for proposal in listed
        if (proposal.consultation_id, proposal.artist_id) == (consultation_id, named_by.artist_id)
    )
    found = [store.find_proposal(proposal_id) for proposal_id in ids]
    return [
        proposal
        for proposal in found
        if proposal is not None
        and proposal.status is ProposalStatus.SENT
        and now < proposal.expires_at
    ]


def _withdraw(proposal: Proposal, now: datetime) -> Proposal:
    return _end(proposal, ProposalStatus.WITHDRAWN, AppointmentSide.ARTIST, now)


def _create_withdrawal(withdrawn: Proposal, replaced_by: str, now: datetime) -> DomainEvent:
    data = events.ProposalWithdrawn(**events.proposal_data(withdrawn), replaced_by=replaced_by)
    return events.create_event(withdrawn.id, data, now)


# ---- shared --------------------------------------------------------------------------------------


def _require_own(caller: Caller, proposal_id: str) -> tuple[Proposal, AppointmentSide]:
    """Return a proposal and the caller's side of it.

    Raises:
        NotFound: The caller takes no part in it.
    """
    proposal = store.find_proposal(proposal_id)
    if proposal is not None and caller.user_id == proposal.artist_id:
        return proposal, AppointmentSide.ARTIST
    if proposal is not None and caller.user_id == proposal.client_id:
        return proposal, AppointmentSide.CLIENT
    raise NotFound("There is no such proposal.")


def _place_all(calendar: Calendar, entries: list[CalendarEntry], now: datetime) -> Calendar:
    """Return the calendar with all entries in it."""
    for entry in entries:
        calendar = placement.place_anywhere(calendar, entry, now)
    return calendar


def _read_calendar_without(*proposals: Proposal) -> Calendar:
    """Read the days of proposals of one artist, and remove the entries that are still there."""
    entries = [entry for proposal in proposals for entry in _list_entries(proposal)]
    days = _list_days_of_all(entries)
    return _remove_all(store.read_days(Calendar(proposals[0].artist_id), days), entries)


def _remove_all(calendar: Calendar, entries: list[CalendarEntry]) -> Calendar:
    """Return the calendar without any of the entries."""
    for entry in entries:
        calendar = calendar.remove(entry.id)
    return calendar


def _list_entries(proposal: Proposal) -> list[CalendarEntry]:
    """Return the entries of a proposal's sittings."""
    return [
        create_entry(
            _get_service(proposal, sitting),
            sitting.starts_at,
            entry_id=_get_entry_id(proposal.id, number),
            kind=CalendarEntryKind.PROPOSAL,
        )
        for number, sitting in enumerate(proposal.sittings, 1)
    ]


def _list_days_of_all(entries: list[CalendarEntry]) -> set[date]:
    return {day for entry in entries for day in list_days(entry)}


def _get_entry_id(proposal_id: str, number: int) -> str:
    return f"{proposal_id}.{number}"
