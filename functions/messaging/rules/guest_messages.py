"""Messages from and to guests: what is shown of them, and how far they have come."""

from collections.abc import Collection, Sequence

from messaging.models import AttachmentKind, DeliveryStatus, GuestDelivery, MessageType

# A message that failed may be sent again, so failing does not end anything.
_ORDER = tuple(DeliveryStatus)

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
    return by_time[-1] if stored.status is DeliveryStatus.FAILED else by_time[0]


def describe(text: str, unsupported: Sequence[str]) -> str:
    """Return the text of a guest's message, with a line for everything that cannot be shown."""
    lines = [text] if text else []
    for kind in dict.fromkeys(unsupported):
        name = _SHOWN.get(kind) or _SHOWN.get(kind.removesuffix("s"), "something")
        lines.append(f"[{name}, to be seen at the platform]")
    return "\n".join(lines)


def choose_type(attachments: int, kinds: Collection[AttachmentKind]) -> MessageType:
    """Return the type of a message by its attachments.

    Args:
        attachments: Number of attachments.
        kinds: Their kinds, as far as they are known.
    """
    if not attachments:
        return MessageType.TEXT
    if set(kinds) == {AttachmentKind.IMAGE}:
        return MessageType.IMAGE
    return MessageType.VIDEO if set(kinds) == {AttachmentKind.VIDEO} else MessageType.FILE
