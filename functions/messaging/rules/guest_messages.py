"""Messages from and to guests: what is shown of them, and how far they have come."""

from collections.abc import Collection, Sequence
from enum import StrEnum

import msgspec

from domain.types import Instant


class Platform(StrEnum):
    """Platform from which a guest writes."""

    INSTAGRAM = "instagram"
    FACEBOOK = "facebook"


class GuestDeliveryStatus(StrEnum):
    """How far a message to a guest has come.

    A message that failed may be sent again, so failing does not end anything.
    """

    PENDING = "pending"
    FAILED = "failed"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"


class GuestDelivery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """State of a message that is sent to a guest.

    Attributes:
        status: How far it has come. Example: delivered
        reason: Code of the reason why it failed: `window_closed`, `blocked_by_platform`,
            `needs_reconnect`, `rate_limited`, `not_reachable`, `rejected` or `blocked`; null
            otherwise.
            Example: null
        at: Since when.
    """

    status: GuestDeliveryStatus
    reason: str | None
    at: Instant


# States that the device of the guest reports.
SEEN = frozenset((GuestDeliveryStatus.DELIVERED, GuestDeliveryStatus.READ))

_ORDER = tuple(GuestDeliveryStatus)

_SHOWN = {
    "sticker": "a sticker",
    "share": "a shared post",
    "story": "a story",
    "stories": "a story",
    "story_mention": "a mention in a story",
    "story_reply": "a reply to a story",
    "reel": "a reel",
    "audio": "a voice message",
    "file": "a file",
    "location": "a location",
    "template": "a card",
}


def merge_delivery(stored: GuestDelivery, reported: GuestDelivery) -> GuestDelivery:
    """Return the later of two states, in whichever order they arrive.

    A message never goes back: of two states of the same kind, the earlier one counts, and of two
    failures the later one.
    """
    first, second = _ORDER.index(stored.status), _ORDER.index(reported.status)
    if first != second:
        return stored if first > second else reported
    by_time = sorted((stored, reported), key=lambda each: (each.at, each.reason or ""))
    return by_time[-1] if stored.status is GuestDeliveryStatus.FAILED else by_time[0]


def describe(text: str, unsupported: Sequence[str]) -> str:
    """Return the text of a guest's message, with a line for everything that cannot be shown."""
    names = [
        _SHOWN.get(kind) or _SHOWN.get(kind.removesuffix("s"), "something") for kind in unsupported
    ]
    lines = [f"[{name}, to be seen at the platform]" for name in dict.fromkeys(names)]
    return "\n".join([text, *lines] if text else lines)


def choose_type(kinds: Collection[str]) -> str:
    """Return the type of a message by the kinds of its attachments."""
    if not kinds:
        return "text"
    (kind,) = set(kinds) if len(set(kinds)) == 1 else ("",)
    return kind if kind in ("image", "video") else "file"
