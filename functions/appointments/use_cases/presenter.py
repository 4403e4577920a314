"""Presenter: records as the API shows them to an artist and a client."""

from collections.abc import Sequence

from appointments.models import (
    Appointment,
    AppointmentCharge,
    AppointmentSide,
    Proposal,
    Service,
    Sitting,
    WaitlistEntry,
)
from appointments.rules import balances, deposit_ledger, projects
from appointments.rules.transitions import LIVE
from appointments.schemas import (
    AppointmentView,
    BalanceView,
    BankDetails,
    ChargeView,
    DepositView,
    PricedSitting,
    PricePreview,
    ProposalView,
    ProposedSitting,
    ServiceView,
    WaitlistEntryView,
    WaitlistOfferView,
)
from domain.money import Money
from shared.platform.time_zones import format_local


def present_appointment(
    appointment: Appointment, bank_details: BankDetails | None = None
) -> AppointmentView:
    """Return an appointment; pass bank details only where `shows_bank_details` allows it."""
    return AppointmentView(
        id=appointment.id,
        artist_id=appointment.artist_id,
        client_id=appointment.client_id,
        walk_in_name=appointment.walk_in_name,
        service=appointment.service,
        list_price=appointment.list_price,
        discount=appointment.discount,
        price=appointment.price,
        total=get_total(appointment),
        voucher=appointment.voucher.name if appointment.voucher else None,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        time_zone=appointment.time_zone,
        local=format_local(appointment.starts_at, appointment.time_zone),
        status=appointment.status,
        booked_by=appointment.booked_by,
        notes=appointment.notes,
        deposit=_present_deposit(appointment, bank_details),
        charges=[
            _present_charge(number, charge) for number, charge in enumerate(appointment.charges, 1)
        ],
        balance=_present_balance(appointment),
        corrections=appointment.corrections,
        policies=list(appointment.terms.values()),
        policies_hash=appointment.terms_hash,
        age_confirmation=appointment.age_confirmation,
        project=appointment.project,
        answer_by=appointment.answer_by,
        reason=appointment.reason,
        closed_by=appointment.closed_by,
        created_at=appointment.created_at,
        updated_at=appointment.updated_at,
        version=appointment.version,
    )


def present_proposal(proposal: Proposal) -> ProposalView:
    """Return a proposal."""
    deposit = proposal.deposit
    return ProposalView(
        id=proposal.id,
        artist_id=proposal.artist_id,
        client_id=proposal.client_id,
        service=proposal.service,
        price=proposal.price,
        total=proposal.total,
        deposit=Money(deposit.amount, deposit.currency) if deposit else None,
        sittings=tuple(_present_sitting(proposal, sitting) for sitting in proposal.sittings),
        time_zone=proposal.time_zone,
        message=proposal.message,
        consultation_id=proposal.consultation_id,
        status=proposal.status,
        policies=list(proposal.terms.values()),
        policies_hash=proposal.terms_hash,
        appointment_ids=proposal.appointment_ids,
        created_at=proposal.created_at,
        expires_at=proposal.expires_at,
        version=proposal.version,
    )


def present_service(service: Service) -> ServiceView:
    """Return a service with the price of all its sittings."""
    fields = {name: getattr(service, name) for name in service.__struct_fields__}
    return ServiceView(**fields, total=projects.get_total(service))


def present_prices(appointments: Sequence[Appointment]) -> PricePreview:
    """Return the prices of appointments that would be booked together."""
    deposit = appointments[0].deposit
    voucher = appointments[0].voucher
    currency = appointments[0].price.currency
    return PricePreview(
        sittings=[
            PricedSitting(
                starts_at=appointment.starts_at,
                ends_at=appointment.ends_at,
                location=appointment.service.location,
                time_zone=appointment.time_zone,
                list_price=appointment.list_price,
                discount=appointment.discount,
                price=appointment.price,
            )
            for appointment in appointments
        ],
        list_price=_add(currency, [appointment.list_price for appointment in appointments]),
        discount=_add(currency, [appointment.discount for appointment in appointments]),
        total=_add(currency, [appointment.price for appointment in appointments]),
        deposit=Money(deposit.amount, deposit.currency) if deposit else None,
        voucher=voucher.name if voucher else None,
    )


def get_total(appointment: Appointment) -> Money:
    """Return the price of all sittings of a project; of a single appointment its own."""
    project = appointment.project
    if project is None:
        return appointment.price
    if project.total is not None:
        return project.total
    # Version 0.2 booked all sittings of a project at one price.
    price = appointment.price
    return Money(price.amount * project.sittings, price.currency)


def _present_sitting(proposal: Proposal, sitting: Sitting) -> ProposedSitting:
    """Return a sitting; those proposed by version 0.2 have the proposal's price and place."""
    location = proposal.service.location if sitting.location is None else sitting.location
    return ProposedSitting(
        starts_at=sitting.starts_at,
        ends_at=sitting.ends_at,
        location=location,
        time_zone=sitting.time_zone or proposal.time_zone,
        price=sitting.price or proposal.price,
    )


def present_waitlist_entry(entry: WaitlistEntry) -> WaitlistEntryView:
    """Return a waitlist entry."""
    offer = entry.offer
    return WaitlistEntryView(
        id=entry.id,
        artist_id=entry.artist_id,
        client_id=entry.client_id,
        service_id=entry.service_id,
        first_date=entry.first_date,
        last_date=entry.last_date,
        status=entry.status,
        offer=WaitlistOfferView(offer.hold_id, offer.starts_at, offer.ends_at, offer.answer_until)
        if offer
        else None,
        created_at=entry.created_at,
    )


def shows_bank_details(appointment: Appointment, side: AppointmentSide) -> bool:
    """Return whether a side is shown where to pay: the client, and only while payment is due."""
    deposit = appointment.deposit
    return (
        side is AppointmentSide.CLIENT
        and appointment.status in LIVE
        and deposit is not None
        and deposit_ledger.get_state(deposit) in deposit_ledger.PAYMENT_DUE
    )


def _add(currency: str, amounts: Sequence[Money]) -> Money:
    return Money(sum(money.amount for money in amounts), currency)


def _present_deposit(
    appointment: Appointment, bank_details: BankDetails | None
) -> DepositView | None:
    deposit = appointment.deposit
    if deposit is None:
        return None
    return DepositView(
        amount=deposit.amount,
        currency=deposit.currency,
        state=deposit_ledger.get_state(deposit),
        held=deposit_ledger.get_held_amount(deposit),
        due_at=deposit.due_at if appointment.status in LIVE else None,
        refundable_until_hours=deposit.refundable_until_hours,
        entries=deposit.entries,
        bank_details=bank_details,
    )


def _present_charge(number: int, charge: AppointmentCharge) -> ChargeView:
    return ChargeView(
        number=number,
        action=charge.action,
        fee=charge.fee,
        deposit_forfeited=charge.deposit_forfeited,
        due=charge.due,
        open=balances.get_open_amount(charge),
        currency=charge.currency,
        explanation=charge.explanation,
        at=charge.at,
        version_id=charge.version_id,
        entries=charge.entries,
    )


def _present_balance(appointment: Appointment) -> BalanceView:
    balance = balances.compute(appointment.deposit, appointment.charges)
    return BalanceView(
        requested=balance.requested,
        held=balance.held,
        returned=balance.returned,
        forfeited=balance.forfeited,
        paid=balance.paid,
        transferred=balance.transferred,
        due=balance.due,
        currency=appointment.price.currency,
    )
