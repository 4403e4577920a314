"""Sealing: records that only the holder of a secret can read.

The cipher is SHAKE-256 as a keyed stream (an extendable-output function, FIPS 202), because the
standard library has no other, and every function would import `cryptography` for this alone. A
secret must seal one record only: two that are sealed by one secret reveal their difference.
"""

import hmac
import zlib
from hashlib import shake_256


def seal(record: bytes, secret: bytes) -> bytes:
    """Compress and encrypt a record."""
    return _apply_stream(zlib.compress(record), secret)


def unseal(sealed: bytes, secret: bytes) -> bytes:
    """Return the record that was sealed with the secret.

    Raises:
        zlib.error: It was sealed with another one. The checksum of the compressed record fails.
    """
    return zlib.decompress(_apply_stream(sealed, secret))


def derive(secret: bytes, name: str) -> bytes:
    """Return the secret of one record, derived from that of all and the name of the record."""
    return hmac.digest(secret, name.encode(), "sha256")


def _apply_stream(text: bytes, secret: bytes) -> bytes:
    stream = shake_256(secret).digest(len(text))
    return (int.from_bytes(text) ^ int.from_bytes(stream)).to_bytes(len(text))
