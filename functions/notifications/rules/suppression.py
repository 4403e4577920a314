"""Suppression: which messages an address does not get, for which reason."""

from collections.abc import Collection

from notifications.models import MessageCategory, SuppressionReason

# Whoever marks an advertisement as spam still has to learn that their password was changed.
_DESPITE_COMPLAINT = (MessageCategory.SECURITY, MessageCategory.ACCOUNT)
# What ends when its owner enters a code that was sent to the address. A STOP ends by START only,
# because Twilio refuses every message until then.
ENDED_BY_VERIFICATION = (SuppressionReason.HARD_BOUNCE, SuppressionReason.COMPLAINT)


def find_reason(
    reasons: Collection[SuppressionReason], category: MessageCategory, *, verifies: bool
) -> SuppressionReason | None:
    """Return why an address does not get a message, or None if it gets it.

    An address that does not exist gets nothing, security messages included. A complaint suppresses
    neither security nor account messages.

    Args:
        reasons: The reasons that hold for the address.
        category: The purpose of the message.
        verifies: Whether it is a code by which the owner proves that the address works.
    """
    for reason in SuppressionReason:
        if reason not in reasons or (verifies and reason in ENDED_BY_VERIFICATION):
            continue
        if reason is SuppressionReason.COMPLAINT and category in _DESPITE_COMPLAINT:
            continue
        return reason
    return None
