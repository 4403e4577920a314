"""Handlers of consumed events. An event may arrive twice, late or out of order."""

from collections.abc import Callable
from datetime import datetime

from files.events import (
    ConsultationPictureAdded,
    ConsultationRequested,
    DepositProofSubmitted,
    GuestMessageJoined,
    MessageCreated,
    MessageDecision,
    MessageDeleted,
    PortfolioItem,
    ProfileUpdated,
    ReviewPicturesChanged,
    SocialFileFetched,
    UserDeleted,
)
from files.use_cases import erasure, exports, imports, sharing
from shared.events.domain_events import DomainEvent, decode_data


def handle_user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase a deleted account."""
    erasure.begin(decode_data(event, UserDeleted).user_id, event.time, now)


def handle_message_created(event: DomainEvent, _now: datetime) -> None:
    """Let the other member of the conversation read the attachments."""
    sharing.share_attachments(decode_data(event, MessageCreated))


def handle_guest_message_joined(event: DomainEvent, _now: datetime) -> None:
    """Let the client who joined read the attachments of the guest."""
    sharing.share_joined(decode_data(event, GuestMessageJoined))


def handle_message_deleted(event: DomainEvent, now: datetime) -> None:
    """Stop sharing the attachments."""
    sharing.end_sharing(decode_data(event, MessageDeleted), now)


def handle_message_hidden(event: DomainEvent, now: datetime) -> None:
    """Stop sharing the attachments while an admin hides the message."""
    sharing.hide(decode_data(event, MessageDecision), now)


def handle_message_shown(event: DomainEvent, now: datetime) -> None:
    """Share the attachments again."""
    sharing.show(decode_data(event, MessageDecision), now)


def handle_consultation_requested(event: DomainEvent, _now: datetime) -> None:
    """Let the artist read the client's reference images."""
    sharing.share_references(decode_data(event, ConsultationRequested))


def handle_consultation_picture_added(event: DomainEvent, _now: datetime) -> None:
    """Let the client read the picture."""
    sharing.share_picture(decode_data(event, ConsultationPictureAdded))


def handle_deposit_proof_submitted(event: DomainEvent, _now: datetime) -> None:
    """Let the artist read the proof of the deposit."""
    sharing.share_deposit_proof(decode_data(event, DepositProofSubmitted))


def handle_portfolio_item_saved(event: DomainEvent, now: datetime) -> None:
    """Make the item's file public, unless an admin hides the item."""
    item = decode_data(event, PortfolioItem)
    sharing.update_portfolio_item(item, removed=item.hidden, now=now)


def handle_portfolio_item_removed(event: DomainEvent, now: datetime) -> None:
    """Make the item's file private, unless another item shows it."""
    sharing.update_portfolio_item(decode_data(event, PortfolioItem), removed=True, now=now)


def handle_review_pictures_changed(event: DomainEvent, now: datetime) -> None:
    """Make the review's pictures public, and no others."""
    sharing.update_review_pictures(decode_data(event, ReviewPicturesChanged), now)


def handle_profile_updated(event: DomainEvent, now: datetime) -> None:
    """Let everyone who is signed in read the avatar, and everybody that of an artist."""
    sharing.replace_avatar(decode_data(event, ProfileUpdated), now)


def handle_social_file_fetched(event: DomainEvent, now: datetime) -> None:
    """Make a file of what was fetched, and have it inspected."""
    imports.accept(decode_data(event, SocialFileFetched), event.time, now)


def handle_export_requested(event: DomainEvent, now: datetime) -> None:
    """Begin the archive of the user's data."""
    exports.begin(event, now)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "user.deleted": handle_user_deleted,
    "export.requested": handle_export_requested,
    "message.created": handle_message_created,
    "guest_message.joined": handle_guest_message_joined,
    "message.deleted": handle_message_deleted,
    "message.hidden": handle_message_hidden,
    "message.shown": handle_message_shown,
    "consultation.requested": handle_consultation_requested,
    "consultation.picture_added": handle_consultation_picture_added,
    "deposit.proof_submitted": handle_deposit_proof_submitted,
    "portfolio_item.saved": handle_portfolio_item_saved,
    "portfolio_item.removed": handle_portfolio_item_removed,
    "review.pictures_changed": handle_review_pictures_changed,
    "user.profile.updated": handle_profile_updated,
    "social_file.fetched": handle_social_file_fetched,
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Pass an event to its handler.

    Raises:
        msgspec.ValidationError: The data of the event breaks its contract.
    """
    HANDLERS[event.type](event, now)
