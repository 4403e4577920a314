"""Message encryption for Web Push (RFC 8291): aes128gcm in a single record (RFC 8188).

A message costs one key pair and one key agreement; what is around them is a handful of hashes.
"""

import hmac
import secrets
from functools import partial

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_BYTES = 4096  # what every push service has to take (RFC 8030, 7.2)
HEADER_BYTES = 86  # salt, record size, length of a point, and the point
MAX_PLAIN_BYTES = RECORD_BYTES - HEADER_BYTES - 17  # less the tag and the delimiter
# Messages are padded to a multiple of this, so that their sizes say little of what they are.
PADDED_TO_BYTES = 256
_LAST_RECORD = b"\x02"

_CURVE, _AGREEMENT = ec.SECP256R1(), ec.ECDH()
_hash = partial(hmac.digest, digest="sha256")


def encrypt(
    plain: bytes,
    receiver: bytes,
    auth_secret: bytes,
    *,
    padded_bytes: int = 0,
    private_key: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Encrypt a message for a subscription and return the body of the request.

    Args:
        plain: The message, at most 3,993 bytes.
        receiver: The browser's public key, an uncompressed point (`p256dh`).
        auth_secret: The browser's authentication secret (`auth`).
        padded_bytes: Size that a shorter message is padded to.
        private_key: Our key of this message alone; a new one unless given by a test.
        salt: 16 bytes; random unless given by a test.

    Raises:
        ValueError: The key of the browser is no point of the curve.
    """
    salt = salt or secrets.token_bytes(16)
    private_key = private_key or ec.generate_private_key(_CURVE)
    public_key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, receiver)
    shared = private_key.exchange(_AGREEMENT, public_key)
    sender = private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    # HKDF of at most one block (RFC 5869): extract, then one round of expand.
    context = b"WebPush: info\0" + receiver + sender
    input_key = _hash(_hash(auth_secret, shared), context + b"\x01")
    master = _hash(salt, input_key)
    key = _hash(master, b"Content-Encoding: aes128gcm\0\x01")[:16]
    nonce = _hash(master, b"Content-Encoding: nonce\0\x01")[:12]
    record = plain + _LAST_RECORD + bytes(max(0, padded_bytes - len(plain)))
    header = salt + RECORD_BYTES.to_bytes(4) + bytes([len(sender)]) + sender
    return header + AESGCM(key).encrypt(nonce, record, None)


def pad_to(size: int) -> int:
    """Return the size that a message of this size is padded to."""
    return min(MAX_PLAIN_BYTES, -(-size // PADDED_TO_BYTES) * PADDED_TO_BYTES)
