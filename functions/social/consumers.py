"""Handlers of consumed events. An event may arrive twice, late or out of order."""

from collections.abc import Callable
from datetime import datetime

from shared.data.exports import write_share
from shared.events.domain_events import DomainEvent, decode_data
from social.events import SessionEnded, UserDeleted
from social.use_cases import connecting, erasure, export


def handle_user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase the data of a user whose account was deleted."""
    erasure.erase(decode_data(event, UserDeleted).user_id, now)


def handle_export_requested(event: DomainEvent, _now: datetime) -> None:
    """Write what social stores about a user who asked for all their data."""
    write_share(event, "social", export.gather)


def handle_session_ended(event: DomainEvent, now: datetime) -> None:
    """Let a session connect nothing more: who began it is signed out."""
    connecting.end_session(decode_data(event, SessionEnded).session_id, now)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "user.deleted": handle_user_deleted,
    "export.requested": handle_export_requested,
    "session.ended": handle_session_ended,
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Call the handler of the event's type.

    Raises:
        msgspec.ValidationError: The data does not fit the contract.
    """
    HANDLERS[event.type](event, now)
