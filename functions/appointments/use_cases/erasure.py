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
    Erasure,
    Proposal,
    ProposalStatus,
    WaitlistEntry,
    WaitlistEntryStatus,
)
from appointments.rules import redaction
from appointments.rules.transitions import LIVE, create_next_version
from appointments.store.table import OutboxItem
from appointments.use_cases import calendar_feeds, lifecycle, proposals, services, waitlist
from shared.data import tombstones
from shared.data.conflicts import retry_on_conflict
from shared.events import outbox

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
    outbox.erase_kept(OutboxItem, user_id)
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
        if redaction.redact_proposal(proposal, side) != proposal:
            _redact_proposal(proposal.id, side, now)
    for appointment in store.list_records(Appointment, side, user_id)[0]:
        if _is_ahead(appointment, now):
            _cancel(appointment.id, side, now)
        if redaction.redact_appointment(appointment, side) != appointment:
            _redact_appointment(appointment.id, side, now)
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
def _redact_proposal(proposal_id: str, side: AppointmentSide, now: datetime) -> None:
    proposal = store.find_proposal(proposal_id)
    assert proposal is not None
    redacted = redaction.redact_proposal(proposal, side)
    version = proposal.version + 1
    store.commit(records=[msgspec.structs.replace(redacted, updated_at=now, version=version)])


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


@retry_on_conflict
def _redact_appointment(appointment_id: str, side: AppointmentSide, now: datetime) -> None:
    appointment = store.find_appointment(appointment_id)
    assert appointment is not None
    redacted = redaction.redact_appointment(appointment, side)
    if redacted != appointment:
        store.commit(records=[create_next_version(redacted, now)])
