"""Erasure of deleted accounts: open records end, and personal texts are redacted.

Every run does what it finds left to do. So a run that crashed is finished by the next one, which
the repeated event or the sweeper starts.
"""

from datetime import datetime, timedelta

import msgspec

from appointments import store
from appointments.models import (
    Appointment,
    AppointmentSide,
    Deposit,
    Erasure,
    Proposal,
    ProposalStatus,
    WaitlistEntry,
    WaitlistEntryStatus,
)
from appointments.rules.transitions import LIVE, create_next_version
from appointments.use_cases import calendar_feeds, lifecycle, proposals, services, waitlist
from shared.data import tombstones
from shared.data.conflicts import retry_on_conflict

# An access token outlives its account by minutes; a last run erases what it is still used for.
LAST_RUN_AFTER = timedelta(hours=1)
# By then a run has finished or crashed.
NEXT_RUN_AFTER = timedelta(minutes=10)


def begin(user_id: str, deleted_at: datetime, now: datetime) -> None:
    """Start the erasure of a user whose account was deleted."""
    run(Erasure(user_id, deleted_at, now), now)


def run(erasure: Erasure, now: datetime) -> None:
    """Erase the data of a user, and schedule the next run if one is needed."""
    user_id, last_run = erasure.user_id, erasure.deleted_at + LAST_RUN_AFTER
    store.save_erasure(msgspec.structs.replace(erasure, due_at=now + NEXT_RUN_AFTER))
    tombstones.mark_deleted(user_id, erasure.deleted_at)
    store.mark_deleted(user_id, now)
    store.delete_artist_data(user_id)  # without availability nothing can be booked any more
    for service in store.list_services(user_id):
        services.delete_for_erasure(user_id, service.id, now)
    for side in (AppointmentSide.ARTIST, AppointmentSide.CLIENT):
        _end_all(user_id, side, now)
    calendar_feeds.delete(user_id)
    store.delete_artist_relations(user_id)
    store.delete_person_data(user_id)
    if now < last_run:
        store.save_erasure(msgspec.structs.replace(erasure, due_at=last_run))
    else:
        store.delete_erasure(user_id)


def _end_all(user_id: str, side: AppointmentSide, now: datetime) -> None:
    """End everything that a user takes part in on one side, and redact its texts."""
    for proposal in store.list_records(Proposal, side, user_id)[0]:
        if proposal.status is ProposalStatus.SENT:
            _end_proposal(proposal.id, side, now)
        if proposal.consultation_id and proposal.message:  # it repeats the client's request
            _redact_proposal(proposal.id, now)
    for appointment in store.list_records(Appointment, side, user_id)[0]:
        if _is_ahead(appointment, now):
            _cancel(appointment.id, side, now)
        if _has_personal_text(appointment, side):
            _redact_appointment(appointment.id, now)
    is_client = side is AppointmentSide.CLIENT
    status = WaitlistEntryStatus.LEFT if is_client else WaitlistEntryStatus.EXPIRED
    for entry in store.list_records(WaitlistEntry, side, user_id)[0]:
        waitlist.end_entry(entry.id, status, now)


@retry_on_conflict
def _end_proposal(proposal_id: str, side: AppointmentSide, now: datetime) -> None:
    proposal = store.find_proposal(proposal_id)
    assert proposal is not None
    proposals.end_for_erasure(side, proposal, now)


@retry_on_conflict
def _redact_proposal(proposal_id: str, now: datetime) -> None:
    proposal = store.find_proposal(proposal_id)
    assert proposal is not None
    redacted = msgspec.structs.replace(
        proposal, message="", updated_at=now, version=proposal.version + 1
    )
    store.commit(records=[redacted])


def _is_ahead(appointment: Appointment, now: datetime) -> bool:
    """Return whether an appointment must be cancelled.

    One that has begun is completed, or reported as a no-show, by its artist.
    """
    return appointment.status in LIVE and appointment.starts_at > now


@retry_on_conflict
def _cancel(appointment_id: str, side: AppointmentSide, now: datetime) -> None:
    appointment = store.find_appointment(appointment_id)
    assert appointment is not None
    if _is_ahead(appointment, now):
        lifecycle.cancel_by_system(appointment, f"The account of the {side} was deleted.", now)


def _has_personal_text(appointment: Appointment, side: AppointmentSide) -> bool:
    """Return whether an appointment has texts about a client who is erased.

    That is a client whose account was deleted, or one without an account whose artist was deleted.
    """
    if side is AppointmentSide.ARTIST and appointment.client_id is not None:
        return False
    return (
        bool(appointment.notes or appointment.walk_in_name or _get_client_reason(appointment))
        or _redact_deposit(appointment.deposit) != appointment.deposit
    )


def _redact_deposit(deposit: Deposit | None) -> Deposit | None:
    """Return a deposit without what its client wrote and uploaded as proof; its sums stay."""
    if deposit is None:
        return None
    entries = tuple(
        msgspec.structs.replace(entry, note="", files=())
        if entry.by is AppointmentSide.CLIENT
        else entry
        for entry in deposit.entries
    )
    return msgspec.structs.replace(deposit, entries=entries)


def _get_client_reason(appointment: Appointment) -> str:
    return appointment.reason if appointment.closed_by is AppointmentSide.CLIENT else ""


@retry_on_conflict
def _redact_appointment(appointment_id: str, now: datetime) -> None:
    appointment = store.find_appointment(appointment_id)
    assert appointment is not None
    reason = "" if _get_client_reason(appointment) else appointment.reason
    redacted = create_next_version(
        appointment,
        now,
        notes="",
        walk_in_name="",
        reason=reason,
        deposit=_redact_deposit(appointment.deposit),
    )
    store.commit(records=[redacted])
