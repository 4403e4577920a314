"""What other features' events mean here. Each may come twice, late, or out of order."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime

from notifications import (
    appointment_news,
    consultation_news,
    deposit_news,
    message_news,
    proposal_news,
    waitlist_news,
    writing,
)
from notifications.dispatch import Message, Occasion, dispatch, of_event
from notifications.facts import (
    ConversationOpened,
    ProfileUpdated,
    QuickActionRowSaved,
    RegistrationRepeated,
    UserDeleted,
    UserVerified,
    VerificationRequested,
)
from notifications.recipients import Recipient
from notifications.records import Category, Channel, Value
from notifications.store import contacts, erasures, pairs
from notifications.types import normalized
from shared.events import DomainEvent, read_data

MAX_NAME = 40


def user_verified(event: DomainEvent, now: datetime) -> None:
    """Remember how to reach the user, and welcome them."""
    user = read_data(event, UserVerified)
    email = normalized(user.email)
    contacts.tell_contact(user.user_id, email, user.name, user.role, event.time)
    message = _message("welcome", {"name": user.name}, Category.TRANSACTIONAL)
    _mail(message, user.user_id, email, of_event(event.id), now)


def user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase what is kept of the user."""
    erasures.erase_user(read_data(event, UserDeleted).user_id, now)


def profile_updated(event: DomainEvent, now: datetime) -> None:
    """Remember the name that the user goes by."""
    profile = read_data(event, ProfileUpdated)
    contacts.tell_name(profile.user_id, profile.name, profile.record_version, now)


def quick_action_row_saved(event: DomainEvent, now: datetime) -> None:
    """Remember what the artist wants to be offered."""
    row = read_data(event, QuickActionRowSaved)
    contacts.tell_one_tap(row.artist_id, row.one_tap, row.record_version, now)


def conversation_opened(event: DomainEvent, _now: datetime) -> None:
    """Remember where these two talk."""
    opened = read_data(event, ConversationOpened)
    pairs.keep_conversation(opened.artist_id, opened.client_id, opened.conversation_id)


def verification_requested(event: DomainEvent, now: datetime) -> None:
    """Mail the code to the address that is to be proven."""
    asked = read_data(event, VerificationRequested)
    variables = {"name": harmless(asked.name), "code": asked.code}
    message = _message("verify-email", variables, Category.SECURITY)
    occasion = of_event(event.id, good_until=asked.expires_at)
    _mail(message, asked.user_id, normalized(asked.email), occasion, now)


def registration_repeated(event: DomainEvent, now: datetime) -> None:
    """Tell the owner of an account that somebody tried to register their address again."""
    repeated = read_data(event, RegistrationRepeated)
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
    "appointment.created": appointment_news.created,
    "appointment.confirmed": appointment_news.confirmed,
    "appointment.declined": appointment_news.declined,
    "appointment.rescheduled": appointment_news.rescheduled,
    "appointment.cancelled": appointment_news.cancelled,
    "appointment.expired": appointment_news.expired,
    "deposit.requested": deposit_news.requested,
    "deposit.proof_submitted": deposit_news.proof_submitted,
    "deposit.confirmed": deposit_news.settled,
    "deposit.rejected": deposit_news.settled,
    "deposit.refunded": deposit_news.settled,
    "deposit.forfeited": deposit_news.settled,
    "proposal.sent": proposal_news.sent,
    "proposal.accepted": proposal_news.accepted,
    "proposal.declined": proposal_news.declined,
    "proposal.withdrawn": proposal_news.withdrawn,
    "proposal.expired": proposal_news.expired,
    "consultation.requested": consultation_news.requested,
    "consultation.declined": consultation_news.ended,
    "consultation.cancelled": consultation_news.ended,
    "consultation.expired": consultation_news.ended,
    "consultation.nudged": consultation_news.nudged,
    "waitlist.offered": waitlist_news.offered,
    "waitlist.opened": waitlist_news.opened,
    "message.created": message_news.created,
    "conversation.read": message_news.read,
    "quick_action.refused": message_news.refused,
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
    return writing.from_system(template, variables, (Channel.EMAIL,), category)


def _mail(message: Message, user_id: str, email: str, occasion: Occasion, now: datetime) -> None:
    contact = contacts.find_contact(user_id)
    if contact is not None and contact.erased_at is not None:
        return  # a late event about somebody who is gone
    dispatch(message, Recipient(user_id, {Channel.EMAIL: (email,)}), occasion, now)
