"""One-tap links: what an artist does from a notification, without signing in.

notifications makes them, and quick_actions does what they say: once, until they end. A link holds
ids and no names; whoever has it can do this one thing. Only a POST does it, so that what looks at
links before people do, taps none.
"""

from datetime import datetime, timedelta

import msgspec

from shared.platform import signing

PATH = "/v1/quick-actions/links"
VALID_FOR = timedelta(days=3)  # a notification of Friday evening still works on Monday
_KEY = "quick-action-links"


class OneTap(msgspec.Struct, frozen=True, array_like=True):
    """The artist's action, in this conversation, until then. occasion: it is done once for each."""

    artist_id: str
    conversation_id: str
    action_id: str
    occasion: str
    expires_at: datetime


def link(tap: OneTap) -> str:
    """The path that a POST does it by. Raises KeyError while its secret is empty."""
    return f"{PATH}/{signing.sign(msgspec.json.encode(tap), _KEY)}"


def read(token: str) -> OneTap | None:
    """What the last segment of a link says, ended or not; None unless we made it."""
    body = signing.verify(token, _KEY)
    return None if body is None else msgspec.json.decode(body, type=OneTap)
