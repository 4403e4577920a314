"""The keys that sign access tokens and seal refresh tokens.

A container reads the list of keys every few seconds, and asks KMS once for each key that it uses;
after that, issuing and checking tokens makes no call of KMS. See ADR 43.

The secret of a key is derived in KMS, from its id and its times (`TokenKey.label`), by an HMAC key
that never leaves KMS. It seals refresh tokens, or encrypts the private half of a signing key. So
the table holds nothing that signs anybody in, and a changed record is a key that nobody has used.
"""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from auth import store
from auth.rules import token_keys
from auth.rules.token_keys import Kind, TokenKey
from auth.schemas import RotatedKey, RotatedKeys, RotateKeysRequest
from shared.data.conflicts import WriteConflict
from shared.http import access_tokens
from shared.http.access_tokens import (
    ALGORITHM,
    CERTIFICATE_TYPE,
    COORDINATE_BYTES,
    Certificate,
    InvalidToken,
    PublicKey,
    TokenSettings,
)
from shared.platform import aws, base64url, outages
from shared.platform.config import from_environment
from shared.platform.logs import logger

MAC_ALGORITHM = "HMAC_SHA_256"
# Containers read the keys again after this time, and for an unknown id after the shorter one: less
# than the shortest notice of a new key, and a bound for what unknown ids can cause.
READ_AFTER = timedelta(seconds=10)
READ_AGAIN_AFTER = timedelta(seconds=1)
_NONCE_BYTES = 12


class KeySettings(msgspec.Struct, frozen=True):
    """The KMS key that the secrets of keys are derived from."""

    refresh_key: str


class Signer(msgspec.Struct, frozen=True):
    """A signing key with its private half."""

    kid: str
    certificate: str
    private_key: ec.EllipticCurvePrivateKey

    def sign(self, type_: str, payload: object) -> str:
        """Return a compact JWS (RFC 7515) that carries the certificate of the key."""
        header = {
            "alg": ALGORITHM,
            "typ": type_,
            "kid": self.kid,
            "certificate": self.certificate,
        }
        message = f"{_encode_segment(header)}.{_encode_segment(payload)}"
        der = self.private_key.sign(message.encode(), ec.ECDSA(hashes.SHA256()))
        return f"{message}.{_to_jws_signature(der)}"


@dataclass
class _Known:
    """The keys that this container has read, and when; and when it could not add the next one."""

    keys: Sequence[TokenKey] = ()
    read_at: datetime | None = None
    failed_at: datetime | None = None


_known = _Known()


def signer(now: datetime) -> Signer:
    """Return the signing key of now. One KMS call per key and container."""
    return _open_signing_key(_current(Kind.SIGNING, now))


def sealing_key(now: datetime) -> tuple[str, bytes]:
    """Return id and secret of the sealing key of now. One KMS call per key and container."""
    key = _current(Kind.SEALING, now)
    return key.id, _secret(key)


def find_sealing_secret(key_id: str, now: datetime) -> bytes | None:
    """Return the secret of a sealing key that is honoured; None if there is none of this id.

    Ids that nobody has issued cause a read of the table a second at most.
    """
    for longest in (READ_AFTER, READ_AGAIN_AFTER):
        for key in _read(now, longest):
            if key.kind is Kind.SEALING and key.id == key_id and key.honoured_until > now:
                return _secret(key)
    return None


def list_sealing_secrets(now: datetime, lifetime: timedelta) -> list[bytes]:
    """List the secrets that sealed something in this time until now, the current one first."""
    keys = [_current(Kind.SEALING, now)]
    former = token_keys.find_current(_known.keys, Kind.SEALING, now - lifetime)
    if former is not None and former not in keys:
        keys.append(former)
    return [_secret(key) for key in keys]


def list_public_keys(now: datetime) -> list[PublicKey]:
    """Return the public keys that verify tokens, the one that signs first.

    Those of the next 30 minutes are among them. A key that no root key has certified is not
    published, whoever wrote it into the table.
    """
    current = _current(Kind.SIGNING, now)
    keys = [key for key in _known.keys if key.kind is Kind.SIGNING and key.honoured_until > now]
    keys.sort(key=lambda key: key != current)
    return [public for key in keys if (public := _published(key)) is not None]


def rotate(request: RotateKeysRequest, now: datetime) -> RotatedKeys:
    """Make a new key of each kind, which takes over when its notice is over.

    With `leaked` they take over at once and all others end: refresh tokens that those sealed are
    refused, and their public keys are no longer published.
    """
    notice = timedelta() if request.leaked else timedelta(seconds=request.notice_seconds)
    starts_at = (now + notice).replace(microsecond=0)
    former = store.list_token_keys(now)
    rotated = [_add(kind, starts_at) for kind in Kind]
    if request.leaked:
        store.delete_token_keys(key for key in former if key.starts_at != starts_at)
    for key in rotated:
        logger.info("key added", kind=key.kind, key_id=key.id, starts_at=key.starts_at.isoformat())
    signing, sealing = (RotatedKey(key.id, key.starts_at) for key in rotated)
    return RotatedKeys(signing=signing, sealing=sealing)


def forget() -> None:
    """Clear the caches, so that tests can change keys."""
    _known.keys, _known.read_at, _known.failed_at = (), None, None
    _derive.cache_clear()
    _open_signing_key.cache_clear()


def _current(kind: Kind, now: datetime) -> TokenKey:
    """Return the key that signs or seals now. The first to need a key makes it."""
    keys = _read(now, READ_AFTER)
    while True:
        current = token_keys.find_current(keys, kind, now)
        gap = token_keys.find_gap(keys, kind, now)
        if current is not None and (gap is None or _is_recent(_known.failed_at, now, READ_AFTER)):
            return current
        keys = _read(now, timedelta())
        if gap is not None and token_keys.find_gap(keys, kind, now) == gap:
            try:
                _add(kind, gap)
            except WriteConflict:  # another container was faster
                logger.info("key added by another container", kind=kind)
            except Exception as error:
                if current is None or outages.find(error) is None:
                    raise
                # There is half an hour left for the next one.
                logger.exception("key not added", kind=kind)
                _known.failed_at = now
            keys = _read(now, timedelta())


def _read(now: datetime, longest: timedelta) -> Sequence[TokenKey]:
    """Return the keys, as they were at most this long ago."""
    if not _is_recent(_known.read_at, now, longest):
        _known.keys, _known.read_at = store.list_token_keys(now), now
    return _known.keys


def _is_recent(instant: datetime | None, now: datetime, longest: timedelta) -> bool:
    return instant is not None and timedelta() <= now - instant < longest


def _add(kind: Kind, starts_at: datetime) -> TokenKey:
    """Make a key and store it.

    Raises:
        WriteConflict: There is a key of this kind with the same start.
    """
    if kind is Kind.SIGNING:
        key = _make_signing_key(starts_at)
    else:
        key = token_keys.new_key(kind, secrets.token_hex(8), starts_at)
    store.add_token_key(key)
    return key


def _published(key: TokenKey) -> PublicKey | None:
    try:
        return access_tokens.open_certificate(key.certificate).public
    except InvalidToken as error:
        logger.error("key not certified", key_id=key.id, reason=str(error))
        return None


def _make_signing_key(starts_at: datetime) -> TokenKey:
    private = ec.generate_private_key(ec.SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    public = access_tokens.public_key_of(point)
    key = token_keys.new_key(Kind.SIGNING, public.kid, starts_at)
    nonce = os.urandom(_NONCE_BYTES)
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return msgspec.structs.replace(
        key,
        certificate=_certify(public, key),
        sealed_key=nonce + AESGCM(_secret(key)).encrypt(nonce, der, None),
    )


def _certify(public: PublicKey, key: TokenKey) -> str:
    """Return the statement of the root key that tokens may be signed by a key. One KMS call."""
    root = access_tokens.root_keys()[0]
    content = Certificate(
        iss=from_environment(TokenSettings).token_issuer,
        jwk=public.jwk,
        nbf=int(key.starts_at.timestamp()),
        exp=int(key.honoured_until.timestamp()),
    )
    header = {"alg": ALGORITHM, "typ": CERTIFICATE_TYPE, "kid": root.kid}
    message = f"{_encode_segment(header)}.{_encode_segment(content)}"
    answer = aws.client("kms").sign(
        KeyId=from_environment(TokenSettings).key_ids[0],
        Message=message.encode(),
        MessageType="RAW",
        SigningAlgorithm="ECDSA_SHA_256",
    )
    return f"{message}.{_to_jws_signature(answer['Signature'])}"


@lru_cache(maxsize=8)
def _open_signing_key(key: TokenKey) -> Signer:
    nonce, encrypted = key.sealed_key[:_NONCE_BYTES], key.sealed_key[_NONCE_BYTES:]
    private = load_der_private_key(AESGCM(_secret(key)).decrypt(nonce, encrypted, None), None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{key.id} is not an elliptic curve key.")
    return Signer(key.id, key.certificate, private)


def _secret(key: TokenKey) -> bytes:
    return _derive(key.label)


def derive_secret(label: str) -> bytes:
    """Return a secret of its own for this label, which is used rarely. One KMS call."""
    return _generate_mac(label)


@lru_cache(maxsize=16)
def _derive(label: str) -> bytes:
    """Return the secret of the key with this label. One KMS call."""
    return _generate_mac(label)


def _generate_mac(label: str) -> bytes:
    answer = aws.client("kms").generate_mac(
        KeyId=from_environment(KeySettings).refresh_key,
        Message=label.encode(),
        MacAlgorithm=MAC_ALGORITHM,
    )
    secret: bytes = answer["Mac"]
    return secret


def _to_jws_signature(der: bytes) -> str:
    # Libraries and KMS give DER; JWS has the two numbers side by side (RFC 7518, 3.4).
    r, s = decode_dss_signature(der)
    return base64url.encode(r.to_bytes(COORDINATE_BYTES) + s.to_bytes(COORDINATE_BYTES))


def _encode_segment(value: object) -> str:
    return base64url.encode(msgspec.json.encode(value))
