"""Delivery states move forward, whatever arrives in whatever order."""

import itertools

import pytest

from notifications.models import DeliveryStatus
from notifications.rules import delivery_states as rule

RANKS = {
    status: rank
    for rank, status in enumerate(
        [
            DeliveryStatus.QUEUED,
            DeliveryStatus.SENDING,
            DeliveryStatus.UNKNOWN,
            DeliveryStatus.SENT,
            DeliveryStatus.FAILED,
            DeliveryStatus.DELIVERED,
            DeliveryStatus.BOUNCED,
        ]
    )
}
CALLBACKS = (
    DeliveryStatus.SENT,
    DeliveryStatus.FAILED,
    DeliveryStatus.DELIVERED,
    DeliveryStatus.BOUNCED,
)


def apply(start: DeliveryStatus, callbacks: tuple[DeliveryStatus, ...]) -> DeliveryStatus:
    """Save each state on condition that the stored one comes before it."""
    status = start
    for later in callbacks:
        if status.value in rule.list_before(later):
            status = later
    return status


@pytest.mark.parametrize("start", [DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN])
def test_every_order_of_callbacks_ends_in_the_same_state(start: DeliveryStatus) -> None:
    for count in range(1, len(CALLBACKS) + 1):
        for chosen in itertools.combinations(CALLBACKS, count):
            ends = {apply(start, order) for order in itertools.permutations(chosen * 2)}
            assert ends == {max(chosen, key=RANKS.__getitem__)}


def test_no_callback_moves_a_delivery_backwards() -> None:
    for status, later in itertools.product(RANKS, CALLBACKS):
        if rule.may_follow(status, later):
            assert RANKS[later] > RANKS[status]


@pytest.mark.parametrize("status", [DeliveryStatus.SUPPRESSED, DeliveryStatus.CANCELLED])
def test_what_is_not_sent_stays_so(status: DeliveryStatus) -> None:
    assert not rule.NEXT[status]


def test_every_state_can_be_reached_and_every_open_one_left() -> None:
    reached, found = set(), {DeliveryStatus.QUEUED}
    while found:
        reached |= found
        found = {later for status in found for later in rule.NEXT[status]} - reached
    assert reached == set(DeliveryStatus)
    assert all(rule.NEXT[status] & rule.OVER for status in rule.OPEN)
