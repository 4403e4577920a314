"""Passkeys: what is asked of browsers, and what their answers prove (W3C Web Authentication, 3).

`webauthn` is imported where an answer is verified: its import takes a quarter of a second, which
whoever signs in by a password need not wait for.
"""

import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import msgspec

# ES256, EdDSA and RS256 (RFC 9053), which all authenticators have one of.
ALGORITHMS = (-7, -8, -257)
MAX_PASSKEYS = 10
_CHALLENGE_BYTES = 32


class NotProved(Exception):
    """The answer of a browser proves nothing. The message is for logs, never for callers."""


class RelyingParty(msgspec.Struct, frozen=True):
    """Whom passkeys are for.

    Attributes:
        id: The domain that a passkey is bound to.
        origin: The origin whose pages may ask for one.
    """

    id: str
    origin: str

    @classmethod
    def of(cls, url: str) -> "RelyingParty":
        """Return the relying party of the web application at this URL."""
        parts = urlsplit(url)
        return cls(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


class NewPasskey(msgspec.Struct, frozen=True):
    """A passkey that an authenticator made.

    Attributes:
        credential_id: Its id, as the authenticator chose it.
        public_key: The COSE key that verifies it (RFC 9052).
        sign_count: How often it was used, if the authenticator counts; 0 otherwise.
        synced: Whether it may be copied to other devices of its owner.
    """

    credential_id: bytes
    public_key: bytes
    sign_count: int
    synced: bool


class Use(msgspec.Struct, frozen=True):
    """A use of a passkey that was proved.

    Attributes:
        sign_count: How often it was used, if the authenticator counts; 0 otherwise.
        synced: Whether it may be copied to other devices of its owner.
    """

    sign_count: int
    synced: bool


def new_challenge() -> bytes:
    """Return what an authenticator has to sign: 256 random bits."""
    return secrets.token_bytes(_CHALLENGE_BYTES)


def id_of(credential_id: bytes) -> str:
    """Return our id of a passkey. Those that authenticators choose may be a thousand bytes long."""
    return f"pky_{sha256(credential_id).hexdigest()[:32]}"


def is_repeated(sign_count: int, stored: int) -> bool:
    """Return whether a count shows that there is a copy of the authenticator (section 6.1.1).

    Those that do not count always say 0.
    """
    return (sign_count > 0 or stored > 0) and sign_count <= stored


def verify_registration(
    credential: Mapping[str, Any], challenge: bytes, party: RelyingParty
) -> NewPasskey:
    """Return the passkey that an answer of `navigator.credentials.create()` brings (section 7.1).

    The authenticator must have verified its user. Statements about its make are checked for
    consistency, but nothing depends on them.

    Raises:
        NotProved: The answer does not belong to the challenge, the domain or the origin, or it is
            malformed.
    """
    # Imported here, as the module says.
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import (  # noqa: PLC0415
        decode_credential_public_key,
        decoded_public_key_to_cryptography,
    )
    from webauthn.helpers.cose import COSEAlgorithmIdentifier  # noqa: PLC0415
    from webauthn.helpers.structs import CredentialDeviceType  # noqa: PLC0415

    try:
        verified = webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(each) for each in ALGORITHMS],
        )
        # A key that cannot be read would only be noticed when it is needed.
        decoded_public_key_to_cryptography(
            decode_credential_public_key(verified.credential_public_key)
        )
    except Exception as error:
        raise _not_proved(error) from error
    return NewPasskey(
        verified.credential_id,
        verified.credential_public_key,
        verified.sign_count,
        verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
    )


def verify_use(
    credential: Mapping[str, Any], challenge: bytes, party: RelyingParty, public_key: bytes
) -> Use:
    """Return the use of a passkey that an answer of `navigator.credentials.get()` proves (7.2).

    The authenticator must have verified its user. The count is left to `is_repeated`: here a wrong
    one could not be distinguished from a wrong signature.

    Raises:
        NotProved: The answer does not belong to the challenge, the domain, the origin or the key,
            or it is malformed.
    """
    # Imported here, as the module says.
    import webauthn  # noqa: PLC0415
    from webauthn.helpers.structs import CredentialDeviceType  # noqa: PLC0415

    try:
        verified = webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:
        raise _not_proved(error) from error
    return Use(
        verified.new_sign_count,
        verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
    )


def _not_proved(error: Exception) -> NotProved:
    # The library lets errors of CBOR, keys and indexes through, so each one counts as malformed.
    return NotProved(f"{type(error).__name__}: {error}"[:200])
