"""Hand-over checks: what may have changed since a delivery was dispatched.

A message may wait for a year until it is sent. So right before it is handed to a provider, each of
`CHECKS` is asked once for the batch.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from notifications.models import Delivery
from notifications.rules import preferences as rules
from notifications.rules import routing, unsubscribing
from notifications.rules.routing import Deferred, Routed, Suppressed
from notifications.store import conversations, inbox, preferences
from notifications.use_cases import kill_switches, recipients, reminders, sms_costs, suppressions

STOPPED = "stopped"


class Obstacle(msgspec.Struct, frozen=True):
    """Why a delivery is not handed over now.

    Attributes:
        reason: Stable name of the reason.
        until: When to try again; None to suppress the delivery.
        stopped_by: Ids of the kill switches that hold the delivery back.
    """

    reason: str
    until: datetime | None = None
    stopped_by: tuple[str, ...] = ()


Obstacles = Mapping[str, Obstacle]  # by the id of the delivery
Check = Callable[[Sequence[Delivery], datetime], Obstacles]


def find_obstacles(deliveries: Sequence[Delivery], now: datetime) -> dict[str, Obstacle]:
    """Find what prevents deliveries from being handed over; the first check that objects counts."""
    found: dict[str, Obstacle] = {}
    for check in CHECKS:
        found |= check([delivery for delivery in deliveries if delivery.id not in found], now)
    return found


def check_use(deliveries: Sequence[Delivery], now: datetime) -> Obstacles:
    """Object to what is erased, or useless by now."""
    found = {}
    for delivery in deliveries:
        if delivery.content is None:
            found[delivery.id] = Obstacle("erased")
        elif delivery.good_until is not None and delivery.good_until <= now:
            found[delivery.id] = Obstacle("expired")
    return found


def check_kill_switches(deliveries: Sequence[Delivery], now: datetime) -> Obstacles:
    """Hold back what operators have stopped by its channel or template."""
    stopped = kill_switches.find_stopped(deliveries, now)
    return {each.id: hold(each, stopped[each.id]) for each in deliveries if each.id in stopped}


def hold(delivery: Delivery, stopped_by: tuple[str, ...]) -> Obstacle:
    """Return the obstacle of kill switches: until they are off, or the delivery past its use."""
    return Obstacle(STOPPED, delivery.good_until or delivery.expires_at, stopped_by)


def check_blocks(deliveries: Sequence[Delivery], _now: datetime) -> Obstacles:
    """Object where the person who asked for the message and its recipient block each other."""
    pairs = {
        delivery.id: (delivery.requester_id, delivery.recipient_id)
        for delivery in deliveries
        if delivery.requester_id is not None
        and delivery.recipient_id is not None
        and delivery.requester_id != delivery.recipient_id
    }
    blocked = conversations.list_blocked(set(pairs.values()))
    return {id_: Obstacle("blocked") for id_, pair in pairs.items() if pair in blocked}


def check_reminders(deliveries: Sequence[Delivery], _now: datetime) -> Obstacles:
    """Object to reminders of what has moved or ended since."""
    return {id_: Obstacle("outdated") for id_ in reminders.find_outdated(deliveries)}


def check_preferences(deliveries: Sequence[Delivery], now: datetime) -> Obstacles:
    """Object to what the recipient no longer wants, and defer what falls into their quiet hours."""
    contact_ids = {
        delivery.id: unsubscribing.build_contact_id(delivery.recipient_id, delivery.address)
        for delivery in deliveries
        if delivery.category not in rules.FIXED
    }
    found: dict[str, Obstacle] = {}
    contacts = preferences.find_all(set(contact_ids.values())) if contact_ids else {}
    for delivery in deliveries:
        contact = contacts.get(contact_ids.get(delivery.id, ""))
        if contact is None:
            continue
        message = Routed(
            category=delivery.category,
            at=now,
            channels=(delivery.channel,),
            good_until=delivery.good_until,
        )
        zone = recipients.find_zone(contact)
        match routing.route_again(delivery.channel, message, contact.preferences, zone):
            case Suppressed(reason):
                found[delivery.id] = Obstacle(reason)
            case Deferred(until):
                found[delivery.id] = Obstacle(routing.QUIET_HOURS, until)
    return found


def check_standbys(deliveries: Sequence[Delivery], _now: datetime) -> Obstacles:
    """Object to mails that stood by for a push message, and whose reader has seen the message."""
    entry_ids = {
        delivery.id: delivery.standby_for
        for delivery in deliveries
        if delivery.standby_for is not None
    }
    read = inbox.list_read(set(entry_ids.values())) if entry_ids else set()
    return {id_: Obstacle("seen") for id_, entry_id in entry_ids.items() if entry_id in read}


def check_suppressions(deliveries: Sequence[Delivery], _now: datetime) -> Obstacles:
    """Object where the address does not work, or its owner wants no messages."""
    reasons = suppressions.find_reasons(deliveries)
    return {id_: Obstacle(reason.value) for id_, reason in reasons.items()}


def check_sms_costs(deliveries: Sequence[Delivery], now: datetime) -> Obstacles:
    """Object to SMS that their account cannot pay for today; what is not refused is counted."""
    refused = sms_costs.list_refused(deliveries, now)
    return {id_: Obstacle(sms_costs.CAP_REACHED) for id_ in refused}


# The costs come last, because what no check objects to is counted.
CHECKS: tuple[Check, ...] = (
    check_use,
    check_kill_switches,
    check_blocks,
    check_reminders,
    check_preferences,
    check_standbys,
    check_suppressions,
    check_sms_costs,
)
