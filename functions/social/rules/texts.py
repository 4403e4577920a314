"""Texts of messages, within what a platform takes in one.

Instagram takes 1,000 bytes of UTF-8, Messenger 2,000 characters:
https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message
https://developers.facebook.com/docs/messenger-platform/reference/send-api
"""

from social.models import ProviderId

INSTAGRAM_BYTES = 1000
MESSENGER_CHARACTERS = 2000


def split_text(text: str, provider: ProviderId | None) -> list[str]:
    """Return a text in as many messages as it takes, cut between words where there are any."""
    parts = []
    rest = text.strip()
    while rest:
        size = _fit(rest, provider)
        if size < len(rest):
            at = max(rest.rfind(" ", 0, size + 1), rest.rfind("\n", 0, size + 1))
            size = at if at > size // 2 else size
        parts.append(rest[:size].rstrip())
        rest = rest[size:].lstrip()
    return parts


def _fit(text: str, provider: ProviderId | None) -> int:
    """Return how many characters from the beginning a platform takes in one message."""
    if provider is not ProviderId.INSTAGRAM:
        return min(len(text), MESSENGER_CHARACTERS)
    head = text.encode()[:INSTAGRAM_BYTES].decode(errors="ignore")
    return len(head)
