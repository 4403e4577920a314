"""Handlers of other features' events. Each event may arrive twice, late, or out of order."""

from collections.abc import Callable
from datetime import datetime

from msgspec import UNSET

from domain.money import Money
from domain.policy_terms import PolicyKind
from quick_actions.events import (
    BlockChanged,
    ConversationOpened,
    ExecutionPosted,
    ExecutionRefused,
    PolicyPublished,
    PolicyWithdrawn,
    ProfileUpdated,
    ServiceRemoved,
    ServiceSaved,
    UserDeleted,
    UserVerified,
)
from quick_actions.models import Conversation, ExecutionStatus, Person, Service
from quick_actions.store import copies
from quick_actions.use_cases import erasure, executions, export
from shared.data.exports import write_share
from shared.events.domain_events import DomainEvent, decode_data

STATED_POLICIES = (PolicyKind.DEPOSIT, PolicyKind.CANCELLATION)  # in values of variables


def handle_user_verified(event: DomainEvent, _now: datetime) -> None:
    """Save a copy of a new user, which the first event of profiles replaces."""
    user = decode_data(event, UserVerified)
    copies.save_person(Person(user.user_id, user.name, user.role))


def handle_profile_updated(event: DomainEvent, _now: datetime) -> None:
    """Save a copy of the user, unless a newer one is stored."""
    profile = decode_data(event, ProfileUpdated)
    copies.save_person(
        Person(profile.user_id, profile.name, profile.role, profile.handle, profile.record_version)
    )


def handle_user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase the user's data."""
    erasure.erase(decode_data(event, UserDeleted).user_id, now)


def handle_conversation_opened(event: DomainEvent, _now: datetime) -> None:
    """Allow the artist to execute actions in the conversation, unless it is with a guest.

    A guest may join with an account, which is published as an opening too, and is final.
    """
    opened = decode_data(event, ConversationOpened)
    other_id = opened.client_id or opened.guest_id
    if other_id is None:
        return
    if opened.client_id is None and copies.find_conversation(opened.conversation_id) is not None:
        return
    copies.save_conversation(Conversation(opened.conversation_id, opened.artist_id, other_id))


def handle_block_changed(event: DomainEvent, _now: datetime) -> None:
    """Save whether one member of the conversation blocks the other."""
    block = decode_data(event, BlockChanged)
    if block.client_id is None:
        return
    copies.save_block(
        Conversation(block.conversation_id, block.artist_id, block.client_id),
        by_artist=block.user_id == block.artist_id,
        blocked=block.blocked,
        version=block.record_version,
    )


def handle_service_saved(event: DomainEvent, _now: datetime) -> None:
    """Add the service to the price list, or change it there."""
    saved = decode_data(event, ServiceSaved)
    service = Service(
        id=saved.service_id,
        name=saved.name,
        duration_minutes=saved.duration_minutes,
        price=Money(saved.price.amount, saved.price.currency),
        sittings=None if saved.deposit is UNSET else saved.sittings,
        deposit=None if saved.deposit is UNSET else saved.deposit,
        deposit_refundable_until_hours=saved.deposit_refundable_until_hours,
    )
    copies.save_service(saved.artist_id, service, saved.record_version)


def handle_service_removed(event: DomainEvent, now: datetime) -> None:
    """Remove the service from the price list."""
    removed = decode_data(event, ServiceRemoved)
    copies.remove_service(removed.artist_id, removed.service_id, removed.record_version, now)


def handle_policy_published(event: DomainEvent, _now: datetime) -> None:
    """State the terms of this version of a policy."""
    terms = decode_data(event, PolicyPublished).terms
    if terms.kind in STATED_POLICIES:
        copies.save_terms(terms.artist_id, terms.kind, terms.service_id, terms, terms.number)


def handle_policy_withdrawn(event: DomainEvent, _now: datetime) -> None:
    """State the terms of this policy no longer."""
    withdrawn = decode_data(event, PolicyWithdrawn)
    if withdrawn.kind in STATED_POLICIES:
        copies.save_terms(
            withdrawn.artist_id, withdrawn.kind, withdrawn.service_id, None, withdrawn.number
        )


def handle_execution_posted(event: DomainEvent, _now: datetime) -> None:
    """Record that the messages were sent."""
    posted = decode_data(event, ExecutionPosted)
    executions.record_outcome(posted.artist_id, posted.execution_id, ExecutionStatus.SENT)


def handle_execution_refused(event: DomainEvent, _now: datetime) -> None:
    """Record that the messages were not sent, and why."""
    refused = decode_data(event, ExecutionRefused)
    executions.record_outcome(
        refused.artist_id, refused.execution_id, ExecutionStatus.FAILED, refused.reason
    )


def handle_export_requested(event: DomainEvent, _now: datetime) -> None:
    """Write what quick_actions stores about the user."""
    write_share(event, "quick-actions", export.gather)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "user.verified": handle_user_verified,
    "user.profile.updated": handle_profile_updated,
    "export.requested": handle_export_requested,
    "user.deleted": handle_user_deleted,
    "conversation.opened": handle_conversation_opened,
    "conversation.block_changed": handle_block_changed,
    "service.saved": handle_service_saved,
    "service.removed": handle_service_removed,
    "policy.published": handle_policy_published,
    "policy.withdrawn": handle_policy_withdrawn,
    "quick_action.posted": handle_execution_posted,
    "quick_action.refused": handle_execution_refused,
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Handle an event by its type.

    Raises:
        msgspec.ValidationError: The event's data does not match its contract.
    """
    HANDLERS[event.type](event, now)
