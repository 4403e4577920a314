"""Proposals: dates for all sittings of a project. The client accepts all of them or none."""

from collections.abc import Sequence
from datetime import datetime, timedelta

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
    Proposal,
    ProposalStatus,
    Sitting,
    Voucher,
)
from appointments.rules import agreements, deposit_ledger, placement, projects, quotes
from appointments.rules import vouchers as voucher_rules
from appointments.rules.agreements import Agreement
from appointments.rules.calendar import Calendar, create_entry, get_first_day
from appointments.rules.errors import ProposalExpired, WrongStatus
from appointments.rules.quotes import Quote
from appointments.schemas import (
    PricePreview,
    ProposalList,
    ProposalRequest,
    ProposalsQuery,
    ProposalView,
)
from appointments.use_cases import presenter, queries, vouchers
from domain.errors import Forbidden, NotFound
from domain.ids import new_id
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent
from shared.http import cursors
from shared.http.caller import Caller

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
    start. Price and policies are those in force now.

    Raises:
        NotFound: The service is not the caller's.
        SlotTaken: Something overlaps one of the sittings.
        SlotUnavailable: One of the sittings has passed.
        InvalidFields: The sittings overlap each other, a price is in another currency, the total
            is too much, or the client is wrong.
    """
    placement.require_other_client(request.client_id, caller.user_id)
    requested = _list_requested(request)
    field = "body.startsAt" if request.sittings is None else "body.sittings"
    expires_at = min(now + timedelta(hours=request.expires_in_hours), requested[0].starts_at)
    proposal_id = new_id("prp")
    calendar = store.read_calendar(caller.user_id, get_first_day(requested[0].starts_at))
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
            Sitting(entry.starts_at, entry.ends_at, of.price)
            for entry, of in zip(entries, quoted, strict=True)
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
    )
    data = events.ProposalSent(**events.proposal_data(proposal))
    store.commit(
        calendar=_place_all(calendar, entries, now),
        records=[proposal],
        events=[events.create_event(proposal.id, data, now)],
    )
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
    caller: Caller, proposal_id: str, now: datetime, *, voucher_code: str | None = None
) -> ProposalView:
    """Accept a proposal: book all sittings at the price and by the policies that were proposed.

    A voucher is redeemed with it, and lowers its total. The deposit of the project is requested
    with its first sitting.

    Raises:
        NotFound: The caller takes no part in it.
        Forbidden: The caller is not its client.
        ProposalExpired: Its time is over.
        WrongStatus: It has ended already.
        SlotTaken: A request on a server whose clock was ahead took the proposal for expired and
        booked the time.
        SlotUnavailable: A sitting has passed.
        VoucherRedeemed: The voucher was redeemed before.
        VoucherVoid: The voucher was voided.
        VoucherExpired: The voucher has expired.
        InvalidFields: The voucher is not the client's, or is in another currency.
    """
    accepted, calendar, appointments, voucher = _prepare_acceptance(
        caller, proposal_id, voucher_code, now
    )
    published = _create_acceptance_events(accepted, appointments, now)
    vouchers_written = [voucher] if voucher else []
    published += [events.voucher_event(each, now) for each in vouchers_written]
    store.commit(
        calendar=calendar,
        records=[accepted, *appointments, *vouchers_written],
        events=published,
    )
    return presenter.present_proposal(accepted)


def preview_acceptance(
    caller: Caller, proposal_id: str, now: datetime, *, voucher_code: str | None = None
) -> PricePreview:
    """Return what `accept` would book now, and at which price. It raises the same errors."""
    _, _, appointments, _ = _prepare_acceptance(caller, proposal_id, voucher_code, now)
    return presenter.present_prices(appointments)


def _prepare_acceptance(
    caller: Caller, proposal_id: str, voucher_code: str | None, now: datetime
) -> tuple[Proposal, Calendar, list[Appointment], Voucher | None]:
    """Return the accepted proposal, the calendar, the appointments and the redeemed voucher."""
    proposal, side = _require_own(caller, proposal_id)
    accepted = _end(proposal, ProposalStatus.ACCEPTED, side, now)
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
    calendar = _place_all(_read_calendar_without(proposal), entries, now)
    list_prices = [sitting.price or proposal.price for sitting in proposal.sittings]
    voucher = vouchers.find(proposal.artist_id, voucher_code) if voucher_code else None
    applied = (
        voucher_rules.apply(
            voucher, list_prices, client_id=caller.user_id, field="body.voucherCode", now=now
        )
        if voucher_code
        else ()
    )
    appointments = _create_appointments(proposal, services, entries, applied, now)
    accepted = msgspec.structs.replace(
        accepted, appointment_ids=tuple(appointment.id for appointment in appointments)
    )
    redeemed = voucher_rules.redeem(voucher, appointments, now) if voucher else None
    return accepted, calendar, appointments, redeemed


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
    data = EVENTS_WITHOUT_BOOKING[status](**events.proposal_data(ended))
    store.commit(
        calendar=_read_calendar_without(ended),
        records=[ended],
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
    now: datetime,
) -> list[Appointment]:
    """Return the appointments of an accepted proposal, with what a voucher takes off each."""
    list_prices = [sitting.price or proposal.price for sitting in proposal.sittings]
    agreed = [
        Agreement(
            artist_id=proposal.artist_id,
            service=service,
            price=price,
            time_zone=proposal.time_zone,
            policies=proposal.terms,
            policies_hash=proposal.terms_hash,
        )
        for service, price in zip(
            services, agreements.get_prices(list_prices, applied), strict=True
        )
    ]
    total = sum(agreement.price.amount for agreement in agreed)
    return agreements.create_appointments(
        agreed,
        entries,
        client_id=proposal.client_id,
        booked_by=AppointmentSide.CLIENT,
        status=AppointmentStatus.CONFIRMED,
        deposit=deposit_ledger.request_again(proposal.deposit, total, now)
        if proposal.deposit
        else None,
        now=now,
        vouchers=applied,
        proposal_id=proposal.id,
    )


def _get_service(proposal: Proposal, sitting: Sitting) -> BookedService:
    """Return the service of a proposal in the length of one sitting."""
    length = sitting.ends_at - sitting.starts_at
    return msgspec.structs.replace(
        proposal.service, duration_minutes=int(length.total_seconds()) // 60
    )


def _create_acceptance_events(
    accepted: Proposal, appointments: list[Appointment], now: datetime
) -> list[DomainEvent]:
    data = events.ProposalAccepted(
        **events.proposal_data(accepted), appointment_ids=accepted.appointment_ids
    )
    published = [events.create_event(accepted.id, data, now)]
    for appointment in appointments:
        published += events.booking_events(appointment, now)
    return published


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


def _read_calendar_without(proposal: Proposal) -> Calendar:
    """Read the artist's calendar, and remove the entries of a proposal if they are still there."""
    calendar = store.read_calendar(
        proposal.artist_id, get_first_day(proposal.sittings[0].starts_at)
    )
    for number in range(1, len(proposal.sittings) + 1):
        calendar = calendar.remove(_get_entry_id(proposal.id, number))
    return calendar


def _get_entry_id(proposal_id: str, number: int) -> str:
    return f"{proposal_id}.{number}"
