"""Handlers of consumed events. An event may arrive twice, late or out of order."""

from collections.abc import Callable
from datetime import datetime

from shared.data.exports import write_share
from shared.events.domain_events import DomainEvent, decode_data
from social.events import SessionEnded, UserDeleted
from social.use_cases import connecting, consultation_copies, erasure, export, media_fetching


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


def handle_session_ended(event: DomainEvent, now: datetime) -> None:
    """Let a session connect nothing more: who began it is signed out."""
    connecting.end_session(decode_data(event, SessionEnded).session_id, now)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "user.deleted": handle_user_deleted,
    "export.requested": handle_export_requested,
    "session.ended": handle_session_ended,
    "file.cleaned": media_fetching.handle_file_cleaned,
    "file.rejected": media_fetching.handle_file_rejected,
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
