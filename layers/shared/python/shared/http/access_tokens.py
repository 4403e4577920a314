"""Access tokens: their claims and their verification, without a call per token or per key.

JWT profile for access tokens (RFC 9068), signed with ES256. Three levels of trust:

    root key        a KMS key that never leaves KMS; its public half is fetched once per container
    signing key     lives for hours; the root key signs its *certificate*
    access token    signed by a signing key, and carries that key's certificate in its header

So a verifier that knows the root key knows every signing key, also one that was made a second ago,
and an unknown `kid` costs a signature check at most. Tokens and certificates are read strictly:
no duplicate members, no other spelling of the same bytes.
"""

import base64
import hashlib
import json
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from shared.platform import base64url, signed_calls
from shared.platform.config import from_environment

ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"  # noqa: S105
CERTIFICATE_TYPE = "signing-key+jwt"
AUDIENCE = "artist-booking"
# How long a token lives. One that claims a longer life is refused, whoever signed it.
LIFETIME_SECONDS = 900
LEEWAY_SECONDS = 5
# By how much the clock of a container may be wrong: within that, a refusal is not final.
DOUBTFUL_SECONDS = 60
COORDINATE_BYTES = 32
# A public key on P-256 in DER, up to its two coordinates (RFC 5480). Reading it in full would
# import the parsers of all formats, a tenth of the authorizer's first answer.
_P256_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")

Text = Annotated[str, msgspec.Meta(pattern=r"^[!-~]+\Z")]
Scopes = Annotated[str, msgspec.Meta(pattern=r"^[!-~]+( [!-~]+)*\Z")]
Content = TypeVar("Content", bound=msgspec.Struct)


class TokenSettings(msgspec.Struct, frozen=True):
    """Settings of access tokens.

    Attributes:
        token_issuer: The `iss` claim.
        signing_keys: Root keys: KMS keys, separated by commas. The first signs certificates, the
            certificates of all of them are trusted.
    """

    token_issuer: str
    signing_keys: str

    @property
    def key_ids(self) -> list[str]:
        """Ids or ARNs of the KMS keys."""
        return self.signing_keys.split(",")


class Actor(msgspec.Struct, frozen=True):
    """The assistant who acts for the subject (RFC 8693, section 4.1).

    Attributes:
        sub: Their user id.
        sid: Their own session, with which this one ends.
    """

    sub: Text
    sid: Text


class Claims(msgspec.Struct, frozen=True):
    """The claims of an access token. Instants are epoch seconds.

    Attributes:
        auth_time: When the user last proved who they are (OpenID Connect Core, section 2); unset
            if it is not known, and in the tokens of assistants.
        act: The assistant who acts for the subject; unset in the tokens of the subject.
        scope: What the assistant may do, separated by spaces; set if and only if `act` is.
    """

    iss: str
    aud: str
    sub: Text
    role: Text
    sid: Text
    email: Annotated[str, msgspec.Meta(min_length=1)]
    iat: int
    exp: int
    jti: Text
    nbf: int | msgspec.UnsetType = msgspec.UNSET
    auth_time: int | msgspec.UnsetType = msgspec.UNSET
    act: Actor | msgspec.UnsetType = msgspec.UNSET
    scope: Scopes | msgspec.UnsetType = msgspec.UNSET


class Jwk(msgspec.Struct, frozen=True):
    """A public key on P-256 (RFC 7517). Coordinates are base64url."""

    kty: str
    crv: str
    x: str
    y: str


class Certificate(msgspec.Struct, frozen=True):
    """What the root key states: tokens of this issuer may be signed by this key.

    Attributes:
        iss: The issuer.
        jwk: The signing key.
        nbf: When it begins to sign, in epoch seconds.
        exp: When the last token that it signed has expired, in epoch seconds.
    """

    iss: str
    jwk: Jwk
    nbf: int
    exp: int


class InvalidToken(Exception):
    """The token is forged, malformed or expired. The message is for logs, never for callers."""


class NotValidNow(InvalidToken):
    """A genuine token is a few seconds too early or too late, by the clock of this container."""


class PublicKey(msgspec.Struct, frozen=True):
    """A public key.

    Attributes:
        kid: Its id, as headers name it: its thumbprint (RFC 7638).
        jwk: The key as a JWK.
        key: The key itself.
    """

    kid: str
    jwk: Jwk
    key: ec.EllipticCurvePublicKey


class SigningKey(msgspec.Struct, frozen=True):
    """A signing key that a root key vouches for."""

    public: PublicKey
    certificate: Certificate


class _Header(msgspec.Struct, frozen=True):
    """Members of a header that are looked at: `jku`, `jwk`, `x5c` and the like are not."""

    alg: str
    typ: str
    kid: str
    certificate: str | msgspec.UnsetType = msgspec.UNSET
    crit: Any = msgspec.UNSET


class _Signed(msgspec.Struct, frozen=True):
    """The parts of a compact JWS (RFC 7515)."""

    header: _Header
    payload: Any
    message: bytes
    signature: bytes


@lru_cache
def root_keys() -> tuple[PublicKey, ...]:
    """Return the public keys of all root keys. One KMS call each, once per container."""
    settings = from_environment(TokenSettings)
    return tuple(_fetch(key_id) for key_id in settings.key_ids)


def ping() -> None:
    """Raise an exception unless KMS answers with the root key that signs certificates."""
    _fetch(from_environment(TokenSettings).key_ids[0])


def forget() -> None:
    """Clear the caches, so that tests can change keys."""
    root_keys.cache_clear()
    open_certificate.cache_clear()


def verify(token: str, now: datetime) -> Claims:
    """Return the claims of a valid access token.

    Follows RFC 8725: the header does not choose the algorithm; the key is the one that a root key
    certified, and `kid` must be its thumbprint; `jku`, `jwk` and `x5c` are ignored; `typ`, `iss`,
    `aud`, `iat`, `nbf` and `exp` are checked.

    Raises:
        NotValidNow: The token is genuine, but a few seconds too early or too late.
        InvalidToken: The token is not valid.
    """
    signed = _parse(token, TOKEN_TYPE)
    if signed.header.certificate is msgspec.UNSET:
        raise InvalidToken("no certificate")
    signing_key = open_certificate(signed.header.certificate)
    if signed.header.kid != signing_key.public.kid:
        raise InvalidToken("kid")
    _verify_signature(signed, signing_key.public)
    claims = _convert(signed.payload, Claims)
    if claims.iss != from_environment(TokenSettings).token_issuer or claims.aud != AUDIENCE:
        raise InvalidToken("iss or aud")
    if (claims.act is msgspec.UNSET) != (claims.scope is msgspec.UNSET):
        raise InvalidToken("act without scope, or scope without act")
    if not 0 < claims.exp - claims.iat <= LIFETIME_SECONDS:
        raise InvalidToken("lifetime")
    begins = max(claims.iat, claims.nbf or 0, signing_key.certificate.nbf)
    ends = min(claims.exp, signing_key.certificate.exp)
    _check_time(begins, ends, int(now.timestamp()))
    return claims


@lru_cache(maxsize=16)  # exceptions are not cached, so forged certificates displace nothing
def open_certificate(certificate: str) -> SigningKey:
    """Return the signing key of a certificate, whose time is not checked.

    Raises:
        InvalidToken: No root key signed it, or it is not a certificate.
    """
    signed = _parse(certificate, CERTIFICATE_TYPE)
    root = next((key for key in root_keys() if key.kid == signed.header.kid), None)
    if root is None:
        raise InvalidToken("root key")
    _verify_signature(signed, root)
    content = _convert(signed.payload, Certificate)
    if content.iss != from_environment(TokenSettings).token_issuer:
        raise InvalidToken("issuer of the certificate")
    if (content.jwk.kty, content.jwk.crv) != ("EC", "P-256"):
        raise InvalidToken("type of the signing key")
    point = b"\x04" + decode_segment(content.jwk.x) + decode_segment(content.jwk.y)
    return SigningKey(public_key_of(point), content)


def public_key_of(point: bytes) -> PublicKey:
    """Return the key of an uncompressed point on P-256.

    Raises:
        InvalidToken: There is no such point.
    """
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise InvalidToken("point") from error
    x, y = point[1 : 1 + COORDINATE_BYTES], point[1 + COORDINATE_BYTES :]
    jwk = Jwk("EC", "P-256", base64url.encode(x), base64url.encode(y))
    return PublicKey(thumbprint(jwk), jwk, key)


def thumbprint(jwk: Jwk) -> str:
    """Return the thumbprint of an EC key (RFC 7638): SHA-256 of its required members, in order."""
    members = {name: getattr(jwk, name) for name in ("crv", "kty", "x", "y")}
    return base64url.encode(hashlib.sha256(msgspec.json.encode(members)).digest())


def decode_segment(text: str) -> bytes:
    """Return the bytes of a segment of a token.

    Raises:
        InvalidToken: It is not base64url.
    """
    try:
        return base64url.decode(text)
    except ValueError as error:
        raise InvalidToken("base64url") from error


def _parse(token: str, type_: str) -> _Signed:
    """Return the parts of a JWS of this type, which are not verified yet."""
    message, _, signature = token.rpartition(".")
    header, _, payload = message.partition(".")
    members = _convert(_parse_json(header), _Header)
    if members.typ != type_ or members.alg != ALGORITHM or members.crit is not msgspec.UNSET:
        raise InvalidToken("typ, alg or crit")
    return _Signed(members, _parse_json(payload), message.encode(), decode_segment(signature))


def _parse_json(segment: str) -> Any:
    try:
        return json.loads(
            decode_segment(segment).decode(),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        raise InvalidToken("JSON") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Parsers disagree about which of two members counts (RFC 8725, section 2.4).
    members = dict(pairs)
    if len(members) != len(pairs):
        raise InvalidToken("duplicate member")
    return members


def _refuse_constant(name: str) -> Any:
    raise InvalidToken(name)  # NaN and Infinity, which are not JSON


def _convert(value: Any, type_: type[Content]) -> Content:
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        raise InvalidToken(type_.__name__) from error


def _verify_signature(signed: _Signed, key: PublicKey) -> None:
    # JWS has the two numbers side by side (RFC 7518, 3.4); libraries take DER.
    if len(signed.signature) != 2 * COORDINATE_BYTES:
        raise InvalidToken("signature")
    r, s = (
        int.from_bytes(signed.signature[:COORDINATE_BYTES]),
        int.from_bytes(signed.signature[COORDINATE_BYTES:]),
    )
    try:
        key.key.verify(encode_dss_signature(r, s), signed.message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise InvalidToken("signature") from error


def _check_time(begins: int, ends: int, now: int) -> None:
    too_early, too_late = begins - now - LEEWAY_SECONDS, now - ends - LEEWAY_SECONDS
    if too_early > DOUBTFUL_SECONDS or too_late >= DOUBTFUL_SECONDS:
        raise InvalidToken("time")
    if too_early > 0 or too_late >= 0:
        raise NotValidNow("time, by seconds")


def _fetch(key_id: str) -> PublicKey:
    response = signed_calls.call("kms", "TrentService", "GetPublicKey", {"KeyId": key_id})
    der = base64.b64decode(response["PublicKey"])
    if not der.startswith(_P256_PREFIX):
        raise TypeError(f"{key_id} is not a key on P-256.")
    return public_key_of(der[len(_P256_PREFIX) - 1 :])
