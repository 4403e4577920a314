"""What consultations tells the other features, complete enough that nobody must call back.

Of what the client wrote only the subject is in them. `record_version` counts the changes of the
record, so that a consumer can tell which of two facts is the newer one.
"""

from typing import Any

from consultations.models import Consultation, Side, Status
from consultations.rules.transitions import Action
from shared.events.domain_events import EventData


class ConsultationData(EventData, frozen=True, kw_only=True):
    """What every fact about a consultation says. by: whose act it was."""

    consultation_id: str
    artist_id: str
    client_id: str
    subject: str
    status: Status
    by: Side
    record_version: int


class ConsultationRequested(ConsultationData, frozen=True, kw_only=True):
    """A client asks an artist. `files`: the client's images that the artist may look at now."""

    type = "consultation.requested"

    files: tuple[str, ...]


class ConsultationViewed(ConsultationData, frozen=True, kw_only=True):
    """The artist opened it for the first time."""

    type = "consultation.viewed"


class ConsultationResponded(ConsultationData, frozen=True, kw_only=True):
    """The artist answered."""

    type = "consultation.responded"


class ConsultationDeclined(ConsultationData, frozen=True, kw_only=True):
    """The artist does not take it."""

    type = "consultation.declined"

    reason: str


class ConsultationCancelled(ConsultationData, frozen=True, kw_only=True):
    """The client took it back, or nothing came of what was scheduled, or an account was deleted."""

    type = "consultation.cancelled"

    reason: str


class ConsultationScheduled(ConsultationData, frozen=True, kw_only=True):
    """The client accepted the proposal that was made of it."""

    type = "consultation.scheduled"

    proposal_id: str | None
    appointment_ids: tuple[str, ...]


class ConsultationCompleted(ConsultationData, frozen=True, kw_only=True):
    """Its sittings are over, and at least one of them took place."""

    type = "consultation.completed"


class ConsultationArchived(ConsultationData, frozen=True, kw_only=True):
    """One of the two put it away for themselves."""

    type = "consultation.archived"


class ConsultationExpired(ConsultationData, frozen=True, kw_only=True):
    """The artist did not answer in time."""

    type = "consultation.expired"


class ConsultationNudged(ConsultationData, frozen=True, kw_only=True):
    """The artist has not answered yet, and is reminded."""

    type = "consultation.nudged"


_OF: dict[Action, type[ConsultationData]] = {
    Action.VIEW: ConsultationViewed,
    Action.RESPOND: ConsultationResponded,
    Action.PROPOSE: ConsultationResponded,
    Action.DECLINE: ConsultationDeclined,
    Action.CANCEL: ConsultationCancelled,
    Action.SCHEDULE: ConsultationScheduled,
    Action.COMPLETE: ConsultationCompleted,
    Action.ARCHIVE: ConsultationArchived,
    Action.EXPIRE: ConsultationExpired,
    Action.NUDGE: ConsultationNudged,
}
PUBLISHED: tuple[type[ConsultationData], ...] = (
    ConsultationRequested,
    *dict.fromkeys(_OF.values()),
)


def about(consultation: Consultation, by: Side) -> dict[str, Any]:
    """The fields that every fact about a consultation has."""
    return {
        "consultation_id": consultation.id,
        "artist_id": consultation.artist_id,
        "client_id": consultation.client_id,
        "subject": consultation.subject,
        "status": consultation.status,
        "by": by,
        "record_version": consultation.version,
    }


def of_action(action: Action, consultation: Consultation, by: Side) -> ConsultationData:
    """The fact that this was done; the consultation is as it is after it."""
    more: dict[str, Any] = {}
    if action in (Action.DECLINE, Action.CANCEL):
        more = {"reason": consultation.reason}
    if action is Action.SCHEDULE:
        more = {
            "proposal_id": consultation.proposal_id,
            "appointment_ids": consultation.appointment_ids,
        }
    return _OF[action](**about(consultation, by), **more)
