"""Delivery status: the states of a notification's messages, for those who may see them."""

from collections.abc import Sequence

from domain.errors import NotFound
from notifications.models import Channel, Delivery
from notifications.schemas import DeliveryDetails, NotificationDetails, TimelineStep
from notifications.store import deliveries as store
from shared.http.caller import Caller


def get_notification(caller: Caller, notification_id: str) -> NotificationDetails:
    """Return a notification with its deliveries, for its requester, its recipient and admins.

    Raises:
        NotFound: There is no such notification, or the caller may not see it.
    """
    return present(caller, notification_id, list_visible(caller, notification_id))


def list_visible(caller: Caller, notification_id: str) -> list[Delivery]:
    """List the deliveries of a notification that the caller may see.

    Raises:
        NotFound: There are none.
    """
    deliveries = [
        delivery for delivery in store.list_deliveries(notification_id) if can_see(caller, delivery)
    ]
    if not deliveries:
        raise NotFound("There is no such notification.")
    return deliveries


def present(
    caller: Caller, notification_id: str, deliveries: Sequence[Delivery]
) -> NotificationDetails:
    """Return a notification with its deliveries, as the caller may see them."""
    return NotificationDetails(
        id=notification_id,
        created_at=deliveries[0].created_at,
        send_at=deliveries[0].send_at,
        deliveries=[_present(caller, delivery) for delivery in deliveries],
    )


def can_see(caller: Caller, delivery: Delivery) -> bool:
    """Check whether the caller may see a delivery."""
    return caller.is_admin or caller.user_id in (delivery.requester_id, delivery.recipient_id)


def mask_address(address: str) -> str:
    """Mask an address so that it can still be recognised: `a…@example.com`, `…1234`."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}" if at else f"…{address[-4:]}"


def _present(caller: Caller, delivery: Delivery) -> DeliveryDetails:
    return DeliveryDetails(
        id=delivery.id,
        channel=delivery.channel,
        to=_present_address(caller, delivery),
        category=delivery.category,
        template=delivery.template,
        status=delivery.status,
        reason=delivery.reason,
        retryable=delivery.retryable,
        attempts=delivery.attempts,
        sms=delivery.sms,
        timeline=[TimelineStep(step.status, step.at, step.detail) for step in delivery.timeline],
    )


def _present_address(caller: Caller, delivery: Delivery) -> str | None:
    if delivery.channel is Channel.PUSH or not delivery.address:
        return None
    if caller.is_admin or caller.user_id == delivery.recipient_id:
        return delivery.address
    return mask_address(delivery.address)
