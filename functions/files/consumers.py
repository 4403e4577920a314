"""What events mean here. Each may come twice, late, or out of order."""

from collections.abc import Callable
from datetime import datetime

from files.schemas import (
    ConsultationRequested,
    DepositProofSubmitted,
    MessageCreated,
    MessageDeleted,
    PortfolioItem,
    ProfileUpdated,
    UserDeleted,
)
from files.use_cases import erasure, sharing
from shared.events.domain_events import DomainEvent, decode_data


def user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase what is kept of the user."""
    erasure.begin(decode_data(event, UserDeleted).user_id, event.time, now)


def message_created(event: DomainEvent, _now: datetime) -> None:
    """Both members may read the attachments."""
    sharing.with_members(decode_data(event, MessageCreated))


def message_deleted(event: DomainEvent, now: datetime) -> None:
    """By this message nobody may read the attachments any more."""
    sharing.end(decode_data(event, MessageDeleted), now)


def consultation_requested(event: DomainEvent, _now: datetime) -> None:
    """The artist may read the client's references."""
    sharing.with_artist(decode_data(event, ConsultationRequested))


def deposit_proof_submitted(event: DomainEvent, _now: datetime) -> None:
    """The artist may read what shows the payment."""
    sharing.of_deposit(decode_data(event, DepositProofSubmitted))


def portfolio_item_saved(event: DomainEvent, now: datetime) -> None:
    """Everybody may see what the portfolio shows."""
    sharing.by_item(decode_data(event, PortfolioItem), removed=False, now=now)


def portfolio_item_removed(event: DomainEvent, now: datetime) -> None:
    """Nobody may see it by this item any more."""
    sharing.by_item(decode_data(event, PortfolioItem), removed=True, now=now)


def profile_updated(event: DomainEvent, _now: datetime) -> None:
    """Whoever is signed in may see the avatar."""
    sharing.as_avatar(decode_data(event, ProfileUpdated))


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "user.deleted": user_deleted,
    "message.created": message_created,
    "message.deleted": message_deleted,
    "consultation.requested": consultation_requested,
    "deposit.proof_submitted": deposit_proof_submitted,
    "portfolio_item.saved": portfolio_item_saved,
    "portfolio_item.removed": portfolio_item_removed,
    "user.profile.updated": profile_updated,
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Act on the event. Raises msgspec.ValidationError where its data is not what was agreed."""
    HANDLERS[event.type](event, now)
