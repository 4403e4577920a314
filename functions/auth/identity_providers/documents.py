"""Descriptions and keys that identity providers publish, cached in the process.

A description is read again after an hour, keys when their provider says so: after five minutes at
the earliest and a day at the latest. An ID token with an unknown key makes them be read again, at
most once a minute, so that nobody can make us call a provider by forged tokens.
"""

import time
from typing import Any, TypeVar

import msgspec

from auth.identity_providers.configuration import Provider, allows_loopback
from shared.platform import outside_calls
from shared.platform.outside_calls import CallFailed, Guard

MAX_BYTES = 128 * 1024
CALL_SECONDS = 6.0  # of each call; a sign-in makes at most four
DESCRIPTION_SECONDS = 3600
MIN_KEY_SECONDS = 300
MAX_KEY_SECONDS = 24 * 3600
REREAD_SECONDS = 60  # between reading keys because of an unknown one
Document = TypeVar("Document", bound=msgspec.Struct)


class ProviderFailed(Exception):
    """A provider does not respond as it should. The text is for the log."""


class Description(msgspec.Struct, frozen=True):
    """What a provider says about itself (OpenID Connect Discovery, 3).

    Attributes:
        issuer: Its issuer identifier.
        authorization_endpoint: Where users allow us to sign them in.
        token_endpoint: Where a code is exchanged.
        jwks_uri: Where its keys are; empty for one without ID tokens.
        userinfo_endpoint: Where the owner of an access token is answered.
        authorization_response_iss_parameter_supported: Whether it returns with `iss` (RFC 9207).
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str = ""
    userinfo_endpoint: str = ""
    authorization_response_iss_parameter_supported: bool = False


class _Keys(msgspec.Struct, frozen=True):
    values: list[dict[str, Any]]
    read_at: float
    until: float


class _KeySet(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


_descriptions: dict[str, tuple[float, Description]] = {}
_keys: dict[str, _Keys] = {}


def guard() -> Guard:
    """Return what calls of providers are allowed."""
    return Guard(
        max_bytes=MAX_BYTES, deadline_seconds=CALL_SECONDS, allows_loopback=allows_loopback()
    )


def describe(provider: Provider) -> Description:
    """Return the description of a provider: its own, or the configured one.

    Raises:
        ProviderFailed: It has none, or one of another issuer.
    """
    if provider.authorize_url:
        return Description(
            issuer=provider.issuer,
            authorization_endpoint=provider.authorize_url,
            token_endpoint=provider.token_url,
            userinfo_endpoint=provider.userinfo_url,
        )
    known = _descriptions.get(provider.issuer)
    if known is None or time.monotonic() >= known[0]:
        url = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        description, _ = _read(url, Description)
        if description.issuer != provider.issuer:
            raise ProviderFailed("the description is of another issuer")
        # Browsers are led there, so it is no `javascript:` either.
        _check(description.authorization_endpoint)
        known = time.monotonic() + DESCRIPTION_SECONDS, description
        _descriptions[provider.issuer] = known
    return known[1]


def find_keys(url: str, key_id: str | None) -> list[dict[str, Any]]:
    """Return the public keys with this id, which may be none; all of them without an id.

    Raises:
        ProviderFailed: The keys cannot be read.
    """
    known = _keys.get(url)
    instant = time.monotonic()
    if known is None or instant >= known.until:
        known = _read_keys(url)
    found = _select(known, key_id)
    if not found and instant - known.read_at >= REREAD_SECONDS:
        found = _select(_read_keys(url), key_id)
    return found


def forget() -> None:
    """Clear the caches."""
    _descriptions.clear()
    _keys.clear()


def _check(url: str) -> None:
    try:
        outside_calls.check_url(url, guard())
    except CallFailed as error:
        raise ProviderFailed(f"{Description.__name__}: {error.failure.value}") from None


def _select(keys: _Keys, key_id: str | None) -> list[dict[str, Any]]:
    return [key for key in keys.values if key_id is None or key.get("kid") == key_id]


def _read_keys(url: str) -> _Keys:
    key_set, max_age = _read(url, _KeySet)
    # Only those that verify: a symmetric key would let whoever reads this document sign.
    values = [
        key
        for key in key_set.keys
        if key.get("kty") in ("RSA", "EC") and key.get("use", "sig") == "sig"
    ]
    instant = time.monotonic()
    seconds = min(max(max_age or 0, MIN_KEY_SECONDS), MAX_KEY_SECONDS)
    keys = _keys[url] = _Keys(values, instant, instant + seconds)
    return keys


def _read(url: str, model: type[Document]) -> tuple[Document, int | None]:
    try:
        answer = outside_calls.call(url, guard(), headers={"Accept": "application/json"})
    except CallFailed as error:
        raise ProviderFailed(f"{model.__name__}: {error.failure.value}") from None
    if answer.status != 200:
        raise ProviderFailed(f"{model.__name__}: status {answer.status}")
    try:
        return msgspec.json.decode(answer.body, type=model), answer.max_age
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderFailed(f"{model.__name__}: not as specified") from None
