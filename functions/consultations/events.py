"""Events that consultations publishes and consumes.

Published events are complete enough that no consumer must call back. Of the client's request they
hold only the subject. `record_version` grows with every change of the consultation, so a consumer
can tell which of two events is the newer one.
"""

from datetime import datetime
from typing import Any

from consultations.models import Consultation, ConsultationSide, ConsultationStatus
from consultations.rules.transitions import ConsultationAction
from domain.policy_terms import PolicyKind, Terms
from domain.social_media import ImportId, ImportRefusal, MediaProvider, MediaTarget
from shared.events.domain_events import ConsumedEvent, EventData
from shared.http.caller import Role


class ConsultationData(EventData, frozen=True, kw_only=True):
    """The fields of every event about a consultation.

    Attributes:
        by: The side that acted.
    """

    consultation_id: str
    artist_id: str
    client_id: str
    subject: str
    status: ConsultationStatus
    by: ConsultationSide
    record_version: int


class ConsultationRequested(ConsultationData, frozen=True, kw_only=True):
    """A client requested a consultation.

    Attributes:
        files: Ids of the client's reference images, which the artist may read from now on.
        imported: Whether it comes from an earlier system. Then nobody is to be notified.
    """

    type = "consultation.requested"

    files: tuple[str, ...]
    imported: bool = False


class ConsultationViewed(ConsultationData, frozen=True, kw_only=True):
    """The artist opened the consultation for the first time."""

    type = "consultation.viewed"


class ConsultationResponded(ConsultationData, frozen=True, kw_only=True):
    """The artist answered, by a message or a proposal."""

    type = "consultation.responded"


class ConsultationDeclined(ConsultationData, frozen=True, kw_only=True):
    """The artist declined the consultation, or withdrew the proposal."""

    type = "consultation.declined"

    reason: str


class ConsultationCancelled(ConsultationData, frozen=True, kw_only=True):
    """The consultation was cancelled.

    The client cancelled it or declined the proposal, none of its sittings took place, or an account
    was deleted.
    """

    type = "consultation.cancelled"

    reason: str


class ConsultationScheduled(ConsultationData, frozen=True, kw_only=True):
    """The client accepted a proposal that names the consultation."""

    type = "consultation.scheduled"

    proposal_id: str | None
    appointment_ids: tuple[str, ...]


class ConsultationCompleted(ConsultationData, frozen=True, kw_only=True):
    """All sittings are over, and at least one of them took place."""

    type = "consultation.completed"


class ConsultationReopened(ConsultationData, frozen=True, kw_only=True):
    """The consultation is scheduled again: the outcome of a sitting was a mistake."""

    type = "consultation.reopened"


class ConsultationArchived(ConsultationData, frozen=True, kw_only=True):
    """One of the two parties archived the consultation for themselves."""

    type = "consultation.archived"


class ConsultationExpired(ConsultationData, frozen=True, kw_only=True):
    """The artist did not answer in time, or the client did not answer the proposal."""

    type = "consultation.expired"


class ConsultationNudged(ConsultationData, frozen=True, kw_only=True):
    """The artist has not answered yet and is reminded."""

    type = "consultation.nudged"


class ConsultationPictureAdded(EventData, frozen=True):
    """The artist added a picture from a social account; the client may see its file.

    Attributes:
        attempt: Which attempt of the import it was.
    """

    type = "consultation.picture_added"

    consultation_id: str
    artist_id: str
    client_id: str
    file_id: str
    import_id: ImportId
    attempt: int
    record_version: int


class ConsultationPictureRefused(EventData, frozen=True):
    """A picture from a social account was not taken into a consultation.

    Attributes:
        attempt: Which attempt of the import it was.
        reason: Why it was not taken.
    """

    type = "consultation.picture_refused"

    consultation_id: str
    artist_id: str
    import_id: ImportId
    attempt: int
    reason: ImportRefusal


_BY_ACTION: dict[ConsultationAction, type[ConsultationData]] = {
    ConsultationAction.VIEW: ConsultationViewed,
    ConsultationAction.RESPOND: ConsultationResponded,
    ConsultationAction.PROPOSE: ConsultationResponded,
    ConsultationAction.DECLINE: ConsultationDeclined,
    ConsultationAction.CANCEL: ConsultationCancelled,
    ConsultationAction.SCHEDULE: ConsultationScheduled,
    ConsultationAction.COMPLETE: ConsultationCompleted,
    ConsultationAction.REOPEN: ConsultationReopened,
    ConsultationAction.ARCHIVE: ConsultationArchived,
    ConsultationAction.EXPIRE: ConsultationExpired,
    ConsultationAction.NUDGE: ConsultationNudged,
}


def requested_data(
    consultation: Consultation, files: tuple[str, ...], *, imported: bool = False
) -> ConsultationRequested:
    """Build the data of the event that a client requested this consultation."""
    fields = _consultation_data(consultation, ConsultationSide.CLIENT)
    return ConsultationRequested(**fields, files=files, imported=imported)


def action_data(
    action: ConsultationAction, consultation: Consultation, by: ConsultationSide
) -> ConsultationData:
    """Build the data of the event that an action was taken.

    Args:
        action: The action.
        consultation: The consultation after the action.
        by: The side that acted.
    """
    fields = _consultation_data(consultation, by)
    if action in (ConsultationAction.DECLINE, ConsultationAction.CANCEL):
        fields |= {"reason": consultation.reason}
    if action is ConsultationAction.SCHEDULE:
        fields |= {
            "proposal_id": consultation.proposal_id,
            "appointment_ids": consultation.appointment_ids,
        }
    return _BY_ACTION[action](**fields)


def _consultation_data(consultation: Consultation, by: ConsultationSide) -> dict[str, Any]:
    return {
        "consultation_id": consultation.id,
        "artist_id": consultation.artist_id,
        "client_id": consultation.client_id,
        "subject": consultation.subject,
        "status": consultation.status,
        "by": by,
        "record_version": consultation.version,
    }


# ---- consumed ----------------------------------------------------------------------------------


class UserVerified(ConsumedEvent, frozen=True):
    """`user.verified` of auth."""

    user_id: str
    name: str
    role: Role


class ProfileUpdated(ConsumedEvent, frozen=True):
    """`user.profile.updated` of profiles."""

    user_id: str
    role: Role
    name: str
    avatar: str | None
    record_version: int
    books_open: bool | None = None


class UserDeleted(ConsumedEvent, frozen=True):
    """`user.deleted` of auth."""

    user_id: str


class PolicyPublished(ConsumedEvent, frozen=True):
    """`policy.published` of policies."""

    terms: Terms


class PolicyWithdrawn(ConsumedEvent, frozen=True):
    """`policy.withdrawn` of policies."""

    artist_id: str
    service_id: str | None
    kind: PolicyKind
    number: int


class FileCleaned(ConsumedEvent, frozen=True):
    """`file.cleaned` of files."""

    file_id: str
    owner_id: str
    content_type: str
    record_version: int


class FileRemoved(ConsumedEvent, frozen=True):
    """`file.removed` of files."""

    file_id: str
    record_version: int


class MessageCreated(ConsumedEvent, frozen=True):
    """`message.created` of messaging.

    Attributes:
        client_id: None for a guest, who has no account.
        sender_id: None for a card, which has no sender.
    """

    artist_id: str
    client_id: str | None
    sender_id: str | None
    created_at: datetime


class BlockChanged(ConsumedEvent, frozen=True):
    """`conversation.block_changed` of messaging.

    Attributes:
        client_id: None for a guest, who has no account.
        user_id: The member who blocked the other, or no longer does.
    """

    artist_id: str
    client_id: str | None
    user_id: str
    blocked: bool
    record_version: int


class ProposalSent(ConsumedEvent, frozen=True):
    """`proposal.sent` of appointments."""

    proposal_id: str
    artist_id: str
    client_id: str
    consultation_id: str | None = None


class ProposalAccepted(ProposalSent, frozen=True, kw_only=True):
    """`proposal.accepted` of appointments."""

    appointment_ids: tuple[str, ...]


class ProposalEnded(ProposalSent, frozen=True, kw_only=True):
    """`proposal.declined`, `proposal.withdrawn` or `proposal.expired` of appointments.

    Attributes:
        replaced_by: Proposal for the same consultation that was sent or accepted instead.
    """

    replaced_by: str | None = None


class SittingChanged(ConsumedEvent, frozen=True):
    """The events of appointments that end a sitting, or correct how it ended.

    Attributes:
        record_version: Version of the appointment: the newest event counts.
    """

    appointment_id: str
    proposal_id: str | None
    record_version: int


class SocialMediaImported(ConsumedEvent, frozen=True):
    """`social_media.imported` of social."""

    import_id: str
    attempt: int
    artist_id: str
    target: MediaTarget
    consultation_id: str | None
    file_id: str
    caption: str
    provider: MediaProvider
    permalink: str | None
    record_version: int


class SocialMediaSourceChanged(ConsumedEvent, frozen=True):
    """`social_media.source_changed` of social.

    Attributes:
        record_id: The consultation, if it was imported into one.
    """

    import_id: str
    target: MediaTarget
    record_id: str
    removed_at_source: bool
    record_version: int


# ---- published ---------------------------------------------------------------------------------

PUBLISHED: tuple[type[EventData], ...] = (
    ConsultationRequested,
    ConsultationPictureAdded,
    ConsultationPictureRefused,
    *dict.fromkeys(_BY_ACTION.values()),
)
