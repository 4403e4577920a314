"""Consumers of other features' events. An event may arrive twice, late or out of order."""

from collections.abc import Callable
from datetime import datetime

from messaging.events import (
    FileCleaned,
    FileRemoved,
    ProfileUpdated,
    SessionEnded,
    UserDeleted,
    UserVerified,
)
from messaging.live import connect
from messaging.models import AttachableFile, AttachmentKind, Person
from messaging.store import files, person_copies
from messaging.use_cases import (
    away_messages,
    cards,
    erasure,
    export,
    guests,
    link_previews,
    names,
    quick_actions,
    report_decisions,
    reports,
)
from shared.data.exports import write_share
from shared.events.domain_events import DomainEvent, decode_data


def handle_user_verified(event: DomainEvent, now: datetime) -> None:  # noqa: ARG001
    """Copy the name of a new account, until profiles publishes more."""
    user = decode_data(event, UserVerified)
    _store_person(Person(id=user.user_id, name=user.name, role=user.role))


def handle_profile_updated(event: DomainEvent, now: datetime) -> None:  # noqa: ARG001
    """Copy a person, unless a newer copy exists."""
    profile = decode_data(event, ProfileUpdated)
    _store_person(
        Person(
            id=profile.user_id,
            name=profile.name,
            avatar=profile.avatar,
            handle=profile.handle,
            role=profile.role,
            record_version=profile.record_version,
        )
    )


def handle_user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase a user."""
    erasure.erase(decode_data(event, UserDeleted).user_id, now)


def handle_session_ended(event: DomainEvent, now: datetime) -> None:
    """Close the WebSockets of a session."""
    session = decode_data(event, SessionEnded)
    connect.close_session(session.user_id, session.session_id, now)


def handle_file_cleaned(event: DomainEvent, now: datetime) -> None:  # noqa: ARG001
    """Allow the owner of a file to attach it."""
    file = decode_data(event, FileCleaned)
    _store_file(file, AttachmentKind.of(file.content_type))


def handle_file_removed(event: DomainEvent, now: datetime) -> None:  # noqa: ARG001
    """Forbid attaching a file, even where the event that it is clean arrives later."""
    file = decode_data(event, FileRemoved)
    _store_file(file, AttachmentKind.DOCUMENT, removed=True)


def handle_export_requested(event: DomainEvent, _now: datetime) -> None:
    """Write what messaging stores about the user."""
    write_share(event, "messaging", export.gather)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "user.verified": handle_user_verified,
    "user.profile.updated": handle_profile_updated,
    "export.requested": handle_export_requested,
    "user.deleted": handle_user_deleted,
    "session.ended": handle_session_ended,
    "file.cleaned": handle_file_cleaned,
    "file.removed": handle_file_removed,
    "consultation.requested": cards.post_consultation,
    "proposal.sent": cards.post_proposal,
    "deposit.requested": cards.post_deposit_request,
    "policy.accepted": cards.post_policy_acceptance,
    "appointment.confirmed": cards.post_appointment,
    "availability.saved": away_messages.save_hours,
    "quick_action.executed": quick_actions.post_texts,
    "social_message.received": guests.receive,
    "social_guest.pictured": guests.save_picture,
    "social_message.echoed": guests.receive_echo,
    "social_message.status_changed": guests.report_delivery,
    "social_account.connected": guests.save_connected,
    "social_account.reconnected": guests.save_connected,
    "social_account.disconnected": guests.save_disconnected,
    "message.link_posted": link_previews.handle_link_posted,
    "report.submitted": reports.receive,
    "user.suspended": report_decisions.handle_suspended,
    "user.suspension_refused": report_decisions.handle_suspension_refused,
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Handle an event.

    Raises:
        msgspec.ValidationError: Its data does not have the agreed form.
    """
    HANDLERS[event.type](event, now)


def _store_person(person: Person) -> None:
    """Store a copy of a person, and let their conversations be found by the name that it has."""
    person_copies.upsert(person)
    stored = person_copies.find(person.id)
    side = names.SIDES.get(person.role) if person.role else None
    if stored is not None and side is not None:
        names.rename(stored, side)


def _store_file(
    file: FileCleaned | FileRemoved, kind: AttachmentKind, *, removed: bool = False
) -> None:
    files.upsert(
        AttachableFile(
            id=file.file_id,
            owner_id=file.owner_id,
            kind=kind,
            record_version=file.record_version,
            removed=removed,
        )
    )
