"""Identification of our server to push services (RFC 8292)."""

import base64
from collections import OrderedDict
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
)

from notifications.channels import NotConfigured

USED_FOR = timedelta(hours=1)
VALID_FOR = timedelta(hours=12)  # a service refuses more than 24 (RFC 8292, 2)
MAX_REMEMBERED = 1_000

_HEADER = base64.urlsafe_b64encode(b'{"typ":"JWT","alg":"ES256"}').rstrip(b"=")


class Identification:
    """The headers that identify us, one per origin and hour; the longest unused are forgotten."""

    def __init__(self) -> None:
        self._signed: OrderedDict[tuple[str, str, str], tuple[datetime, str]] = OrderedDict()

    def build(self, origin: str, subject: str, private_key: str, now: datetime) -> str:
        """Return the value of the header Authorization.

        Args:
            origin: Origin of the push service.
            subject: Where its operators can reach ours: a mailto: or https: URL.
            private_key: Our key in base64url: 32 bytes, or PKCS #8.
            now: The current instant.

        Raises:
            NotConfigured: The key is none.
        """
        key = origin, subject, private_key
        found = self._signed.get(key)
        if found is not None and found[0] <= now < found[0] + USED_FOR:
            self._signed.move_to_end(key)
            return found[1]
        header = _sign(origin, subject, private_key, now + VALID_FOR)
        self._signed[key] = now, header
        self._signed.move_to_end(key)
        if len(self._signed) > MAX_REMEMBERED:
            self._signed.popitem(last=False)
        return header


def _sign(origin: str, subject: str, private_key: str, expires_at: datetime) -> str:
    claims = {"aud": origin, "exp": int(expires_at.timestamp()), "sub": subject}
    message = _HEADER + b"." + _encode(msgspec.json.encode(claims))
    key, point = _load_key(private_key)
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    signature = _encode(r.to_bytes(32) + s.to_bytes(32))
    return f"vapid t={(message + b'.' + signature).decode()}, k={point}"


@lru_cache(maxsize=2)
def _load_key(private_key: str) -> tuple[ec.EllipticCurvePrivateKey, str]:
    """Return the key, and its public half in base64url."""
    try:
        raw = base64.b64decode(private_key + "=" * (-len(private_key) % 4), altchars="-_")
        if len(raw) == 32:
            key = ec.derive_private_key(int.from_bytes(raw), ec.SECP256R1())
        else:
            loaded = load_der_private_key(raw, password=None)
            if not isinstance(loaded, ec.EllipticCurvePrivateKey):
                raise NotConfigured
            key = loaded
    except ValueError:
        raise NotConfigured from None
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return key, _encode(point).decode()


def _encode(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
