"""What happens to deposits, and where they are paid to. `ledger` says who may do what when."""

from datetime import datetime

import msgspec

from appointments import events, store
from appointments.models import Appointment, DepositState, LedgerEntry, Mode, Side, Status
from appointments.rules import deposit_ledger
from appointments.schemas import (
    AppointmentView,
    BankDetails,
    NoteRequest,
    ProofRequest,
    RefundRequest,
    TransferRequest,
)
from appointments.use_cases import booking, lifecycle, queries
from domain.errors import FieldError, InvalidFields, NotFound
from shared.data.conflicts import retry_on_conflict
from shared.events import domain_events
from shared.events.domain_events import DomainEvent, EventData
from shared.http.caller import Caller


def prove(
    caller: Caller, appointment_id: str, request: ProofRequest, now: datetime
) -> AppointmentView:
    """The client says it is paid. Raises the Problems of `ledger`, as all here do."""
    happened = DepositState.PROOF_SUBMITTED
    note, files = request.reference, request.files
    return _recorded(caller, appointment_id, happened, now, note=note, files=files)


def confirm(
    caller: Caller, appointment_id: str, request: NoteRequest, now: datetime
) -> AppointmentView:
    """The artist has it; what waited for nothing else is confirmed with it."""
    return _recorded(caller, appointment_id, DepositState.CONFIRMED, now, note=request.note)


def reject(
    caller: Caller, appointment_id: str, request: NoteRequest, now: datetime
) -> AppointmentView:
    """The artist does not have it, whatever the client says."""
    return _recorded(caller, appointment_id, DepositState.REJECTED, now, note=request.note)


def refund(
    caller: Caller, appointment_id: str, request: RefundRequest, now: datetime
) -> AppointmentView:
    """The artist gave it back, or a part; also where the appointment is over."""
    happened = DepositState.REFUNDED
    return _recorded(
        caller, appointment_id, happened, now, note=request.note, amount=request.amount
    )


@retry_on_conflict
def transfer(
    caller: Caller, appointment_id: str, request: TransferRequest, now: datetime
) -> AppointmentView:
    """The artist applies what is held to another sitting of the project: both change, or neither.

    Raises a 422 Problem where that is not another sitting of the project.
    """
    source, side = queries.own(caller, appointment_id)
    deposit = deposit_ledger.open_to(source, DepositState.TRANSFERRED, side)
    target = _other_sitting(source, request.appointment_id)
    deposit_ledger.check_live(target)
    left, received = deposit_ledger.moved(source, deposit, target, side, now)
    source = lifecycle.changed(source, now, deposit=left)
    target = lifecycle.changed(target, now, deposit=received)
    fact = events.about_transfer(source, left.entries[-1], target.id)
    store.commit(records=[source, target], events=[_told(source, fact, now)])
    return queries.view(source, side)


def bank_details(caller: Caller) -> BankDetails:
    """Where the caller has deposits paid to. Raises a 404 Problem before they said so."""
    details = store.find_bank_details(caller.user_id)
    if details is None:
        raise NotFound("No bank details were set yet.")
    return details


def replace_bank_details(caller: Caller, request: BankDetails) -> BankDetails:
    """Have deposits paid there from now on."""
    store.save_bank_details(caller.user_id, request)
    return request


def remove_bank_details(caller: Caller) -> None:
    """Tell nobody any more where to pay to."""
    store.remove_bank_details(caller.user_id)


@retry_on_conflict
def _recorded(
    caller: Caller,
    appointment_id: str,
    happened: DepositState,
    now: datetime,
    *,
    note: str,
    amount: int | None = None,
    files: tuple[str, ...] = (),
) -> AppointmentView:
    """Add to the ledger what happened, and tell it.

    amount: in minor units; else the whole deposit or, of what goes back, all that is held.
    """
    appointment, side = queries.own(caller, appointment_id)
    deposit = deposit_ledger.open_to(appointment, happened, side)
    whole = deposit_ledger.held(deposit) if happened in deposit_ledger.OUTGOING else deposit.amount
    entry = LedgerEntry(
        state=happened, amount=amount or whole, at=now, by=side, note=note, files=files
    )
    with_entry = msgspec.structs.replace(appointment, deposit=deposit_ledger.added(deposit, entry))
    changed, told = _next_version(with_entry, entry, side, now)
    fact = events.about_deposit(changed, entry)
    store.commit(records=[changed], events=[*told, _told(changed, fact, now)])
    return queries.view(changed, side)


def _next_version(
    appointment: Appointment, entry: LedgerEntry, side: Side, now: datetime
) -> tuple[Appointment, list[DomainEvent]]:
    """The appointment after that entry.

    A direct booking waited for nothing but its deposit. Whoever says it is paid gives the artist
    the whole time to look, so that no money is lost with a booking that expires.
    """
    if appointment.status is not Status.PENDING:
        return lifecycle.changed(appointment, now), []
    if entry.state is DepositState.CONFIRMED and appointment.service.mode is Mode.DIRECT:
        return lifecycle.confirmed_by(appointment, side, now)
    if entry.state is DepositState.PROOF_SUBMITTED:
        answer_by = booking.answer_by(appointment.starts_at, now)
        return lifecycle.changed(appointment, now, answer_by=answer_by), []
    return lifecycle.changed(appointment, now), []


def _other_sitting(sitting: Appointment, appointment_id: str) -> Appointment:
    """Another sitting of the same project, and so of the same two people."""
    other = store.find_appointment(appointment_id)
    if other is None or other.id == sitting.id or _project(other) != _project(sitting):
        raise InvalidFields(
            FieldError("body.appointmentId", "is not another sitting of this project")
        )
    return other


def _project(sitting: Appointment) -> str:
    """Its project; an appointment without one is a project by itself."""
    return sitting.project.proposal_id if sitting.project else sitting.id


def _told(appointment: Appointment, fact: EventData, now: datetime) -> DomainEvent:
    return domain_events.new_event("appointments", appointment.id, fact, now)
