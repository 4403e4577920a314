"""Base64 for URLs, without padding (RFC 7515, appendix C)."""

from __future__ import annotations

import base64


def encode(data: bytes) -> str:
    """Encode the data."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Decode the text, padded or not. Raises ValueError when it is not base64url."""
    padding = "=" * (-len(text) % 4)
    return base64.b64decode(text + padding, altchars=b"-_", validate=True)
