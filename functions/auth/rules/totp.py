"""One-time codes of authenticator apps (RFC 6238), and recovery codes."""

import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

import pyotp

ISSUER = "Artist Booking"
STEP_SECONDS = 30
# A clock may be one step off, and a person a step late.
WINDOW = 1
RECOVERY_CODES = 10
_RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_LENGTH = 10


def new_secret() -> str:
    """Return a new shared secret: 160 random bits, base32."""
    return pyotp.random_base32()


def build_url(secret: str, email: str) -> str:
    """Return the `otpauth://` URL that apps read from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def find_step(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """Return the time step whose code this is; None for a wrong code.

    Only steps later than the last one that was used count, so each code works once.
    """
    current = int(now.timestamp()) // STEP_SECONDS
    generator = pyotp.TOTP(secret)
    for step in range(current - WINDOW, current + WINDOW + 1):
        if step > last_step and hmac.compare_digest(
            generator.generate_otp(step).encode(), code.encode()
        ):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Return ten codes of 50 random bits each, which are used once instead of the app's."""

    def draw() -> str:
        letters = [secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_LENGTH)]
        return f"{''.join(letters[:5])}-{''.join(letters[5:])}"

    return [draw() for _ in range(RECOVERY_CODES)]


def hash_recovery_code(secret: str, code: str) -> str:
    """Return what is stored of a recovery code. Case, hyphens and spaces do not count."""
    plain = "".join(character for character in code.lower() if character.isalnum())
    return hmac.digest(secret.encode(), plain.encode(), "sha256").hex()


def find_recovery_hash(secret: str, code: str, hashes: Iterable[str]) -> str | None:
    """Return the stored hash that this code has; None if there is none."""
    hashed = hash_recovery_code(secret, code)
    return next((each for each in hashes if hmac.compare_digest(each, hashed)), None)
