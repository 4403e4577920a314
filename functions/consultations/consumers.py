"""Handlers of other features' events. Each event may arrive twice, late, or out of order."""

from collections.abc import Callable
from datetime import datetime

from consultations.events import (
    BlockChanged,
    FileCleaned,
    FileRemoved,
    MessageCreated,
    PolicyPublished,
    PolicyWithdrawn,
    ProfileUpdated,
    ProposalAccepted,
    ProposalEnded,
    ProposalSent,
    SittingChanged,
    SocialMediaImported,
    SocialMediaSourceChanged,
    UserDeleted,
    UserVerified,
)
from consultations.models import ConsultationSide, File, Person, ProposalEnding
from consultations.rules.transitions import ConsultationAction
from consultations.store import consultations as store
from consultations.store import copies, pairs
from consultations.use_cases import erasure, export, lifecycle, pictures, proposals
from domain.policy_terms import PolicyKind
from shared.data.exports import write_share
from shared.events.domain_events import DomainEvent, decode_data


def handle_user_verified(event: DomainEvent, _now: datetime) -> None:
    """Save a copy of a new user, which the first event of profiles replaces."""
    user = decode_data(event, UserVerified)
    copies.save_person(Person(user.user_id, user.name, user.role))


def handle_profile_updated(event: DomainEvent, _now: datetime) -> None:
    """Save a copy of the user, unless a newer one is stored."""
    profile = decode_data(event, ProfileUpdated)
    copies.save_person(
        Person(
            id=profile.user_id,
            name=profile.name,
            role=profile.role,
            avatar=profile.avatar,
            record_version=profile.record_version,
            books_open=profile.books_open is not False,
        )
    )


def handle_user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase the user's data."""
    erasure.begin(decode_data(event, UserDeleted).user_id, event.time, now)


def handle_policy_published(event: DomainEvent, _now: datetime) -> None:
    """Require clients to confirm their age by this policy, if it is an age policy."""
    terms = decode_data(event, PolicyPublished).terms
    if terms.kind is PolicyKind.AGE:
        copies.save_age_terms(terms)


def handle_policy_withdrawn(event: DomainEvent, _now: datetime) -> None:
    """Require no confirmation of age by this policy any more."""
    withdrawn = decode_data(event, PolicyWithdrawn)
    if withdrawn.kind is PolicyKind.AGE:
        copies.withdraw_age_terms(withdrawn.artist_id, withdrawn.service_id, withdrawn.number)


def handle_file_cleaned(event: DomainEvent, _now: datetime) -> None:
    """Allow the file's owner to refer to it."""
    file = decode_data(event, FileCleaned)
    copies.save_file(File(file.file_id, file.owner_id, file.content_type, file.record_version))


def handle_file_removed(event: DomainEvent, now: datetime) -> None:
    """Forbid new references to the file."""
    file = decode_data(event, FileRemoved)
    copies.remove_file(file.file_id, file.record_version, now)


def handle_message_created(event: DomainEvent, now: datetime) -> None:
    """Mark the pair's requests as answered, if the artist wrote after they were made."""
    message = decode_data(event, MessageCreated)
    if message.client_id is None or message.sender_id != message.artist_id:
        return
    for consultation_id in pairs.get_pair(message.artist_id, message.client_id).open_ids:
        consultation = store.find_consultation(consultation_id)
        if consultation is not None and consultation.created_at <= message.created_at:
            lifecycle.apply_if_possible(
                consultation_id, ConsultationAction.RESPOND, ConsultationSide.ARTIST, now
            )


def handle_block_changed(event: DomainEvent, _now: datetime) -> None:
    """Save whether one of the pair blocks the other."""
    block = decode_data(event, BlockChanged)
    if block.client_id is None:
        return
    is_artist = block.user_id == block.artist_id
    side = ConsultationSide.ARTIST if is_artist else ConsultationSide.CLIENT
    pairs.save_block(block.artist_id, block.client_id, side, block.blocked, block.record_version)


def handle_proposal_sent(event: DomainEvent, now: datetime) -> None:
    """Link the proposal to the consultation it names."""
    proposals.link(decode_data(event, ProposalSent), now)


def handle_proposal_accepted(event: DomainEvent, now: datetime) -> None:
    """Schedule the consultation that the proposal names."""
    proposals.accept(decode_data(event, ProposalAccepted), now)


def handle_proposal_ended(event: DomainEvent, now: datetime) -> None:
    """End the consultation that the proposal names, unless another proposal replaced it."""
    ending = ProposalEnding(event.type.removeprefix("proposal."))
    proposals.end(decode_data(event, ProposalEnded), ending, now)


def handle_sitting_changed(event: DomainEvent, now: datetime) -> None:
    """Record the outcome of a sitting, or that it was a mistake."""
    proposals.record_outcome(decode_data(event, SittingChanged), event.type, now)


def handle_media_imported(event: DomainEvent, now: datetime) -> None:
    """Add a picture from the artist's social account."""
    pictures.add(decode_data(event, SocialMediaImported), now)


def handle_media_source_changed(event: DomainEvent, now: datetime) -> None:
    """Show whether a picture was removed where it comes from."""
    pictures.update_source(decode_data(event, SocialMediaSourceChanged), now)


def handle_export_requested(event: DomainEvent, _now: datetime) -> None:
    """Write what consultations stores about the user."""
    write_share(event, "consultations", export.gather)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "user.verified": handle_user_verified,
    "export.requested": handle_export_requested,
    "user.deleted": handle_user_deleted,
    "user.profile.updated": handle_profile_updated,
    "file.cleaned": handle_file_cleaned,
    "file.removed": handle_file_removed,
    "social_media.imported": handle_media_imported,
    "social_media.source_changed": handle_media_source_changed,
    "message.created": handle_message_created,
    "conversation.block_changed": handle_block_changed,
    "policy.published": handle_policy_published,
    "policy.withdrawn": handle_policy_withdrawn,
    "proposal.sent": handle_proposal_sent,
    "proposal.accepted": handle_proposal_accepted,
    "proposal.declined": handle_proposal_ended,
    "proposal.withdrawn": handle_proposal_ended,
    "proposal.expired": handle_proposal_ended,
    "appointment.completed": handle_sitting_changed,
    "appointment.cancelled": handle_sitting_changed,
    "appointment.no_show": handle_sitting_changed,
    "appointment.corrected": handle_sitting_changed,
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Handle an event by its type.

    Raises:
        msgspec.ValidationError: The event's data does not match its contract.
    """
    HANDLERS[event.type](event, now)
