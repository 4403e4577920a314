"""Deadlines of a pending consultation: a reminder to the artist, then expiry."""

from datetime import datetime, timedelta

from consultations.models import Consultation, ConsultationStatus

NUDGED_AFTER = timedelta(days=3)
EXPIRES_AFTER = timedelta(days=14)


def get_expiry(consultation: Consultation) -> datetime | None:
    """Return when it expires unless the artist answers; None unless it is pending."""
    if consultation.status is not ConsultationStatus.PENDING:
        return None
    return consultation.created_at + EXPIRES_AFTER


def get_next_deadline(consultation: Consultation) -> datetime | None:
    """Return when the sweeper must look at it next; None unless it is pending."""
    is_pending = consultation.status is ConsultationStatus.PENDING
    if is_pending and consultation.nudged_at is None:
        return consultation.created_at + NUDGED_AFTER
    return get_expiry(consultation)
