"""What time alone does to a consultation: the artist is reminded once, and it ends unanswered."""

from datetime import datetime, timedelta

from consultations.models import Consultation, Status

NUDGED_AFTER = timedelta(days=3)
EXPIRES_AFTER = timedelta(days=14)


def expires_at(consultation: Consultation) -> datetime | None:
    """When it ends if the artist does not answer; None once they did, or it is over."""
    if consultation.status is not Status.PENDING:
        return None
    return consultation.created_at + EXPIRES_AFTER


def due_at(consultation: Consultation) -> datetime | None:
    """When somebody must look at it next."""
    if consultation.status is Status.PENDING and consultation.nudged_at is None:
        return consultation.created_at + NUDGED_AFTER
    return expires_at(consultation)
