"""Delivery states: which follows which, and which need somebody who continues with them.

A state only moves forward. Callbacks of providers arrive late, twice and out of order, so whoever
saves a state does it on condition that the stored one comes before it:

    {"_id": delivery_id, "status": {"$in": list_before(DeliveryStatus.DELIVERED)}}
"""

from collections.abc import Mapping

from notifications.models import DeliveryStatus

_QUEUED = DeliveryStatus.QUEUED
_SENDING = DeliveryStatus.SENDING
_SENT = DeliveryStatus.SENT
_DELIVERED = DeliveryStatus.DELIVERED
_BOUNCED = DeliveryStatus.BOUNCED
_FAILED = DeliveryStatus.FAILED
_SUPPRESSED = DeliveryStatus.SUPPRESSED
_CANCELLED = DeliveryStatus.CANCELLED
_UNKNOWN = DeliveryStatus.UNKNOWN

# Work remains to be done: a stored delivery in one of these states has an instant at which the
# sweeper puts it on its queue, unless somebody has moved it on by then.
OPEN = frozenset({_QUEUED, _SENDING, _UNKNOWN})
# Nothing remains to be done by us; a callback may still move some of them on.
OVER = frozenset(DeliveryStatus) - OPEN

# A callback may come before the worker has saved the provider's answer, so whatever follows `sent`
# follows `sending` and `unknown` too. A server may refuse a mail that it had taken (an asynchronous
# bounce), so `bounced` follows `delivered`. A delivery whose fate was unknown for too long is
# `failed`, and may prove to be delivered.
NEXT: Mapping[DeliveryStatus, frozenset[DeliveryStatus]] = {
    _QUEUED: frozenset({_SENDING, _SUPPRESSED, _CANCELLED}),
    _SENDING: frozenset(
        {_SENDING, _QUEUED, _UNKNOWN, _SENT, _DELIVERED, _BOUNCED, _FAILED, _SUPPRESSED}
    ),
    _UNKNOWN: frozenset({_SENDING, _SENT, _DELIVERED, _BOUNCED, _FAILED}),
    _SENT: frozenset({_DELIVERED, _BOUNCED, _FAILED}),
    _DELIVERED: frozenset({_BOUNCED}),
    _BOUNCED: frozenset(),
    _FAILED: frozenset({_SENDING, _DELIVERED, _BOUNCED, _CANCELLED}),  # sending: a redrive
    _SUPPRESSED: frozenset(),
    _CANCELLED: frozenset(),
}


def may_follow(status: DeliveryStatus, later: DeliveryStatus) -> bool:
    """Check whether a delivery may move from one state to another."""
    return later in NEXT[status]


def list_before(status: DeliveryStatus) -> list[str]:
    """List the states from which a delivery may move to this one, for a condition of a write."""
    return [before.value for before in DeliveryStatus if may_follow(before, status)]


def is_open(status: DeliveryStatus) -> bool:
    """Check whether work remains to be done, so that the delivery must be due at some instant."""
    return status in OPEN
