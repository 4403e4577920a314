"""One-tap links: what an artist may do from a notification without signing in.

A token is the link's id, its end, and our signature: nothing in it tells about anybody. What it
does lies in the table and is done once. Only a POST does it, so that what looks at links in mails
before their readers do, taps none.
"""

import base64
import binascii
import hmac
import secrets
import struct
from datetime import UTC, datetime, timedelta

import msgspec

from quick_actions import executing, store
from quick_actions.records import Link
from quick_actions.types import LinkRequest, LinkView, Tapped
from shared.caller import Caller
from shared.config import secret
from shared.contention import settled
from shared.problems import Problem, not_found

PATH = "/v1/quick-actions/links"
SECRET = "quick-action-links"  # noqa: S105  # its name
_ID_BYTES, _END_BYTES, _SIGNATURE_BYTES = 16, 8, 32


def make(caller: Caller, request: LinkRequest, now: datetime) -> LinkView:
    """A link that executes the action there, once. Raises 404 and 409 Problems, as executing."""
    executing.drafted(caller.user_id, request.action_id, request.conversation_id, None, now)
    number = secrets.token_bytes(_ID_BYTES)
    ends = int((now + timedelta(seconds=request.expires_in)).timestamp())
    expires_at = datetime.fromtimestamp(ends, UTC)
    link = Link(
        number.hex(), caller.user_id, request.action_id, request.conversation_id, expires_at
    )
    settled(lambda: store.add_link(link))
    token = _signed(number + struct.pack(">Q", ends))
    return LinkView(token, f"{PATH}/{token}", expires_at)


def tap(token: str, now: datetime) -> Tapped:
    """Execute what the link is for.

    Raises a 404 Problem for a token that we did not make, or whose action, conversation or artist
    is gone; a 410 one once it was tapped, or has ended; a 409 one where nothing can be sent now.
    """
    link_id, ends = _verified(token)
    if now.timestamp() >= ends:
        raise Problem(410, "link_expired", "This link has ended.")

    def attempt() -> Tapped:
        link = store.find_link(link_id)
        if link is None:
            raise _unknown()
        if link.used_at is not None:
            raise Problem(410, "link_used", "This link was tapped before.")
        draft = executing.drafted(link.artist_id, link.action_id, link.conversation_id, None, now)
        execution_id = f"link:{link.id}"  # the callers' own ids have no colon
        made = msgspec.structs.replace(
            draft, id=execution_id, sk=store.audit_key(execution_id, now), link_id=link.id
        )
        used = msgspec.structs.replace(link, used_at=now, version=link.version + 1)
        executing.queue(made, used, now)
        return Tapped(made.status)

    return settled(attempt)


def _signed(body: bytes) -> str:
    return base64.urlsafe_b64encode(body + _signature(body)).decode().rstrip("=")


def _verified(token: str) -> tuple[str, int]:
    """The id and end in the token. Raises a 404 Problem unless we made it, to the letter."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _unknown() from None
    body = raw[: _ID_BYTES + _END_BYTES]
    if len(raw) != _ID_BYTES + _END_BYTES + _SIGNATURE_BYTES:
        raise _unknown()
    if not hmac.compare_digest(raw[len(body) :], _signature(body)):
        raise _unknown()
    return body[:_ID_BYTES].hex(), struct.unpack(">Q", body[_ID_BYTES:])[0]


def _signature(body: bytes) -> bytes:
    return hmac.digest(secret(SECRET)["KEY"].encode(), body, "sha256")


def _unknown() -> Problem:
    return not_found("There is no such link.")
