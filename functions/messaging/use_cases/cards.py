"""Cards: messages that refer to a record of another feature, posted when its event arrives.

A card holds nothing of the record's state, which stays with the owning feature. Only these
functions post cards, and none while one of the two blocks the other.
"""

from datetime import datetime

from domain.ids import is_guest
from messaging.events import (
    AppointmentConfirmed,
    ConsultationRequested,
    DepositRequested,
    PolicyAccepted,
    ProposalSent,
)
from messaging.models import Conversation, MessageType, RecordReference
from messaging.store import conversations as conversation_store
from messaging.store import person_copies, settings
from messaging.use_cases import conversations, message_sequence
from messaging.use_cases.message_sequence import Draft
from shared.events.domain_events import DomainEvent, decode_data
from shared.events.queues import RetryLater
from shared.http.caller import Role

APPOINTMENT = "appointment"
# The cards of what only clients do.
BY_CLIENT = frozenset({MessageType.CONSULTATION, MessageType.POLICY})


def post_consultation(event: DomainEvent, now: datetime) -> None:
    """Post the card of a consultation that a client requested, unless it was imported."""
    requested = decode_data(event, ConsultationRequested)
    if requested.imported:
        return
    refer = RecordReference(kind="consultation", id=requested.consultation_id)
    _post(MessageType.CONSULTATION, refer, requested.artist_id, requested.client_id, now)


def post_proposal(event: DomainEvent, now: datetime) -> None:
    """Post the card of a proposal."""
    sent = decode_data(event, ProposalSent)
    refer = RecordReference(kind="proposal", id=sent.proposal_id)
    _post(MessageType.PROPOSAL, refer, sent.artist_id, sent.client_id, now)


def post_deposit_request(event: DomainEvent, now: datetime) -> None:
    """Post the card of a deposit that is due, and the artist's instructions where they want that.

    The instructions are the artist's own words. Bank details are shown by the appointment only, and
    only while the deposit is due.
    """
    requested = decode_data(event, DepositRequested)
    refer = RecordReference(kind=APPOINTMENT, id=requested.appointment_id)
    conversation = _post(
        MessageType.DEPOSIT_REQUEST, refer, requested.artist_id, requested.client_id, now
    )
    artist_settings = settings.get(requested.artist_id)
    if conversation and artist_settings.send_deposit_instructions:
        instructions = Draft(
            type=MessageType.SYSTEM,
            content=artist_settings.deposit_instructions,
            author_id=requested.artist_id,
            refer=refer,
            source=f"deposit_instructions {refer.id}",
        )
        message_sequence.append(conversation, instructions, now)


def post_policy_acceptance(event: DomainEvent, now: datetime) -> None:
    """Post the card of a policy that a client accepted."""
    accepted = decode_data(event, PolicyAccepted)
    refer = RecordReference(kind="policy_acceptance", id=accepted.acceptance_id)
    _post(MessageType.POLICY, refer, accepted.artist_id, accepted.user_id, now)


def post_appointment(event: DomainEvent, now: datetime) -> None:
    """Post the card of a confirmed appointment."""
    confirmed = decode_data(event, AppointmentConfirmed)
    refer = RecordReference(kind=APPOINTMENT, id=confirmed.appointment_id)
    _post(MessageType.APPOINTMENT_CONFIRMED, refer, confirmed.artist_id, confirmed.client_id, now)


def _post(
    type_: MessageType,
    refer: RecordReference,
    artist_id: str,
    client_id: str | None,
    now: datetime,
) -> Conversation | None:
    """Post a card once, opening the conversation where there is none.

    Returns:
        The conversation. None where no card was posted: for walk-ins and guests without an account,
        across a block, after an account was deleted, and for users whose role has no conversations.
    """
    if client_id is None or is_guest(client_id):
        return None
    conversation = conversation_store.find_by_pair(artist_id, client_id)
    if conversation is None:
        if not _are_artist_and_client(artist_id, client_id):
            return None
        opened_by = client_id if type_ in BY_CLIENT else None
        conversation, _ = conversations.open_for_pair(artist_id, client_id, opened_by, now)
    if not conversation.can_write:
        return None
    card = Draft(type=type_, refer=refer, source=f"{type_} {refer.id}")
    message_sequence.append(conversation, card, now)
    return conversation


def _are_artist_and_client(artist_id: str, client_id: str) -> bool:
    """Return whether two users have these roles.

    Raises:
        RetryLater: One of them is not known yet: the event of the account is still on its way.
    """
    people = person_copies.find_all([artist_id, client_id])
    artist, client = people.get(artist_id), people.get(client_id)
    if artist is None or client is None:
        raise RetryLater
    return artist.role is Role.ARTIST and client.role is Role.CLIENT
