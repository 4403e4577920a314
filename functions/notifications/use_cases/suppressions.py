"""Suppressed addresses: what ends up among them, who asks, and how an address gets out again.

An address is suppressed by what its provider or its owner said: it does not exist, it bounced too
often, its owner complained or replied STOP, or the browser is gone. Each reason holds until its own
end; docs/adr/0058 says which.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.errors import NotFound
from notifications.models import (
    Channel,
    Contact,
    Delivery,
    Lift,
    SoftBounce,
    SuppressionReason,
)
from notifications.rules import bounces, email_addresses, phone_numbers, suppression
from notifications.rules.bounces import Bounce
from notifications.schemas import (
    LiftedSuppression,
    LiftSuppressionRequest,
    SuppressedAddress,
)
from notifications.store import suppressions as store
from shared.http.caller import Caller
from shared.platform.logs import logger

# Notes of suppressions that the owner of the address ended: by a code, or otherwise.
VERIFIED = "verified"
OWNER = "owner"


def find_reasons(deliveries: Sequence[Delivery]) -> dict[str, SuppressionReason]:
    """Return why deliveries are not to be sent, by their ids, in one read for all of them.

    Those that may be sent are left out.
    """
    addressed = [delivery for delivery in deliveries if delivery.address]
    known = store.list_suppressed((each.channel, each.address) for each in addressed)
    found: dict[str, SuppressionReason] = {}
    for delivery in addressed if known else ():
        suppressed = known.get(store.build_id(delivery.channel, delivery.address))
        reason = suppressed and suppression.find_reason(
            suppressed.reasons, delivery.category, verifies=delivery.verifies_address
        )
        if reason:
            found[delivery.id] = reason
    return found


def suppress(
    channel: Channel, address: str, reason: SuppressionReason, now: datetime, detail: str = ""
) -> None:
    """Suppress an address; for the second time nothing changes."""
    if store.add(channel, address, reason, now, detail):
        logger.warning("address suppressed", channel=channel, reason=reason, detail=detail)


def add_bounce(delivery: Delivery, bounce: Bounce, now: datetime, detail: str) -> None:
    """Record that a message came back because of its address, if it did.

    The fifth soft bounce in 30 days without a message that arrived counts as a hard one.
    """
    if not delivery.address:
        return  # erased
    channel, address = delivery.channel, delivery.address
    if bounce is Bounce.SOFT:
        new = SoftBounce(delivery_id=delivery.id, at=now)
        since = now - bounces.SOFT_BOUNCE_WINDOW
        recent = [each for each in store.add_soft_bounce(channel, address, new) if each.at > since]
        if len(recent) >= bounces.MAX_SOFT_BOUNCES:
            bounce, detail = Bounce.HARD, f"{len(recent)} soft bounces, {detail}".rstrip(", ")
    if bounce is Bounce.HARD:
        suppress(channel, address, SuppressionReason.HARD_BOUNCE, now, detail)


def add_gone(delivery: Delivery, now: datetime) -> None:
    """Record that a browser no longer receives push messages."""
    if delivery.address:
        suppress(delivery.channel, delivery.address, SuppressionReason.GONE, now)


def add_rejection(delivery: Delivery, detail: str, now: datetime) -> None:
    """Record what a provider said of the address when it refused a delivery at once.

    Args:
        delivery: The delivery.
        detail: The detail of its outcome, such as `twilio 21610` or `smtp 550 5.1.1`.
        now: The current instant.
    """
    provider, _, rest = detail.partition(" ")
    code, _, enhanced = rest.partition(" ")
    if not code.isdecimal() or not delivery.address:
        return
    if provider == "twilio":
        if bounces.is_stopped(int(code)):
            suppress(delivery.channel, delivery.address, SuppressionReason.STOP, now, detail)
            return
        bounce = bounces.classify_twilio_error(int(code))
    elif provider.startswith("smtp"):
        bounce = bounces.classify_smtp_reply(int(code), enhanced or None)
    else:
        return
    add_bounce(delivery, bounce, now, detail)


def list_own(contact: Contact) -> list[SuppressedAddress]:
    """List the addresses of a user that do not work, each with every reason.

    Browsers are not among them: the subscription of one that is gone is deleted.
    """
    addresses: list[tuple[Channel, str]] = []
    if contact.email is not None:
        addresses.append((Channel.EMAIL, contact.email))
    if contact.phone is not None:
        addresses.append((Channel.SMS, contact.phone))
    known = store.list_suppressed(addresses)
    return [
        SuppressedAddress(channel, address, reason, cause.since)
        for channel, address in addresses
        if (found := known.get(store.build_id(channel, address)))
        for reason, cause in sorted(found.reasons.items())
    ]


def end_by_verification(channel: Channel, address: str, verified_at: datetime) -> None:
    """End what a new verification ends: its owner entered a code that was sent to the address.

    What was reported of the address since then holds.
    """
    reasons = suppression.ENDED_BY_VERIFICATION
    _lift(channel, address, reasons, Lift(reasons=reasons, at=verified_at, by=None, note=VERIFIED))


def end_by_owner(channel: Channel, address: str, reason: SuppressionReason, now: datetime) -> bool:
    """End one reason: the owner replied START, or their browser subscribed again."""
    ended = Lift(reasons=(reason,), at=now, by=None, note=OWNER)
    return bool(_lift(channel, address, (reason,), ended))


def lift(caller: Caller, request: LiftSuppressionRequest, now: datetime) -> LiftedSuppression:
    """End every reason for which an address is suppressed, as an admin.

    Raises:
        InvalidFields: The phone number is none.
        NotFound: The address is not suppressed.
    """
    address = request.address
    if request.channel is Channel.EMAIL:
        address = email_addresses.normalize(address)
    elif request.channel is Channel.SMS:
        address = phone_numbers.normalize(address, "body.address")
    ended = Lift(reasons=(), at=now, by=caller.user_id, note=request.reason)
    lifted = _lift(request.channel, address, tuple(SuppressionReason), ended)
    if not lifted:
        raise NotFound("This address is not suppressed.")
    return LiftedSuppression(request.channel, list(lifted))


def _lift(
    channel: Channel, address: str, reasons: Sequence[SuppressionReason], ended: Lift
) -> tuple[SuppressionReason, ...]:
    lifted = store.lift(channel, address, reasons, ended)
    if lifted:
        logger.warning("suppression lifted", channel=channel, reasons=lifted, by=ended.by or OWNER)
    return lifted
