"""Sealing: records that only the holder of a secret can read, and nobody can change.

Encrypt-then-MAC: SHAKE-256 as a keyed stream (an extendable-output function, FIPS 202) under a
random nonce, then HMAC-SHA-256 over nonce and ciphertext. The two keys are derived from the secret
for their purpose (as RFC 5869 does). It is the standard library's only cipher: `cryptography` takes
ten times as long to import as all of this, and 16 MB in each bundle.

    nonce (16 bytes) | ciphertext | tag (16 bytes)
"""

import hmac
import secrets
import zlib
from hashlib import sha256, shake_256

_NONCE_BYTES = _TAG_BYTES = 16
_CIPHER, _TAG = b"artist-booking sealing: cipher", b"artist-booking sealing: tag"


class NotAuthentic(Exception):
    """A record was not sealed with this secret, or was changed since."""


def seal(record: bytes, secret: bytes) -> bytes:
    """Compress, encrypt and authenticate a record."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    body = nonce + _apply_stream(zlib.compress(record), secret, nonce)
    return body + _create_tag(body, secret)


def unseal(sealed: bytes, secret: bytes) -> bytes:
    """Return the record that was sealed with the secret.

    Raises:
        NotAuthentic: It was sealed with another one, or changed since.
    """
    body, tag = sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:]
    if not hmac.compare_digest(tag, _create_tag(body, secret)):
        raise NotAuthentic
    nonce, text = body[:_NONCE_BYTES], body[_NONCE_BYTES:]
    return zlib.decompress(_apply_stream(text, secret, nonce))


def derive(secret: bytes, name: str) -> bytes:
    """Return the secret of one record, derived from that of all and the name of the record."""
    return hmac.digest(secret, name.encode(), "sha256")


def _apply_stream(text: bytes, secret: bytes, nonce: bytes) -> bytes:
    key = hmac.digest(secret, _CIPHER, sha256)
    stream = shake_256(key + nonce).digest(len(text))
    return (int.from_bytes(text) ^ int.from_bytes(stream)).to_bytes(len(text))


def _create_tag(body: bytes, secret: bytes) -> bytes:
    key = hmac.digest(secret, _TAG, sha256)
    return hmac.digest(key, body, sha256)[:_TAG_BYTES]
