"""What became of a notification, for those whom it concerns."""

from domain.errors import NotFound
from notifications.models import Channel, Delivery
from notifications.schemas import DeliveryStatus, NotificationStatus, TimelineStep
from notifications.store import deliveries as store
from shared.http.caller import Caller


def of_notification(caller: Caller, notification_id: str) -> NotificationStatus:
    """The notification's deliveries, for its requester, its recipient and admins.

    Raises a 404 Problem for everybody else, and where there is none.
    """
    deliveries = [
        delivery for delivery in store.find_deliveries(notification_id) if may_see(caller, delivery)
    ]
    if not deliveries:
        raise NotFound("There is no such notification.")
    return NotificationStatus(
        id=notification_id,
        created_at=deliveries[0].created_at,
        send_at=deliveries[0].send_at,
        deliveries=[_view(caller, delivery) for delivery in deliveries],
    )


def may_see(caller: Caller, delivery: Delivery) -> bool:
    """Whether the delivery concerns the caller."""
    return caller.is_admin or caller.user_id in (delivery.requester_id, delivery.recipient_id)


def masked(address: str) -> str:
    """Enough of an address to recognise it: `a…@example.com`, `…1234`."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}" if at else f"…{address[-4:]}"


def _view(caller: Caller, delivery: Delivery) -> DeliveryStatus:
    return DeliveryStatus(
        id=delivery.id,
        channel=delivery.channel,
        to=_address(caller, delivery),
        category=delivery.category,
        template=delivery.template,
        status=delivery.status,
        reason=delivery.reason,
        retryable=delivery.retryable,
        attempts=delivery.attempts,
        timeline=[TimelineStep(step.status, step.at, step.detail) for step in delivery.timeline],
    )


def _address(caller: Caller, delivery: Delivery) -> str | None:
    if delivery.channel is Channel.PUSH or not delivery.address:
        return None
    if caller.is_admin or caller.user_id == delivery.recipient_id:
        return delivery.address
    return masked(delivery.address)
