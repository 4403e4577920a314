"""Signed texts: values that clients send back and that must not be forged."""

import hmac

from shared.platform import base64url
from shared.platform.config import secret

_SIGNATURE_BYTES = 16


def sign(body: bytes, key: str, scope: str = "") -> str:
    """Return a body with its signature, in URL-safe base64.

    Args:
        body: The bytes to sign.
        key: Name of the secret that contains `KEY`.
        scope: What the text is for. It is signed too, but not part of the text.
    """
    return base64url.encode(_signature(body, key, scope) + body)


def verify(text: str, key: str, scope: str = "") -> bytes | None:
    """Return the body of a text signed with this key and scope; None for any other text."""
    try:
        raw = base64url.decode(text)
    except ValueError:
        return None
    signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    return body if hmac.compare_digest(signature, _signature(body, key, scope)) else None


def _signature(body: bytes, key: str, scope: str) -> bytes:
    signed = scope.encode() + b"\0" + body
    return hmac.digest(secret(key)["KEY"].encode(), signed, "sha256")[:_SIGNATURE_BYTES]
