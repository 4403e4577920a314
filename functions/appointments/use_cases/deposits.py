"""Deposits: entries of the ledger, and the bank details that deposits are paid to.

`rules/deposit_ledger.py` decides who may record what and when; every use case that records an entry
raises its errors: `Forbidden`, `NoDeposit`, `NotHeld`, `WrongDepositState` and `WrongStatus`, and
`NotFound` for an appointment that the caller takes no part in.
"""

from datetime import datetime

import msgspec

from appointments import events, store
from appointments.models import (
    Appointment,
    AppointmentSide,
    AppointmentStatus,
    BookingMode,
    DepositState,
    LedgerEntry,
)
from appointments.rules import charges as charge_rules
from appointments.rules import deposit_deadlines, deposit_ledger
from appointments.rules.agreements import get_answer_deadline
from appointments.rules.transitions import create_next_version
from appointments.schemas import (
    AppointmentView,
    BankDetails,
    DepositNoteRequest,
    DepositProofRequest,
    RefundDepositRequest,
    TransferDepositRequest,
    WaiveDepositRequest,
)
from appointments.use_cases import charges, lifecycle, projects, queries
from domain.errors import FieldError, InvalidFields, NotFound
from domain.ids import new_id
from shared.data import clean_files
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent
from shared.http.caller import Caller
from shared.http.repetition import find_made


def submit_proof(
    caller: Caller, appointment_id: str, request: DepositProofRequest, now: datetime
) -> AppointmentView:
    """Record that the client paid, as the client.

    Raises:
        InvalidFields: Files are not the caller's own, or are not clean; each is named.
    """
    _require_own_files(caller, request.files)
    state = DepositState.PROOF_SUBMITTED
    note, files = request.reference, request.files
    return _record(caller, appointment_id, state, now, note=note, files=files)


def confirm(
    caller: Caller, appointment_id: str, request: DepositNoteRequest, now: datetime
) -> AppointmentView:
    """Record that the deposit arrived, as the artist, even after the appointment ended.

    A direct booking that only waited for its deposit is confirmed with it.
    """
    return _record(caller, appointment_id, DepositState.CONFIRMED, now, note=request.note)


def reject(
    caller: Caller, appointment_id: str, request: DepositNoteRequest, now: datetime
) -> AppointmentView:
    """Record that the payment was not found, as the artist."""
    return _record(caller, appointment_id, DepositState.REJECTED, now, note=request.note)


def waive(
    caller: Caller, appointment_id: str, request: WaiveDepositRequest, now: datetime
) -> AppointmentView:
    """Do without a deposit that was not paid, as the artist.

    A direct booking that only waited for its deposit is confirmed with it.
    """
    return _record(caller, appointment_id, DepositState.WAIVED, now, note=request.reason)


@retry_on_conflict
def refund(
    caller: Caller, appointment_id: str, request: RefundDepositRequest, now: datetime
) -> AppointmentView:
    """Record a refund of the deposit or a part of it, as the artist.

    That is possible even when the appointment is over or the deposit forfeited. Open charges are
    paid out of it first.
    """
    appointment, side = queries.require_own(caller, appointment_id)
    deposit = deposit_ledger.require_recordable(appointment, DepositState.REFUNDED, side)
    recorded = {entry.id: appointment for entry in deposit.entries}
    if made := find_made("dpe", recorded.get):  # the same part may be refunded twice
        return queries.present(made, side)
    planned = deposit_ledger.plan_return(appointment, request.amount)
    changed = appointment
    if planned.reinstated:
        back = LedgerEntry(DepositState.REINSTATED, planned.reinstated, now, side, request.note)
        changed = msgspec.structs.replace(changed, deposit=deposit_ledger.add_entry(deposit, back))
    changed = charge_rules.settle_all(
        changed, planned.settled, side, charge_rules.SETTLED_WITH_RETURN, now
    )
    entry = LedgerEntry(
        DepositState.REFUNDED, planned.refunded, now, side, request.note, id=new_id("dpe")
    )
    returned = deposit_ledger.add_entry(deposit_ledger.require_deposit(changed), entry)
    refunded = create_next_version(changed, now, deposit=returned)
    event = events.create_event(refunded.id, events.deposit_data(refunded, entry), now)
    published = [*charges.create_events(appointment, refunded, now), event]
    store.commit(records=[refunded], events=published)
    return queries.present(refunded, side)


@retry_on_conflict
def transfer(
    caller: Caller, appointment_id: str, request: TransferDepositRequest, now: datetime
) -> AppointmentView:
    """Transfer the held amount to another sitting of the project, as the artist.

    Open charges are paid out of it first. Either both appointments change, or neither.

    Raises:
        InvalidFields: The target is not another sitting of the same project.
    """
    before, side = queries.require_own(caller, appointment_id)
    deposit_ledger.require_recordable(before, DepositState.TRANSFERRED, side)
    target = _require_other_sitting(before, request.appointment_id)
    deposit_ledger.require_live(target)
    settled = deposit_ledger.plan_transfer(before)
    note = charge_rules.SETTLED_WITH_TRANSFER
    source = charge_rules.settle_all(before, settled, side, note, now)
    deposit = deposit_ledger.require_deposit(source)
    remaining, received = deposit_ledger.transfer(source, deposit, target, side, now)
    source = create_next_version(source, now, deposit=remaining)
    target = create_next_version(target, now, deposit=received)
    data = events.transfer_data(source, remaining.entries[-1], target.id)
    published = [*charges.create_events(before, source, now)]
    published.append(events.create_event(source.id, data, now))
    store.commit(records=[source, target], events=published)
    return queries.present(source, side)


def get_bank_details(caller: Caller) -> BankDetails:
    """Return the bank account that the caller's deposits are paid to.

    Raises:
        NotFound: They have not set any yet.
    """
    details = store.find_bank_details(caller.user_id)
    if details is None:
        raise NotFound("No bank details were set yet.")
    return details


def replace_bank_details(caller: Caller, request: BankDetails, now: datetime) -> BankDetails:
    """Replace the bank account that the caller's deposits are paid to.

    Raises:
        StepUpRequired: They did not prove within the last ten minutes who they are.
    """
    caller.require_fresh(now)
    store.save_bank_details(caller.user_id, request)
    return request


def delete_bank_details(caller: Caller, now: datetime) -> None:
    """Delete the caller's bank details.

    Raises:
        StepUpRequired: They did not prove within the last ten minutes who they are.
    """
    caller.require_fresh(now)
    store.delete_bank_details(caller.user_id)


@retry_on_conflict
def _record(
    caller: Caller,
    appointment_id: str,
    state: DepositState,
    now: datetime,
    *,
    note: str,
    files: tuple[str, ...] = (),
) -> AppointmentView:
    """Add an entry of the whole deposit to the ledger and publish it.

    Args:
        caller: Who records it.
        appointment_id: Appointment of the deposit.
        state: State after the entry.
        now: When it is recorded.
        note: Remark or reason of the caller.
        files: Files of a proof.
    """
    appointment, side = queries.require_own(caller, appointment_id)
    deposit = deposit_ledger.require_recordable(appointment, state, side)
    entry = LedgerEntry(state=state, amount=deposit.amount, at=now, by=side, note=note, files=files)
    recorded = msgspec.structs.replace(
        appointment, deposit=deposit_ledger.add_entry(deposit, entry)
    )
    updated, published = _apply_to_project(recorded, entry, side, now)
    event = events.create_event(appointment.id, events.deposit_data(updated[0], entry), now)
    store.commit(records=updated, events=[*published, event])
    return queries.present(updated[0], side)


def _require_own_files(caller: Caller, file_ids: tuple[str, ...]) -> None:
    """Check that files are clean ones of the caller.

    Files of others get the same message as files that do not exist. The event that a file is
    clean may still be on its way.

    Raises:
        InvalidFields: Some are not; each is named.
    """
    owners = store.find_owners(file_ids)
    unknown = [file_id for file_id in file_ids if owners.get(file_id) != caller.user_id]
    clean = clean_files.find(unknown, caller.user_id)
    errors = [
        FieldError(f"body.files[{position}]", "is not one of your clean files")
        for position, file_id in enumerate(file_ids)
        if owners.get(file_id) != caller.user_id and file_id not in clean
    ]
    if errors:
        raise InvalidFields(*errors)


def _apply_to_project(
    appointment: Appointment, entry: LedgerEntry, side: AppointmentSide, now: datetime
) -> tuple[list[Appointment], list[DomainEvent]]:
    """Return the next versions after a ledger entry, that of its appointment first, and events.

    A direct booking waits for nothing but its deposit. A client who submits a proof gives the
    artist the full time to check it, so that no money is lost with a booking that expires; one
    whose proof is rejected has the full time to pay again. All of that holds for all sittings that
    wait together.
    """
    appointment = deposit_deadlines.start_if_stopped(appointment, now)
    if appointment.status is not AppointmentStatus.PENDING:
        return [create_next_version(appointment, now)], []
    is_done = entry.state in (DepositState.CONFIRMED, DepositState.WAIVED)
    if is_done and appointment.service.mode is BookingMode.DIRECT:
        return lifecycle.confirm_project(appointment, side, now)
    waiting = projects.list_waiting(appointment)
    if entry.state is DepositState.PROOF_SUBMITTED:
        answer_by = get_answer_deadline(min(each.starts_at for each in waiting), now)
    else:
        extended = deposit_deadlines.extend_answer(appointment)
        assert extended is not None
        answer_by = extended
    changed = [each for each in waiting[1:] if each.answer_by != answer_by]
    return [
        create_next_version(each, now, answer_by=answer_by) for each in (appointment, *changed)
    ], []


def _require_other_sitting(sitting: Appointment, appointment_id: str) -> Appointment:
    """Return another sitting of the same project, and so of the same artist and client."""
    other = store.find_appointment(appointment_id)
    if other is None or other.id == sitting.id or _get_project(other) != _get_project(sitting):
        raise InvalidFields(
            FieldError("body.appointmentId", "is not another sitting of this project")
        )
    return other


def _get_project(sitting: Appointment) -> str:
    """Return the project of an appointment; one without a project stands for itself."""
    return sitting.project.key if sitting.project else sitting.id
