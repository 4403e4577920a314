"""Consultations as appointments knows them: the proposals that they allow, and their end."""

from datetime import datetime

import msgspec

from appointments.models import AppointmentSide, ConsultationCopy, ConsultationStatus
from appointments.rules.errors import ConsultationEnded
from domain.errors import FieldError, InvalidFields

# The statuses that end a consultation before anything was booked.
ENDED = frozenset(
    {ConsultationStatus.DECLINED, ConsultationStatus.CANCELLED, ConsultationStatus.EXPIRED}
)
# The sides that end a consultation because they do not want the work, or not from the other.
PARTIES = frozenset({AppointmentSide.ARTIST, AppointmentSide.CLIENT})


def require_open(
    consultation: ConsultationCopy | None, artist_id: str, client_id: str
) -> ConsultationCopy:
    """Return a consultation that a proposal of an artist to a client can name.

    One that exists may be unknown for a moment, until its first event was consumed.

    Raises:
        InvalidFields: It is not known, or is one of other people.
        ConsultationEnded: It is no longer open.
    """
    parties = (consultation.artist_id, consultation.client_id) if consultation else None
    if consultation is None or parties != (artist_id, client_id):
        raise InvalidFields(
            FieldError(
                "body.consultationId",
                "is not a consultation of this client with you; try again in a moment if it was "
                "requested just now",
            )
        )
    require_not_ended(consultation)
    return consultation


def require_not_ended(consultation: ConsultationCopy) -> None:
    """Check that nothing has ended a consultation.

    Raises:
        ConsultationEnded: It was declined, cancelled or booked, or it expired.
    """
    if consultation.is_open:
        return
    if consultation.status in ENDED:
        raise ConsultationEnded(f"This is not possible: the consultation is {consultation.status}.")
    raise ConsultationEnded("This is not possible: a proposal has settled the consultation.")


def apply_event(
    known: ConsultationCopy | None, changed: ConsultationCopy, now: datetime
) -> ConsultationCopy | None:
    """Return the copy after an event; None if the event is not newer than what is known.

    A consultation that ended has no open proposals.

    Args:
        known: The copy, if there is one.
        changed: What the event says.
        now: The present time.
    """
    if known is None:
        return msgspec.structs.replace(changed, updated_at=now, version=1)
    if changed.record_version <= known.record_version:
        return None
    return _replace(
        known,
        now,
        status=changed.status,
        record_version=changed.record_version,
        open_proposals=() if changed.status in ENDED else known.open_proposals,
    )


def add_proposal(
    consultation: ConsultationCopy, proposal_id: str, now: datetime
) -> ConsultationCopy:
    """Return the copy after a proposal was sent, in place of all that were open."""
    return _replace(consultation, now, open_proposals=(proposal_id,))


def settle(consultation: ConsultationCopy, proposal_id: str, now: datetime) -> ConsultationCopy:
    """Return the copy after a proposal was accepted, in place of all others that were open."""
    return _replace(consultation, now, open_proposals=(), settled_by=proposal_id)


def end_proposal(
    consultation: ConsultationCopy, proposal_id: str, now: datetime
) -> ConsultationCopy:
    """Return the copy after a proposal ended without a booking.

    Unless another one is open, that settles the consultation.
    """
    remaining = tuple(id_ for id_ in consultation.open_proposals if id_ != proposal_id)
    settled_by = consultation.settled_by or (None if remaining else proposal_id)
    return _replace(consultation, now, open_proposals=remaining, settled_by=settled_by)


def _replace(consultation: ConsultationCopy, now: datetime, **fields: object) -> ConsultationCopy:
    return msgspec.structs.replace(
        consultation, updated_at=now, version=consultation.version + 1, **fields
    )
