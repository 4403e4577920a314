"""What remains of appointments and proposals when one side's account is deleted.

Times, prices, statuses and sums stay: the other side needs them for their accounts. Everything that
the deleted side wrote goes, and so does what is about them.
"""

from typing import Any

import msgspec

from appointments.models import Appointment, AppointmentCharge, AppointmentSide, Deposit, Proposal


def redact_appointment(appointment: Appointment, side: AppointmentSide) -> Appointment:
    """Return an appointment without the words of a side; the same one if it has none.

    A client without an account goes with the artist who wrote about them.
    """
    if side is AppointmentSide.CLIENT:
        return _redact_written(appointment, side, notes="", walk_in_name="", age_confirmation=None)
    service = msgspec.structs.replace(appointment.service, location="")
    if appointment.client_id is None:
        return _redact_written(appointment, side, notes="", walk_in_name="", service=service)
    notes = "" if appointment.booked_by is side else appointment.notes
    return _redact_written(appointment, side, notes=notes, service=service)


def redact_proposal(proposal: Proposal, side: AppointmentSide) -> Proposal:
    """Return a proposal without the artist's words, which may repeat a request of the client."""
    if side is AppointmentSide.CLIENT:
        return msgspec.structs.replace(
            proposal, message="" if proposal.consultation_id else proposal.message
        )
    return msgspec.structs.replace(
        proposal,
        message="",
        service=msgspec.structs.replace(proposal.service, location=""),
        sittings=tuple(
            msgspec.structs.replace(sitting, location=None) for sitting in proposal.sittings
        ),
    )


def _redact_written(appointment: Appointment, side: AppointmentSide, **fields: Any) -> Appointment:
    return msgspec.structs.replace(
        appointment,
        reason="" if appointment.closed_by is side else appointment.reason,
        deposit=_redact_deposit(appointment.deposit, side),
        charges=tuple(_redact_charge(charge, side) for charge in appointment.charges),
        corrections=tuple(
            msgspec.structs.replace(correction, reason="") if correction.by is side else correction
            for correction in appointment.corrections
        ),
        **fields,
    )


def _redact_deposit(deposit: Deposit | None, side: AppointmentSide) -> Deposit | None:
    """Return a deposit without remarks and proofs of a side; its sums stay."""
    if deposit is None:
        return None
    entries = tuple(
        msgspec.structs.replace(entry, note="", files=()) if entry.by is side else entry
        for entry in deposit.entries
    )
    return msgspec.structs.replace(deposit, entries=entries)


def _redact_charge(charge: AppointmentCharge, side: AppointmentSide) -> AppointmentCharge:
    entries = tuple(
        msgspec.structs.replace(entry, note="") if entry.by is side else entry
        for entry in charge.entries
    )
    return msgspec.structs.replace(charge, entries=entries)
