"""States of messages to guests, in which none goes back."""

from social.models.messages import MessageStatus

_ORDER = (
    MessageStatus.WAITING,
    MessageStatus.FAILED,
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
    MessageStatus.READ,
)


def is_later(status: MessageStatus, than: MessageStatus) -> bool:
    """Return whether a state comes after another one.

    Sent comes after failed: what an operator sends again may arrive.
    """
    return _ORDER.index(status) > _ORDER.index(than)
