"""Cards: what other features' events post into the conversation of the two it concerns.

A card refers to the record and says nothing of its state, which lives in the owning feature. Only
these functions post cards.
"""

from datetime import datetime

from messaging.events import (
    AppointmentConfirmed,
    ConsultationRequested,
    DepositRequested,
    PolicyAccepted,
    ProposalSent,
)
from messaging.models import Conversation, Reference, Type
from messaging.store import conversations as conversation_store
from messaging.store import people, settings
from messaging.use_cases import conversations, message_sequence
from messaging.use_cases.message_sequence import Draft
from shared.events.domain_events import DomainEvent, decode_data
from shared.events.queues import RetryLater
from shared.http.caller import Role

APPOINTMENT = "appointment"


def consultation_requested(event: DomainEvent, now: datetime) -> None:
    """Show what the client asks."""
    asked = decode_data(event, ConsultationRequested)
    refer = Reference(kind="consultation", id=asked.consultation_id)
    _post(Type.CONSULTATION, refer, asked.artist_id, asked.client_id, now)


def proposal_sent(event: DomainEvent, now: datetime) -> None:
    """Show the proposal."""
    sent = decode_data(event, ProposalSent)
    refer = Reference(kind="proposal", id=sent.proposal_id)
    _post(Type.PROPOSAL, refer, sent.artist_id, sent.client_id, now)


def deposit_requested(event: DomainEvent, now: datetime) -> None:
    """Show that a deposit is due, and what the artist has to say about it where they want that.

    Their words only: bank details are shown by the appointment, and only while it is due.
    """
    requested = decode_data(event, DepositRequested)
    refer = Reference(kind=APPOINTMENT, id=requested.appointment_id)
    conversation = _post(Type.DEPOSIT_REQUEST, refer, requested.artist_id, requested.client_id, now)
    wanted = settings.find(requested.artist_id)
    if conversation and wanted.send_deposit_instructions:
        instructions = Draft(
            type=Type.SYSTEM,
            content=wanted.deposit_instructions,
            author_id=requested.artist_id,
            refer=refer,
            source=f"deposit_instructions {refer.id}",
        )
        message_sequence.post(conversation, instructions, now)


def policy_accepted(event: DomainEvent, now: datetime) -> None:
    """Show what the client agreed to."""
    accepted = decode_data(event, PolicyAccepted)
    refer = Reference(kind="policy_acceptance", id=accepted.acceptance_id)
    _post(Type.POLICY, refer, accepted.artist_id, accepted.user_id, now)


def appointment_confirmed(event: DomainEvent, now: datetime) -> None:
    """Show the appointment that is agreed."""
    confirmed = decode_data(event, AppointmentConfirmed)
    refer = Reference(kind=APPOINTMENT, id=confirmed.appointment_id)
    _post(Type.APPOINTMENT_CONFIRMED, refer, confirmed.artist_id, confirmed.client_id, now)


def _post(
    kind: Type, refer: Reference, artist_id: str, client_id: str | None, now: datetime
) -> Conversation | None:
    """Post the card once, opening the conversation where there is none; None where it has no place.

    It has none for a walk-in without account, for who deleted theirs, and for who books with a
    role that has no conversations.
    """
    if client_id is None:
        return None
    conversation = conversation_store.find_of_pair(artist_id, client_id)
    if conversation is None:
        if not _may_talk(artist_id, client_id):
            return None
        conversation, _ = conversations.of_pair(artist_id, client_id, now)
    if conversation.artist.erased or conversation.client.erased:
        return None
    message_sequence.post(
        conversation, Draft(type=kind, refer=refer, source=f"{kind} {refer.id}"), now
    )
    return conversation


def _may_talk(artist_id: str, client_id: str) -> bool:
    """Whether these are an artist and a client. Raises RetryLater while one is not known yet."""
    known = people.find_all([artist_id, client_id])
    artist, client = known.get(artist_id), known.get(client_id)
    if artist is None or client is None:
        raise RetryLater  # the event that tells of them is still on its way
    return artist.role is Role.ARTIST and client.role is Role.CLIENT
