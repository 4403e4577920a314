"""What other features' events mean here. Each may come twice, late, or out of order."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime

from notifications.events import (
    ConversationOpened,
    ProfileUpdated,
    QuickActionRowSaved,
    RegistrationRepeated,
    UserDeleted,
    UserVerified,
    VerificationRequested,
)
from notifications.models import Category, Channel, Value
from notifications.notices import (
    appointments,
    consultations,
    deposits,
    messages,
    proposals,
    waitlist,
)
from notifications.schemas import normalized
from notifications.store import contacts, erasures, relations
from notifications.use_cases import composer
from notifications.use_cases.dispatch import Message, Occasion, dispatch, of_event
from notifications.use_cases.recipients import Recipient
from shared.events.domain_events import DomainEvent, decode_data

MAX_NAME = 40


def user_verified(event: DomainEvent, now: datetime) -> None:
    """Remember how to reach the user, and welcome them."""
    user = decode_data(event, UserVerified)
    email = normalized(user.email)
    contacts.tell_contact(user.user_id, email, user.name, user.role, event.time)
    message = _message("welcome", {"name": user.name}, Category.TRANSACTIONAL)
    _mail(message, user.user_id, email, of_event(event.id), now)


def user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase what is kept of the user."""
    erasures.erase_user(decode_data(event, UserDeleted).user_id, now)


def profile_updated(event: DomainEvent, now: datetime) -> None:
    """Remember the name that the user goes by."""
    profile = decode_data(event, ProfileUpdated)
    contacts.tell_name(profile.user_id, profile.name, profile.record_version, now)


def quick_action_row_saved(event: DomainEvent, now: datetime) -> None:
    """Remember what the artist wants to be offered."""
    row = decode_data(event, QuickActionRowSaved)
    contacts.tell_one_tap(row.artist_id, row.one_tap, row.record_version, now)


def conversation_opened(event: DomainEvent, _now: datetime) -> None:
    """Remember where these two talk."""
    opened = decode_data(event, ConversationOpened)
    relations.keep_conversation(opened.artist_id, opened.client_id, opened.conversation_id)


def verification_requested(event: DomainEvent, now: datetime) -> None:
    """Mail the code to the address that is to be proven."""
    asked = decode_data(event, VerificationRequested)
    variables = {"name": harmless(asked.name), "code": asked.code}
    message = _message("verify-email", variables, Category.SECURITY)
    occasion = of_event(event.id, good_until=asked.expires_at)
    _mail(message, asked.user_id, normalized(asked.email), occasion, now)


def registration_repeated(event: DomainEvent, now: datetime) -> None:
    """Tell the owner of an account that somebody tried to register their address again."""
    repeated = decode_data(event, RegistrationRepeated)
    message = _message("registration-repeated", {"name": repeated.name}, Category.SECURITY)
    _mail(message, repeated.user_id, normalized(repeated.email), of_event(event.id), now)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "user.verified": user_verified,
    "user.deleted": user_deleted,
    "user.profile.updated": profile_updated,
    "quick_action_row.saved": quick_action_row_saved,
    "conversation.opened": conversation_opened,
    "user.verification_requested": verification_requested,
    "user.registration_repeated": registration_repeated,
    "appointment.created": appointments.created,
    "appointment.confirmed": appointments.confirmed,
    "appointment.declined": appointments.declined,
    "appointment.rescheduled": appointments.rescheduled,
    "appointment.cancelled": appointments.cancelled,
    "appointment.expired": appointments.expired,
    "deposit.requested": deposits.requested,
    "deposit.proof_submitted": deposits.proof_submitted,
    "deposit.confirmed": deposits.settled,
    "deposit.rejected": deposits.settled,
    "deposit.refunded": deposits.settled,
    "deposit.forfeited": deposits.settled,
    "proposal.sent": proposals.sent,
    "proposal.accepted": proposals.accepted,
    "proposal.declined": proposals.declined,
    "proposal.withdrawn": proposals.withdrawn,
    "proposal.expired": proposals.expired,
    "consultation.requested": consultations.requested,
    "consultation.declined": consultations.ended,
    "consultation.cancelled": consultations.ended,
    "consultation.expired": consultations.ended,
    "consultation.nudged": consultations.nudged,
    "waitlist.offered": waitlist.offered,
    "waitlist.opened": waitlist.opened,
    "message.created": messages.created,
    "conversation.read": messages.read,
    "quick_action.refused": messages.refused,
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Act on the event. Raises msgspec.ValidationError where its data is not what was agreed."""
    HANDLERS[event.type](event, now)


def harmless(name: str) -> str:
    """A stranger's name as it may stand in a mail to an address they have not proven.

    Without digits, dots and slashes it cannot advertise a web address or a phone number.
    """
    kept = [c if unicodedata.category(c)[0] in "LM" or c in "-'" else " " for c in name]
    return " ".join("".join(kept).split())[:MAX_NAME].strip() or "unknown"


def _message(template: str, variables: Mapping[str, Value], category: Category) -> Message:
    return composer.from_system(template, variables, (Channel.EMAIL,), category)


def _mail(message: Message, user_id: str, email: str, occasion: Occasion, now: datetime) -> None:
    contact = contacts.find_contact(user_id)
    if contact is not None and contact.erased_at is not None:
        return  # a late event about somebody who is gone
    dispatch(message, Recipient(user_id, {Channel.EMAIL: (email,)}), occasion, now)
