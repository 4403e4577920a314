"""What events mean here. Each may come twice, late, or out of order.

Each handler is idempotent by itself: when one of several fails, all see the event again.
"""

from collections.abc import Callable
from datetime import datetime

from profiles.use_cases import erasure, people, portfolio, services, visits
from shared.events.domain_events import DomainEvent

Handler = Callable[[DomainEvent, datetime], None]

HANDLERS: dict[str, tuple[Handler, ...]] = {
    "user.verified": (people.user_verified,),
    "user.deleted": (erasure.user_deleted,),
    "service.saved": (services.service_saved,),
    "service.removed": (services.service_removed,),
    "appointment.created": (visits.appointment_heard,),
    "appointment.confirmed": (visits.appointment_heard,),
    "appointment.rescheduled": (visits.appointment_heard,),
    "appointment.completed": (visits.appointment_heard,),
    "appointment.cancelled": (visits.appointment_heard,),
    "appointment.no_show": (visits.appointment_heard,),
    "conversation.opened": (visits.conversation_opened,),
    "portfolio_item.removed": (portfolio.item_removed,),
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Act on the event. Raises msgspec.ValidationError where its data is not what was agreed."""
    for handler in HANDLERS[event.type]:
        handler(event, now)
