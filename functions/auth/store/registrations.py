"""Registrations."""

from collections.abc import Iterable
from datetime import datetime

from auth.store.table import EMAIL, REGISTRATION, OutboxItem, RegistrationItem, UserItem
from shared.data.dynamodb import transaction
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add


def list_registrations(email: str, now: datetime) -> list[RegistrationItem]:
    """List the registrations of an address whose codes have not expired."""
    registrations = RegistrationItem.query(
        EMAIL + email, RegistrationItem.sk.startswith(REGISTRATION), consistent_read=True
    )
    return [item for item in registrations if item.expires_at > now.timestamp()]


def add_registration(
    email: str, registration: RegistrationItem, events: Iterable[DomainEvent]
) -> None:
    """Store a registration together with its events."""
    registration.pk, registration.sk = EMAIL + email, REGISTRATION + registration.user_id
    with transaction(UserItem) as writes:
        writes.save(registration)
        add(writes, OutboxItem, events)
