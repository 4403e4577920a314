"""VAPID key pairs (RFC 8292) as lines for .env: `make vapid-keys`."""

import base64

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def pair() -> dict[str, str]:
    """Create a key pair as browsers and pywebpush take it: base64url of point and number."""
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    number = key.private_numbers().private_value.to_bytes(32)
    return {"VAPID_PUBLIC_KEY": _base64url(point), "VAPID_PRIVATE_KEY": _base64url(number)}


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


if __name__ == "__main__":
    for name, value in pair().items():
        print(f"{name}={value}")
