"""What other features' events mean here. Each may come twice, late, or out of order."""

from collections.abc import Callable
from datetime import datetime

from consultations.models import File, Person, Side
from consultations.rules.transitions import Action
from consultations.schemas import (
    BlockChanged,
    FileCleaned,
    FileRemoved,
    MessageCreated,
    PolicyPublished,
    PolicyWithdrawn,
    ProfileUpdated,
    UserDeleted,
    UserVerified,
)
from consultations.store import consultations as store
from consultations.store import copies
from consultations.use_cases import erasure, proposals, state_changes
from domain.policy_terms import Kind
from shared.events.domain_events import DomainEvent, decode_data


def user_verified(event: DomainEvent, _now: datetime) -> None:
    """Remember who has a new account, until profiles tells their card."""
    user = decode_data(event, UserVerified)
    copies.keep_person(Person(user.user_id, user.name, user.role))


def profile_updated(event: DomainEvent, _now: datetime) -> None:
    """Remember the card, unless a newer one is known."""
    card = decode_data(event, ProfileUpdated)
    person = Person(card.user_id, card.name, card.role, card.avatar, card.record_version)
    copies.keep_person(person)


def user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase what is kept of the user."""
    erasure.begin(decode_data(event, UserDeleted).user_id, event.time, now)


def policy_published(event: DomainEvent, _now: datetime) -> None:
    """Have clients confirm their age by this policy from now on, where it is about that."""
    terms = decode_data(event, PolicyPublished).terms
    if terms.kind is Kind.AGE:
        copies.keep_terms(terms)


def policy_withdrawn(event: DomainEvent, _now: datetime) -> None:
    """Have no age confirmed by this policy any more."""
    ended = decode_data(event, PolicyWithdrawn)
    if ended.kind is Kind.AGE:
        copies.end_terms(ended.artist_id, ended.service_id, ended.number)


def file_cleaned(event: DomainEvent, _now: datetime) -> None:
    """Its owner may refer to it from now on."""
    file = decode_data(event, FileCleaned)
    copies.keep_file(File(file.file_id, file.owner_id, file.content_type, file.record_version))


def file_removed(event: DomainEvent, now: datetime) -> None:
    """Nobody may refer to it any more."""
    file = decode_data(event, FileRemoved)
    copies.remove_file(file.file_id, file.record_version, now)


def message_created(event: DomainEvent, now: datetime) -> None:
    """The artist wrote to the client: that answers whatever the client had asked by then."""
    message = decode_data(event, MessageCreated)
    if message.sender_id != message.artist_id:
        return
    for consultation_id in store.find_pair(message.artist_id, message.client_id).open:
        consultation = store.find_consultation(consultation_id)
        if consultation is not None and consultation.created_at <= message.created_at:
            state_changes.change_if_possible(consultation_id, Action.RESPOND, Side.ARTIST, now)


def block_changed(event: DomainEvent, _now: datetime) -> None:
    """Remember whether one lets the other ask."""
    change = decode_data(event, BlockChanged)
    side = Side.ARTIST if change.user_id == change.artist_id else Side.CLIENT
    copies.keep_block(
        change.artist_id, change.client_id, side, change.blocked, change.record_version
    )


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "user.verified": user_verified,
    "user.deleted": user_deleted,
    "user.profile.updated": profile_updated,
    "file.cleaned": file_cleaned,
    "file.removed": file_removed,
    "message.created": message_created,
    "conversation.block_changed": block_changed,
    "policy.published": policy_published,
    "policy.withdrawn": policy_withdrawn,
    "proposal.sent": proposals.proposal_sent,
    "proposal.accepted": proposals.proposal_accepted,
    "appointment.completed": proposals.appointment_over,
    "appointment.cancelled": proposals.appointment_over,
    "appointment.no_show": proposals.appointment_over,
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Act on the event. Raises msgspec.ValidationError where its data is not what was agreed."""
    HANDLERS[event.type](event, now)
