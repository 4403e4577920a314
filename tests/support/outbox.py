"""Events in the outbox of a feature's table."""

from shared.events.domain_events import DomainEvent
from shared.events.outbox import Secret, read_events
from tests.support import streams


def published(
    table: str, event_type: str | None = None, secret: Secret | None = None
) -> list[DomainEvent]:
    """Return the published events, of one type or all, oldest first; `secret` opens sealed ones."""
    images = [item for item in streams.items(table) if "event" in item]
    events = [event for image in images for event in read_events(image, secret)]
    chosen = (event for event in events if event_type in (None, event.type))
    return sorted(chosen, key=lambda event: event.id)
