"""What is shown of a guest's messages, and how far replies to them have come."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import permutations, product

import pytest

from messaging.rules import guest_messages
from messaging.rules.guest_messages import GuestDelivery, GuestDeliveryStatus

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def state(status: str, minutes: int = 0, reason: str | None = None) -> GuestDelivery:
    at = NOON + timedelta(minutes=minutes)
    return GuestDelivery(status=GuestDeliveryStatus(status), reason=reason, at=at)


@pytest.mark.parametrize("size", [2, 3])
def test_the_order_of_reports_does_not_matter(size: int) -> None:
    reports = [
        state(status, minutes, "rejected" if status == "failed" else None)
        for status, minutes in product(GuestDeliveryStatus, (1, 2))
    ]
    for chosen in product(reports, repeat=size):
        results = {
            reduce(guest_messages.merge_delivery, order, state("pending"))
            for order in permutations(chosen)
        }
        assert len(results) == 1, chosen


def test_a_message_never_goes_back_but_a_failure_can_be_mended() -> None:
    def merge(*statuses: str) -> str:
        return reduce(guest_messages.merge_delivery, map(state, statuses)).status

    assert merge("pending", "sent", "read", "delivered", "failed") == "read"
    assert merge("pending", "failed", "sent") == "sent"
    assert merge("pending", "failed") == "failed"


def test_of_two_failures_the_later_one_is_shown() -> None:
    first, second = state("failed", 1, "rate_limited"), state("failed", 2, "window_closed")
    assert guest_messages.merge_delivery(second, first) == second


def test_what_is_not_shown_is_named_once() -> None:
    line = "[a sticker, to be seen at the platform]"
    assert guest_messages.describe("", ["stickers", "sticker"]) == line
    assert guest_messages.describe("Hi", []) == "Hi"
    assert guest_messages.describe("", ["story_mention"]) == (
        "[a mention in a story, to be seen at the platform]"
    )


@pytest.mark.parametrize(
    ("kinds", "type_"),
    [
        ([], "text"),
        (["image", "image"], "image"),
        (["video"], "video"),
        (["document"], "file"),
        (["image", "video"], "file"),
    ],
)
def test_the_type_is_that_of_all_attachments(kinds: list[str], type_: str) -> None:
    assert guest_messages.choose_type(kinds) == type_
