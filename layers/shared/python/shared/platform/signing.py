"""Texts that come back to us: signed, so that only what we made is believed."""

import base64
import hmac

from shared.platform.config import secret

_SIGNATURE_BYTES = 16


def sign(body: bytes, key: str, scope: str = "") -> str:
    """The body with its signature, fit for URLs. key: the name of the secret that holds `KEY`.

    scope: what it is for; signed with it, and not in the text.
    """
    return base64.urlsafe_b64encode(_signature(body, key, scope) + body).decode().rstrip("=")


def verify(text: str, key: str, scope: str = "") -> bytes | None:
    """The body of a text that `sign` made with this key and scope; None of any other."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:  # no base64
        return None
    signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    return body if hmac.compare_digest(signature, _signature(body, key, scope)) else None


def _signature(body: bytes, key: str, scope: str) -> bytes:
    signed = scope.encode() + b"\0" + body
    return hmac.digest(secret(key)["KEY"].encode(), signed, "sha256")[:_SIGNATURE_BYTES]
