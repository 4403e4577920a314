"""Handlers of consumed events. An event may arrive twice, late or out of order."""

from collections.abc import Callable
from datetime import datetime

from policies.events import UserDeleted
from policies.use_cases import erasure
from shared.events.domain_events import DomainEvent, decode_data


def handle_user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase a deleted account."""
    erasure.erase(decode_data(event, UserDeleted).user_id, now)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "user.deleted": handle_user_deleted,
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Pass an event to its handler.

    Raises:
        msgspec.ValidationError: The data of the event breaks its contract.
    """
    HANDLERS[event.type](event, now)
