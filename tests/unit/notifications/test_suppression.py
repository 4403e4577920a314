"""Suppression: which messages an address does not get."""

import pytest

from notifications.models import MessageCategory, SuppressionReason
from notifications.rules import suppression

SECURITY = MessageCategory.SECURITY
ACCOUNT = MessageCategory.ACCOUNT
BOOKING = MessageCategory.BOOKING
HARD, COMPLAINT = SuppressionReason.HARD_BOUNCE, SuppressionReason.COMPLAINT
STOP, GONE = SuppressionReason.STOP, SuppressionReason.GONE


@pytest.mark.parametrize(
    ("reasons", "category", "verifies", "expected"),
    [
        ((), BOOKING, False, None),
        ((HARD,), BOOKING, False, HARD),
        ((HARD,), SECURITY, False, HARD),
        ((HARD,), SECURITY, True, None),
        ((COMPLAINT,), BOOKING, False, COMPLAINT),
        ((COMPLAINT,), SECURITY, False, None),
        ((COMPLAINT,), ACCOUNT, False, None),
        ((STOP,), SECURITY, False, STOP),
        ((STOP,), SECURITY, True, STOP),
        ((HARD, STOP), SECURITY, True, STOP),
        ((COMPLAINT, HARD), SECURITY, False, HARD),
        ((GONE,), SECURITY, True, GONE),
    ],
)
def test_reasons_suppress_messages(
    reasons: tuple[SuppressionReason, ...],
    category: MessageCategory,
    verifies: bool,
    expected: SuppressionReason | None,
) -> None:
    assert suppression.find_reason(reasons, category, verifies=verifies) is expected
