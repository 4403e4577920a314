"""Event handlers. An event may arrive twice, late, or out of order."""

from collections.abc import Callable
from datetime import datetime

from domain import quotation
from notifications.events import (
    AppointmentRecorded,
    BlockChanged,
    ConversationOpened,
    ExportReady,
    ProfileUpdated,
    QuickActionsSaved,
    RegistrationRepeated,
    UserDeleted,
    UserVerified,
    VerificationRequested,
)
from notifications.models import Channel, MessageCategory
from notifications.notices import (
    account_mails,
    account_security,
    appointments,
    calendar_changes,
    consultations,
    deposits,
    external_calendars,
    follows,
    messages,
    moderation,
    proposals,
    waitlist,
)
from notifications.notices.account_mails import NAMELESS
from notifications.rules import email_addresses, untrusted_names
from notifications.store import contacts, conversations
from notifications.use_cases import erasure, export, reminders, suppressions
from notifications.use_cases.dispatch import Cause
from shared.data.exports import write_share
from shared.events.domain_events import DomainEvent, decode_data


def handle_user_verified(event: DomainEvent, now: datetime) -> None:
    """Save how to reach the user, and welcome them unless they were imported."""
    user = decode_data(event, UserVerified)
    email = email_addresses.normalize(user.email)
    contacts.save_verified(user.user_id, email, user.name, user.role, event.time)
    if user.imported:
        return
    suppressions.end_by_verification(Channel.EMAIL, email, event.time)
    variables = {"name": quotation.flatten(user.name) or NAMELESS}
    account_mails.send(
        "welcome",
        variables,
        Cause.from_event(event),
        now,
        user_id=user.user_id,
        email=email,
        category=MessageCategory.ACCOUNT,
    )


def handle_export_ready(event: DomainEvent, now: datetime) -> None:
    """Mail the user that the archive of their data can be downloaded."""
    ready = decode_data(event, ExportReady)
    contact = contacts.find_active(ready.user_id)
    if contact is None:
        return
    if contact.email is None:
        raise account_security.OwnerUnknown
    variables = {"name": quotation.flatten(contact.name) or NAMELESS}
    account_mails.send(
        "export-ready",
        variables,
        Cause.from_event(event),
        now,
        user_id=ready.user_id,
        email=contact.email,
        category=MessageCategory.ACCOUNT,
        page=f"/account/exports/{ready.export_id}",
    )


def handle_user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase the user's data."""
    erasure.erase(decode_data(event, UserDeleted).user_id, now)


def handle_profile_updated(event: DomainEvent, now: datetime) -> None:
    """Save the user's current name."""
    profile = decode_data(event, ProfileUpdated)
    contacts.save_name(profile.user_id, profile.name, profile.record_version, now)


def handle_quick_actions_saved(event: DomainEvent, now: datetime) -> None:
    """Save the quick actions that the artist's notifications offer."""
    saved = decode_data(event, QuickActionsSaved)
    contacts.save_one_tap(saved.artist_id, saved.one_tap, saved.record_version, now)


def handle_conversation_opened(event: DomainEvent, _now: datetime) -> None:
    """Save the conversation of the artist and the client."""
    opened = decode_data(event, ConversationOpened)
    if opened.client_id is None:
        return
    conversations.save_id(opened.artist_id, opened.client_id, opened.conversation_id)


def handle_block_changed(event: DomainEvent, _now: datetime) -> None:
    """Save whether one member of a conversation blocks the other."""
    block = decode_data(event, BlockChanged)
    if block.client_id is None:
        return
    conversations.save_block(
        block.artist_id,
        block.client_id,
        block.conversation_id,
        by_artist=block.user_id == block.artist_id,
        blocked=block.blocked,
        record_version=block.record_version,
    )


def handle_verification_requested(event: DomainEvent, now: datetime) -> None:
    """Mail the code to the address to be verified."""
    request = decode_data(event, VerificationRequested)
    name = quotation.quote(untrusted_names.sanitize(request.name))
    variables = {"name": name, "code": request.code}
    cause = Cause.from_event(event, good_until=request.expires_at)
    account_mails.send(
        "verify-email",
        variables,
        cause,
        now,
        user_id=request.user_id,
        email=request.email,
        verifies_address=True,
    )


def handle_registration_repeated(event: DomainEvent, now: datetime) -> None:
    """Warn the owner of an account that their address was registered again."""
    repeated = decode_data(event, RegistrationRepeated)
    variables = {"name": quotation.flatten(repeated.name) or NAMELESS}
    account_mails.send(
        "registration-repeated",
        variables,
        Cause.from_event(event),
        now,
        user_id=repeated.user_id,
        email=repeated.email,
    )


def handle_appointment_recorded(event: DomainEvent, now: datetime) -> None:
    """Save what the reminders of an appointment are computed of, where it is lacking."""
    recorded = decode_data(event, AppointmentRecorded)
    reminders.record_appointment(recorded, recorded.changed_at, now, is_new=False)


def handle_export_requested(event: DomainEvent, _now: datetime) -> None:
    """Write what notifications stores about the user."""
    write_share(event, "notifications", export.gather)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "user.verified": handle_user_verified,
    "export.requested": handle_export_requested,
    "user.deleted": handle_user_deleted,
    "export.ready": handle_export_ready,
    "user.profile.updated": handle_profile_updated,
    "quick_action_row.saved": handle_quick_actions_saved,
    "conversation.opened": handle_conversation_opened,
    "conversation.block_changed": handle_block_changed,
    "user.verification_requested": handle_verification_requested,
    "user.registration_repeated": handle_registration_repeated,
    "user.signed_in_from_new_device": account_security.handle_signed_in_from_new_device,
    "user.sign_in_code_requested": account_security.handle_sign_in_code_requested,
    "user.password_reset_requested": account_security.handle_password_reset_requested,
    "user.assistant_invited": account_security.handle_assistant_invited,
    "user.assistant_added": account_security.handle_assistant_added,
    **dict.fromkeys(account_security.SIGN_IN_WAYS, account_security.handle_sign_in_way_changed),
    **dict.fromkeys(account_security.IDENTITIES, account_security.handle_identity_changed),
    "user.email_change_requested": account_security.handle_email_change_requested,
    "user.email_changed": account_security.handle_email_changed,
    "appointment.created": appointments.handle_created,
    "appointment.confirmed": appointments.handle_confirmed,
    "appointment.declined": appointments.handle_declined,
    "appointment.rescheduled": appointments.handle_rescheduled,
    "appointment.cancelled": appointments.handle_cancelled,
    "appointment.expired": appointments.handle_expired,
    "appointment.completed": appointments.handle_completed,
    "appointment.no_show": appointments.handle_no_show,
    "appointment.corrected": appointments.handle_corrected,
    "appointment.recorded": handle_appointment_recorded,
    "deposit.requested": deposits.handle_requested,
    "deposit.proof_submitted": deposits.handle_proof_submitted,
    "deposit.confirmed": deposits.handle_decided,
    "deposit.rejected": deposits.handle_decided,
    "deposit.refunded": deposits.handle_decided,
    "deposit.forfeited": deposits.handle_decided,
    "deposit.waived": deposits.handle_decided,
    "deposit.due_soon": deposits.handle_due_soon,
    "deposit.overdue": deposits.handle_overdue,
    "charge.paid": deposits.handle_charge,
    "charge.settled": deposits.handle_charge,
    "charge.waived": deposits.handle_charge,
    "charge.refunded": deposits.handle_charge,
    "proposal.sent": proposals.handle_sent,
    "proposal.accepted": proposals.handle_accepted,
    "proposal.declined": proposals.handle_declined,
    "proposal.withdrawn": proposals.handle_withdrawn,
    "proposal.expired": proposals.handle_expired,
    "consultation.requested": consultations.handle_requested,
    "consultation.declined": consultations.handle_ended,
    "consultation.cancelled": consultations.handle_ended,
    "consultation.expired": consultations.handle_ended,
    "consultation.nudged": consultations.handle_nudged,
    "waitlist.offered": waitlist.handle_offered,
    "waitlist.opened": waitlist.handle_opened,
    "follow.books_opened": follows.handle_books_opened,
    "external_calendar.failed": external_calendars.handle_failed,
    "social_calendar.booking_changed_elsewhere": calendar_changes.handle_changed_elsewhere,
    "message.created": messages.handle_created,
    "conversation.read": messages.handle_read,
    "quick_action.refused": messages.handle_refused,
    "report.decided": moderation.handle_decided,
    "user.suspended": moderation.handle_suspended,
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Handle an event.

    Raises:
        msgspec.ValidationError: Its data lacks what is read here.
    """
    HANDLERS[event.type](event, now)
