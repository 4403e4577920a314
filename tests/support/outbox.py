"""Events in the outbox of a feature's table."""

import msgspec

from shared.events.domain_events import DomainEvent
from tests.support import streams


def published(table: str, event_type: str | None = None) -> list[DomainEvent]:
    """Return the published events, of one type or all, oldest first."""
    images = [item["event"]["S"] for item in streams.items(table) if "event" in item]
    events = [msgspec.json.decode(image, type=DomainEvent) for image in images]
    chosen = (event for event in events if event_type in (None, event.type))
    return sorted(chosen, key=lambda event: event.id)
