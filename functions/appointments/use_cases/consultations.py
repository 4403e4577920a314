"""Consultations: what their events change here.

appointments keeps a small copy of every consultation. Whoever ends a consultation ends its open
proposal in the transaction that updates the copy. A proposal that was accepted in the moment before
is booked by then: its sittings are cancelled, free of charge.
"""

from datetime import datetime

from appointments import store
from appointments.events import ConsultationChanged
from appointments.models import ConsultationCopy, ProposalStatus
from appointments.rules import consultations as rules
from appointments.rules.transitions import LIVE
from appointments.use_cases import lifecycle, proposals
from shared.data.conflicts import retry_on_conflict


def apply_event(event: ConsultationChanged, now: datetime) -> None:
    """Update the copy of a consultation, and end its proposal with it."""
    changed = ConsultationCopy(
        id=event.consultation_id,
        artist_id=event.artist_id,
        client_id=event.client_id,
        status=event.status,
        updated_at=now,
        record_version=event.record_version,
    )
    proposals.apply_consultation_event(changed, event.by, now)
    if event.status in rules.ENDED and event.by in rules.PARTIES:
        _cancel_bookings(event, now)


def _cancel_bookings(event: ConsultationChanged, now: datetime) -> None:
    """Cancel the sittings of a proposal that was accepted before its event reached consultations.

    A party can end a consultation only as long as it does not know of the bookings.
    """
    consultation = store.find_consultation(event.consultation_id)
    accepted_id = consultation.settled_by if consultation else None
    proposal = store.find_proposal(accepted_id) if accepted_id else None
    if proposal is None or proposal.status is not ProposalStatus.ACCEPTED:
        return
    for appointment_id in proposal.appointment_ids:
        _cancel(appointment_id, f"The consultation was {event.status}.", now)


@retry_on_conflict
def _cancel(appointment_id: str, reason: str, now: datetime) -> None:
    appointment = store.find_appointment(appointment_id)
    if appointment is not None and appointment.status in LIVE and appointment.starts_at > now:
        lifecycle.cancel_by_system(appointment, reason, now)
