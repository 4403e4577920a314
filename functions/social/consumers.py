"""Handlers of consumed events. An event may arrive twice, late or out of order."""

from collections.abc import Callable
from datetime import datetime

from shared.data.exports import write_share
from shared.events.domain_events import DomainEvent, decode_data
from social.events import (
    AccountChanged,
    ConsumedAppointment,
    FileDecided,
    GuestErased,
    GuestMessageCreated,
    ProfileUpdated,
    SessionEnded,
    UserDeleted,
    UserVerified,
    WritingChanged,
)
from social.models.bookings import Person
from social.store import bookings as bookings_store
from social.store import conversations
from social.use_cases import (
    booking_events,
    calendar_accounts,
    connecting,
    consultation_copies,
    erasure,
    export,
    media_fetching,
    received_files,
    replies,
    work,
)
from social.use_cases.work import Work


def handle_user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase the data of a user whose account was deleted."""
    erasure.erase(decode_data(event, UserDeleted).user_id, now)


def handle_export_requested(event: DomainEvent, _now: datetime) -> None:
    """Write what social stores about a user who asked for all their data."""
    write_share(event, "social", export.gather)


# Of a consultation, these say whether pictures can be added to it.
CONSULTATIONS = (
    "consultation.requested",
    "consultation.scheduled",
    "consultation.completed",
    "consultation.declined",
    "consultation.cancelled",
    "consultation.reopened",
    "consultation.expired",
)


def handle_account_connected(event: DomainEvent, _now: datetime) -> None:
    """Have the main calendar of a new account read."""
    account = decode_data(event, AccountChanged)
    work.send(Work(calendar_accounts.BEGIN, account.artist_id, account.account_id))


def handle_account_reconnected(event: DomainEvent, now: datetime) -> None:
    """Have the calendars read, and everything written, that waited for the account."""
    account = decode_data(event, AccountChanged)
    work.send(Work(calendar_accounts.BEGIN, account.artist_id, account.account_id))
    calendar_accounts.resume(account.artist_id, account.account_id, now)
    booking_events.send_all(account.artist_id)


def handle_user_verified(event: DomainEvent, _now: datetime) -> None:
    """Save a copy of a new user, which the first event of profiles replaces."""
    user = decode_data(event, UserVerified)
    bookings_store.save_person(Person(user.user_id, user.name))


def handle_profile_updated(event: DomainEvent, _now: datetime) -> None:
    """Save a copy of a user, unless a newer one is stored."""
    profile = decode_data(event, ProfileUpdated)
    bookings_store.save_person(Person(profile.user_id, profile.name, profile.record_version))


def handle_appointment_created(event: DomainEvent, now: datetime) -> None:
    """Have a request written. `appointment.confirmed` comes with what is confirmed at once."""
    appointment = decode_data(event, ConsumedAppointment)
    if appointment.status != CONFIRMED:
        booking_events.record(appointment, now)


def handle_appointment(event: DomainEvent, now: datetime) -> None:
    """Have an appointment written to the calendars of its artist, moved or deleted there."""
    booking_events.record(decode_data(event, ConsumedAppointment), now)


def handle_writing_changed(event: DomainEvent, _now: datetime) -> None:
    """Have everything written that is known, as the artist chose it now.

    Appointments that are not known yet are published again.
    """
    booking_events.send_all(decode_data(event, WritingChanged).artist_id)


def handle_file_cleaned(event: DomainEvent, now: datetime) -> None:
    """Publish a message that waited for this file, or show it: of a guest, or as an import."""
    media_fetching.handle_file_cleaned(event, now)
    file_id = decode_data(event, FileDecided).file_id
    received_files.handle_decision(file_id, is_clean=True, now=now)


def handle_file_rejected(event: DomainEvent, now: datetime) -> None:
    """Publish a message that waited for this file without it, or show why an import failed."""
    media_fetching.handle_file_rejected(event, now)
    file_id = decode_data(event, FileDecided).file_id
    received_files.handle_decision(file_id, is_clean=False, now=now)


def handle_guest_message_created(event: DomainEvent, now: datetime) -> None:
    """Have a message sent to a guest."""
    replies.create(decode_data(event, GuestMessageCreated), now)


def handle_guest_erased(event: DomainEvent, _now: datetime) -> None:
    """Erase a guest who had joined with an account that was deleted."""
    guest = decode_data(event, GuestErased)
    conversations.delete_guest(guest.account_id, guest.guest_id)


def handle_session_ended(event: DomainEvent, now: datetime) -> None:
    """Let a session connect nothing more: who began it is signed out."""
    connecting.end_session(decode_data(event, SessionEnded).session_id, now)


CONFIRMED = "confirmed"

HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "file.cleaned": handle_file_cleaned,
    "file.rejected": handle_file_rejected,
    "guest_message.created": handle_guest_message_created,
    "guest.erased": handle_guest_erased,
    "user.deleted": handle_user_deleted,
    "export.requested": handle_export_requested,
    "social_account.connected": handle_account_connected,
    "social_account.reconnected": handle_account_reconnected,
    "user.verified": handle_user_verified,
    "user.profile.updated": handle_profile_updated,
    "appointment.created": handle_appointment_created,
    "appointment.confirmed": handle_appointment,
    "appointment.declined": handle_appointment,
    "appointment.rescheduled": handle_appointment,
    "appointment.cancelled": handle_appointment,
    "appointment.expired": handle_appointment,
    "appointment.completed": handle_appointment,
    "appointment.no_show": handle_appointment,
    "appointment.corrected": handle_appointment,
    "appointment.recorded": handle_appointment,
    "social_calendar.writing_changed": handle_writing_changed,
    "session.ended": handle_session_ended,
    "portfolio_item.imported": media_fetching.handle_item_imported,
    "portfolio_item.import_refused": media_fetching.handle_import_refused,
    "portfolio_item.removed": media_fetching.handle_item_removed,
    "consultation.picture_added": media_fetching.handle_picture_added,
    "consultation.picture_refused": media_fetching.handle_import_refused,
    **dict.fromkeys(CONSULTATIONS, consultation_copies.handle_consultation_changed),
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Call the handler of the event's type.

    Raises:
        msgspec.ValidationError: The data does not fit the contract.
    """
    HANDLERS[event.type](event, now)
