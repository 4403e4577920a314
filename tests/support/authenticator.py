"""A software authenticator: what a browser and a passkey of its user answer (W3C WebAuthn 3).

ES256, without attestation, written from the specification and not with the library that verifies.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

# Flags of authenticator data (section 6.1).
USER_PRESENT, USER_VERIFIED = 0x01, 0x04
BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 0x08, 0x10, 0x40
ORIGIN = "http://localhost:5173"


@dataclass
class Credential:
    """A discoverable credential: a key pair, and the account that it is for."""

    user_handle: bytes
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )


@dataclass
class Authenticator:
    """A browser with a platform authenticator.

    Attributes:
        origin: Origin of the page.
        counts: Whether it counts its signatures.
        verifies: Whether it verifies its user.
        synced: Whether its passkeys are copied to other devices.
    """

    origin: str = ORIGIN
    counts: bool = True
    verifies: bool = True
    synced: bool = False
    sign_count: int = 0
    credentials: list[Credential] = field(default_factory=list)

    def create(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.create()`: make a passkey."""
        assert {"type": "public-key", "alg": -7} in options["pubKeyCredParams"]
        known = {each["id"] for each in options["excludeCredentials"]}
        assert not known & {encode(each.id) for each in self.credentials}
        credential = Credential(decode(options["user"]["id"]))
        self.credentials.append(credential)
        point = credential.key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        attested = bytes(16) + len(credential.id).to_bytes(2) + credential.id + cbor2.dumps(key)
        data = self._data(options["rp"]["id"], ATTESTED) + attested
        attestation = {"fmt": "none", "attStmt": {}, "authData": data}
        return self._answer(
            credential,
            clientDataJSON=encode(self._client_data("webauthn.create", options["challenge"])),
            attestationObject=encode(cbor2.dumps(attestation)),
            authenticatorData=encode(data),
            transports=["internal"],
            publicKeyAlgorithm=-7,
        )

    def get(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.get()`: use the passkey that was made last."""
        credential = self.credentials[-1]
        client_data = self._client_data("webauthn.get", options["challenge"])
        data = self._data(options["rpId"])
        signed = data + sha256(client_data).digest()
        return self._answer(
            credential,
            clientDataJSON=encode(client_data),
            authenticatorData=encode(data),
            signature=encode(credential.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            userHandle=encode(credential.user_handle),
        )

    def _data(self, party: str, flags: int = 0) -> bytes:
        self.sign_count += self.counts
        flags |= USER_PRESENT | (USER_VERIFIED if self.verifies else 0)
        flags |= BACKUP_ELIGIBLE | BACKED_UP if self.synced else 0
        return sha256(party.encode()).digest() + bytes([flags]) + self.sign_count.to_bytes(4)

    def _client_data(self, type_: str, challenge: str) -> bytes:
        content = {
            "type": type_,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": False,
        }
        return json.dumps(content).encode()

    def _answer(self, credential: Credential, **response: Any) -> dict[str, Any]:
        return {
            "id": encode(credential.id),
            "rawId": encode(credential.id),
            "response": response,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
        }


def encode(raw: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
