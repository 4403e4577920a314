"""Base64url without padding (RFC 7515, section 2)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode


def encode(raw: bytes) -> str:
    """Return bytes as base64url."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return the bytes of base64url.

    Raises:
        ValueError: It is not base64url, or not the only spelling of these bytes: what was signed or
            sealed has one (RFC 4648, section 3.5).
    """
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(raw) != text:
        raise ValueError("another spelling of these bytes")
    return raw
