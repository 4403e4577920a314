"""Message encryption for Web Push (RFC 8291), on the browser's side: keys and decryption."""

from __future__ import annotations

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)


def new_private_key() -> bytes:
    """Create a P-256 key pair for a subscription (PKCS #8, DER)."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def public_key(private_key: bytes) -> bytes:
    """Return the public half as an uncompressed point of 65 octets: `p256dh`, before base64url."""
    public = _loaded(private_key).public_key()
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def decrypt(body: bytes, private_key: bytes, auth_secret: bytes) -> bytes:
    """Decrypt an aes128gcm body. Raises ValueError unless it was encrypted for these keys."""
    try:
        opened: bytes = http_ece.decrypt(
            body, private_key=_loaded(private_key), auth_secret=auth_secret, version="aes128gcm"
        )
    except http_ece.ECEException as error:
        raise ValueError(error.message) from None
    return opened


def _loaded(private_key: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_der_private_key(private_key, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key
