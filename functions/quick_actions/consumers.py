"""What other features' events mean here. Each may come twice, late, or out of order."""

from collections.abc import Callable
from datetime import datetime

from domain.policy_terms import Kind
from quick_actions import store
from quick_actions.models import Conversation, Person, Service, Status
from quick_actions.schemas import (
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
from quick_actions.use_cases import erasure, executions
from shared.events.domain_events import DomainEvent, decode_data

QUOTED = (Kind.DEPOSIT, Kind.CANCELLATION)  # the policies that texts quote


def user_verified(event: DomainEvent, _now: datetime) -> None:
    """Remember who has a new account, until profiles tells their card."""
    user = decode_data(event, UserVerified)
    store.keep_person(Person(user.user_id, user.name, user.role))


def profile_updated(event: DomainEvent, _now: datetime) -> None:
    """Remember the card, unless a newer one is known."""
    card = decode_data(event, ProfileUpdated)
    person = Person(card.user_id, card.name, card.role, card.handle, card.record_version)
    store.keep_person(person)


def user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase what is kept of the user."""
    erasure.erase(decode_data(event, UserDeleted).user_id, now)


def conversation_opened(event: DomainEvent, _now: datetime) -> None:
    """The artist may execute actions there from now on."""
    opened = decode_data(event, ConversationOpened)
    store.keep_conversation(
        Conversation(opened.conversation_id, opened.artist_id, opened.client_id)
    )


def service_saved(event: DomainEvent, _now: datetime) -> None:
    """It is in the price list."""
    saved = decode_data(event, ServiceSaved)
    service = Service(saved.service_id, saved.name, saved.duration_minutes, saved.price)
    store.keep_service(saved.artist_id, service, saved.record_version)


def service_removed(event: DomainEvent, now: datetime) -> None:
    """It is not in the price list any more."""
    removed = decode_data(event, ServiceRemoved)
    store.end_service(removed.artist_id, removed.service_id, removed.record_version, now)


def policy_published(event: DomainEvent, _now: datetime) -> None:
    """Quote this version from now on, where it holds for all services."""
    terms = decode_data(event, PolicyPublished).terms
    if terms.kind in QUOTED and terms.service_id is None:
        store.keep_terms(terms.artist_id, terms.kind, terms, terms.number)


def policy_withdrawn(event: DomainEvent, _now: datetime) -> None:
    """Quote what holds without it."""
    ended = decode_data(event, PolicyWithdrawn)
    if ended.kind in QUOTED and ended.service_id is None:
        store.keep_terms(ended.artist_id, ended.kind, None, ended.number)


def execution_posted(event: DomainEvent, _now: datetime) -> None:
    """It is in the thread."""
    told = decode_data(event, ExecutionPosted)
    executions.settle(told.artist_id, told.execution_id, Status.SENT)


def execution_refused(event: DomainEvent, _now: datetime) -> None:
    """It is not in the thread, and says why."""
    told = decode_data(event, ExecutionRefused)
    executions.settle(told.artist_id, told.execution_id, Status.FAILED, told.reason)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "user.verified": user_verified,
    "user.profile.updated": profile_updated,
    "user.deleted": user_deleted,
    "conversation.opened": conversation_opened,
    "service.saved": service_saved,
    "service.removed": service_removed,
    "policy.published": policy_published,
    "policy.withdrawn": policy_withdrawn,
    "quick_action.posted": execution_posted,
    "quick_action.refused": execution_refused,
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Act on the event. Raises msgspec.ValidationError where its data is not what was agreed."""
    HANDLERS[event.type](event, now)
