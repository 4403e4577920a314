"""Imported accounts and requests: they are known, and nobody is notified of them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from notifications import consumers
from shared.events.domain_events import DomainEvent
from tests.functional.notifications.world import World

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
USER = {"userId": "usr_1", "email": "mara@example.com", "name": "Mara", "role": "artist"}
REQUEST = {
    "consultationId": "cns_1", "artistId": "usr_1", "clientId": "usr_2", "subject": "A swallow",
    "status": "pending", "by": "client", "recordVersion": 1,
}  # fmt: skip


def event(type_: str, data: dict[str, Any]) -> DomainEvent:
    """Return an event."""
    return DomainEvent("evt_1", "/x", type_, "x", NOW, data)


@pytest.mark.parametrize("imported", [True, False])
def test_an_imported_user_gets_a_contact_and_no_mail(world: World, imported: bool) -> None:
    verified = event("user.verified", USER | {"imported": imported})
    consumers.handle(verified, NOW)
    database = world.database
    assert database.contacts.count_documents({"email": USER["email"]}) == 1
    assert database.deliveries.count_documents({}) == (0 if imported else 1)
    if imported:
        consumers.handle(event("consultation.requested", REQUEST | {"imported": True}), NOW)
        assert database.deliveries.count_documents({}) == database.inbox.count_documents({}) == 0
