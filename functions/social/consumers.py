"""Handlers of consumed events. An event may arrive twice, late or out of order."""

from collections.abc import Callable
from datetime import datetime

from shared.data.exports import write_share
from shared.events.domain_events import DomainEvent, decode_data
from social.events import (
    AccountChanged,
    FileDecided,
    GuestMessageCreated,
    SessionEnded,
    UserDeleted,
)
from social.use_cases import (
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
    """Have the calendars read that waited for the account."""
    account = decode_data(event, AccountChanged)
    calendar_accounts.resume(account.artist_id, account.account_id, now)


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


def handle_session_ended(event: DomainEvent, now: datetime) -> None:
    """Let a session connect nothing more: who began it is signed out."""
    connecting.end_session(decode_data(event, SessionEnded).session_id, now)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "file.cleaned": handle_file_cleaned,
    "file.rejected": handle_file_rejected,
    "guest_message.created": handle_guest_message_created,
    "user.deleted": handle_user_deleted,
    "export.requested": handle_export_requested,
    "social_account.connected": handle_account_connected,
    "social_account.reconnected": handle_account_reconnected,
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
