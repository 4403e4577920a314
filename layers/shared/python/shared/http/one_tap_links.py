"""One-tap links: quick actions that an artist executes from a notification without signing in.

notifications creates the links and quick_actions executes them, once and until they expire. A link
contains ids and no names. It authorizes its bearer to execute this one action. Only a POST executes
it, so that mail scanners and link previews, which send GET, do not.
"""

from datetime import datetime, timedelta

import msgspec

from shared.platform import signing

PATH = "/v1/quick-actions/links"
VALID_FOR = timedelta(days=3)  # a notification from Friday evening works until Monday
_KEY = "quick-action-links"


class OneTap(msgspec.Struct, frozen=True, array_like=True):
    """The content of a one-tap link.

    Attributes:
        artist_id: The artist who executes the action.
        conversation_id: The conversation it is executed in.
        action_id: The quick action.
        occasion: The action is executed at most once per occasion.
        expires_at: When the link expires.
        content_hash: Hash of the label and texts of the action that the button showed; empty in
            links from before they held one.
    """

    artist_id: str
    conversation_id: str
    action_id: str
    occasion: str
    expires_at: datetime
    content_hash: str = ""


def link(tap: OneTap) -> str:
    """Return the path of a link, to be sent a POST.

    Raises:
        KeyError: The signing secret is empty.
    """
    return f"{PATH}/{signing.sign(msgspec.json.encode(tap), _KEY)}"


def read(token: str) -> OneTap | None:
    """Return the content of a link, expired or not, by its last path segment; None if forged."""
    body = signing.verify(token, _KEY)
    return None if body is None else msgspec.json.decode(body, type=OneTap)
