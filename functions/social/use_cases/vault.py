"""The vault: tokens of social accounts, each account's under a data key of its own.

A data key comes from KMS (GenerateDataKey) and is stored as KMS encrypted it; its plaintext lives
in the memory of a call only. Tokens are encrypted with AES-256-GCM under it, with the id of the
account as additional data, so that they cannot be moved to another account (docs/adr/0067).

`token(account, now)` is how everybody gets an access token. The sweeper refreshes tokens ahead of
their expiry; what it missed is refreshed here. Either takes a lease in the table first, so of all
who find tokens due one refreshes them. The fresh ones are stored before anybody uses them.
"""

import os
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import Unavailable
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events.sweeper import DueRecord
from shared.platform import aws
from shared.platform.logs import logger
from social.models import SocialAccount, Tokens, TokenState
from social.providers import configuration, registry
from social.providers.failures import ProviderError, RateLimited, TokenRefused
from social.rules import refreshing
from social.rules.errors import NeedsReconnect, ProviderUnavailable
from social.store import accounts as accounts_store
from social.store import tokens as tokens_store
from social.store.tokens import Sealed, Writes
from social.use_cases import account_health

LEASE = timedelta(seconds=60)  # longer than the calls of a refresh may take
_NONCE_BYTES = 12


class RefreshUnderWay(Unavailable):
    """Raised when tokens have expired and somebody else is refreshing them at this moment."""

    code = "refresh_under_way"
    retry_after_seconds = 5


def token(account: SocialAccount, now: datetime) -> str:
    """Return an access token of a connected account, refreshed if it is due.

    Raises what `get` raises.
    """
    return get(account, now).access_token


def get(account: SocialAccount, now: datetime) -> Tokens:
    """Return the tokens of a connected account, refreshed if that is due.

    Raises:
        NeedsReconnect: It has none, or they expired and the provider gives no others.
        RefreshUnderWay: They expired, and somebody else is refreshing them.
        ProviderUnavailable: They expired, and the provider does not respond as it should.
    """
    sealed = tokens_store.find_sealed(account.artist_id, account.id)
    if sealed is None or not account.is_connected:
        raise NeedsReconnect("The account has to be connected again.")
    expires_at = sealed.state.expires_at
    if expires_at is None or expires_at > now + refreshing.MARGIN:
        return unseal(sealed)
    return _refresh(account, sealed, now)


def refresh(account: SocialAccount, now: datetime) -> Tokens:
    """Return fresh tokens of an account whose access token the provider refused.

    Raises what `get` raises.
    """
    sealed = tokens_store.find_sealed(account.artist_id, account.id)
    if sealed is None or not account.is_connected:
        raise NeedsReconnect("The account has to be connected again.")
    return _refresh(account, sealed, now)


def refresh_due(due: DueRecord, now: datetime) -> None:
    """Refresh tokens that are due, for the sweeper.

    A failure of the provider is the account's health and no failure of the sweep: it is tried
    again later, and less and less often.

    Raises:
        WriteConflict: Somebody else is refreshing them.
    """
    state = tokens_store.decode(due)
    account = accounts_store.find_account(state.artist_id, state.account_id)
    sealed = tokens_store.find_sealed(state.artist_id, state.account_id)
    if account is None or sealed is None or sealed.state.version != state.version:
        return
    try:
        _refresh(account, sealed, now)
    except RefreshUnderWay as error:
        raise WriteConflict from error
    except (NeedsReconnect, ProviderUnavailable):
        pass


def seal(account: SocialAccount, tokens: Tokens, version: int = 1) -> Sealed:
    """Return tokens under a new data key. One call of KMS.

    Args:
        account: Whose they are.
        tokens: The tokens.
        version: The version of their record.
    """
    state = TokenState(account.id, account.artist_id, account.provider, tokens.expires_at, version)
    return seal_again(state, tokens)


def seal_again(state: TokenState, tokens: Tokens) -> Sealed:
    """Return tokens of this state under a new data key. One call of KMS."""
    answer = aws.client("kms").generate_data_key(
        KeyId=configuration.settings().social_key,
        KeySpec="AES_256",
        EncryptionContext=_context(state.account_id),
    )
    nonce = os.urandom(_NONCE_BYTES)
    text = AESGCM(answer["Plaintext"]).encrypt(
        nonce, msgspec.json.encode(tokens), state.account_id.encode()
    )
    return Sealed(state, nonce + text, answer["CiphertextBlob"])


def unseal(sealed: Sealed) -> Tokens:
    """Return sealed tokens. One call of KMS.

    Raises:
        cryptography.exceptions.InvalidTag: They were changed, or are another account's.
    """
    account_id = sealed.state.account_id
    answer = aws.client("kms").decrypt(
        CiphertextBlob=sealed.key,
        KeyId=configuration.settings().social_key,
        EncryptionContext=_context(account_id),
    )
    nonce, text = sealed.tokens[:_NONCE_BYTES], sealed.tokens[_NONCE_BYTES:]
    plain = AESGCM(answer["Plaintext"]).decrypt(nonce, text, account_id.encode())
    return msgspec.json.decode(plain, type=Tokens)


def store(account: SocialAccount, tokens: Tokens, version: int = 1) -> Writes:
    """Return the write that stores the tokens of an account. One call of KMS."""
    sealed = seal(account, tokens, version)
    return tokens_store.save(sealed, _plan_refresh(account, tokens))


def _refresh(account: SocialAccount, sealed: Sealed, now: datetime) -> Tokens:
    """Refresh tokens under a lease. Raises as `get` does."""
    state = sealed.state
    try:
        tokens_store.lease(state, now, now + LEASE)
    except WriteConflict:
        return _use_anothers(account, state, now)
    tokens = unseal(sealed)
    try:
        fresh = registry.get_provider(account.provider).refresh(tokens, now)
    except TokenRefused as error:
        logger.warning("token refused", provider=account.provider, reason=str(error))
        account_health.record_refused_token(account, now)
        with suppress(WriteConflict):  # it was connected again meanwhile
            tokens_store.stop_refreshing(state)
        raise NeedsReconnect("The account has to be connected again.") from None
    except ProviderError as error:
        _record_failure(account, error, now)
        with suppress(WriteConflict):
            tokens_store.release(state, refreshing.plan_retry(state.expires_at, now))
        if state.expires_at is not None and state.expires_at > now:
            return tokens
        raise ProviderUnavailable("The provider does not respond as it should.") from None
    _save_fresh(account, fresh, state, now)
    logger.info("tokens refreshed", account_id=account.id, provider=account.provider)
    return fresh


def _use_anothers(account: SocialAccount, former: TokenState, now: datetime) -> Tokens:
    """Return the tokens that somebody else is refreshing, or has refreshed."""
    sealed = tokens_store.find_sealed(account.artist_id, account.id)
    if sealed is None:
        raise NeedsReconnect("The account has to be connected again.")
    expires_at = sealed.state.expires_at
    is_usable = expires_at is None or expires_at > now
    if sealed.state.version != former.version or is_usable:
        return unseal(sealed)
    raise RefreshUnderWay("Try again in a moment.")


@retry_on_conflict
def _save_fresh(account: SocialAccount, fresh: Tokens, former: TokenState, now: datetime) -> None:
    """Store fresh tokens, unless the account was disconnected or connected again meanwhile."""
    current = accounts_store.find_account(account.artist_id, account.id)
    sealed = tokens_store.find_sealed(account.artist_id, account.id)
    if current is None or sealed is None or sealed.state.version != former.version:
        return
    healthy = msgspec.structs.replace(
        current,
        **account_health.describe_success(current, now),
        token_expires_at=access_ends_at(fresh),
        version=current.version + 1,
    )
    accounts_store.save(healthy, also=[store(healthy, fresh, former.version + 1)])


def access_ends_at(tokens: Tokens) -> datetime | None:
    """Return when access ends unless tokens are refreshed; None if a refresh token outlives it."""
    return tokens.expires_at if tokens.refresh_token is None else None


def _record_failure(account: SocialAccount, error: ProviderError, now: datetime) -> None:
    logger.warning("tokens not refreshed", provider=account.provider, reason=str(error))
    if isinstance(error, RateLimited):
        until = error.until or now + refreshing.RETRY_AFTER
        account_health.record_limited(account, until, now)
    else:
        account_health.record_failure(account, now)


def _plan_refresh(account: SocialAccount, tokens: Tokens) -> datetime | None:
    """Return when tokens are due to be refreshed; None for never."""
    if tokens.expires_at is None:
        return None
    ahead = registry.get_provider(account.provider).refresh_ahead_seconds
    return tokens.expires_at - timedelta(seconds=ahead)


def _context(account_id: str) -> dict[str, str]:
    return {"account": account_id}
