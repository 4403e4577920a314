"""Cancellation of notifications that are not sent yet."""

from datetime import datetime

from domain.errors import Forbidden
from notifications.inbox import entries
from notifications.models import Delivery, DeliveryStatus
from notifications.rules.errors import AlreadySent
from notifications.schemas import NotificationDetails
from notifications.store import deliveries as store
from notifications.use_cases import delivery_status
from shared.http.caller import Caller


def cancel(caller: Caller, notification_id: str, now: datetime) -> NotificationDetails:
    """Cancel the messages of a notification that are not sent yet, and say what is with each.

    The worker claims a message in the state in which this cancels it, so it is either sent or
    cancelled, never both. To cancel twice is to cancel once.

    Raises:
        NotFound: There is no such notification, or the caller may not see it.
        Forbidden: The caller is its recipient, and did not request it.
        AlreadySent: All of its messages were sent, or are being sent.
    """
    before = delivery_status.list_visible(caller, notification_id)
    if not all(_may_cancel(caller, delivery) for delivery in before):
        raise Forbidden("Only who requested a notification can cancel it.")
    store.cancel(notification_id, now)
    after = delivery_status.list_visible(caller, notification_id)
    cancelled = [each for each in after if each.status is DeliveryStatus.CANCELLED]
    if not cancelled:
        raise AlreadySent("It was sent already, or is being sent.")
    if len(cancelled) == len(after) and after[0].recipient_id is not None:
        entries.remove(after[0].recipient_id, after[0].event_id)
    return delivery_status.present(caller, notification_id, after)


def _may_cancel(caller: Caller, delivery: Delivery) -> bool:
    return caller.is_admin or caller.user_id == delivery.requester_id
