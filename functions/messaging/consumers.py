"""What other features' events mean here. Each may come twice, late, or out of order."""

from collections.abc import Callable
from datetime import datetime

from messaging.events import FileCleaned, FileRemoved, ProfileUpdated, UserDeleted, UserVerified
from messaging.models import File, FileKind, Person
from messaging.store import files, people
from messaging.use_cases import cards, erasure, quick_actions
from shared.events.domain_events import DomainEvent, decode_data


def user_verified(event: DomainEvent, now: datetime) -> None:  # noqa: ARG001
    """Remember the name of a new account, until profiles tells its card."""
    user = decode_data(event, UserVerified)
    people.keep(Person(id=user.user_id, name=user.name, role=user.role))


def profile_updated(event: DomainEvent, now: datetime) -> None:  # noqa: ARG001
    """Remember the card, unless a newer one is known."""
    card = decode_data(event, ProfileUpdated)
    people.keep(
        Person(
            id=card.user_id,
            name=card.name,
            avatar=card.avatar,
            handle=card.handle,
            role=card.role,
            record_version=card.record_version,
        )
    )


def user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase what is kept of the user."""
    erasure.erase(decode_data(event, UserDeleted).user_id, now)


def file_cleaned(event: DomainEvent, now: datetime) -> None:  # noqa: ARG001
    """The file may be attached."""
    file = decode_data(event, FileCleaned)
    family = file.content_type.partition("/")[0]
    kind = FileKind(family) if family in set(FileKind) else FileKind.DOCUMENT
    _keep_file(file, kind)


def file_removed(event: DomainEvent, now: datetime) -> None:  # noqa: ARG001
    """The file may be attached no more, even if it is told only later that it was clean."""
    file = decode_data(event, FileRemoved)
    _keep_file(file, FileKind.DOCUMENT, removed=True)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "user.verified": user_verified,
    "user.profile.updated": profile_updated,
    "user.deleted": user_deleted,
    "file.cleaned": file_cleaned,
    "file.removed": file_removed,
    "consultation.requested": cards.consultation_requested,
    "proposal.sent": cards.proposal_sent,
    "deposit.requested": cards.deposit_requested,
    "policy.accepted": cards.policy_accepted,
    "appointment.confirmed": cards.appointment_confirmed,
    "quick_action.executed": quick_actions.quick_action_executed,
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Act on the event. Raises msgspec.ValidationError where its data is not what was agreed."""
    HANDLERS[event.type](event, now)


def _keep_file(file: FileCleaned | FileRemoved, kind: FileKind, *, removed: bool = False) -> None:
    files.keep(
        File(
            id=file.file_id,
            owner_id=file.owner_id,
            kind=kind,
            record_version=file.record_version,
            removed=removed,
        )
    )
