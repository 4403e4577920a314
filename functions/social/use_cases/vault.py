"""The vault: tokens of social accounts, each account's under a data key of its own.

A data key comes from KMS (GenerateDataKey) and is stored as KMS encrypted it; its plaintext lives
in the memory of a call only. Tokens are encrypted with AES-256-GCM under it, with the id of the
account as additional data, so that they cannot be moved to another account (docs/adr/0067).

`token(account, now)` is how everybody gets an access token. It is refreshed when it is due, under a
lease in the table, so that of all who find it due one refreshes it.
"""

import os
from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.platform import aws
from social.models import SocialAccount, Tokens, TokenState
from social.providers import configuration, registry
from social.rules.errors import NeedsReconnect
from social.store import tokens as tokens_store
from social.store.tokens import Sealed, Writes

LEASE = timedelta(seconds=60)  # longer than a call of a provider may take
_NONCE_BYTES = 12


def token(account: SocialAccount, now: datetime) -> str:
    """Return an access token of a connected account, refreshed when that is due.

    Raises what `get` raises.
    """
    return get(account, now).access_token


def get(account: SocialAccount, now: datetime) -> Tokens:
    """Return the tokens of a connected account, refreshed when that is due.

    Raises:
        NeedsReconnect: It has none, or they expired and cannot be refreshed.
    """
    sealed = tokens_store.find_sealed(account.artist_id, account.id)
    if sealed is None:
        raise NeedsReconnect("The account has to be connected again.")
    tokens = unseal(sealed)
    if tokens.expires_at is not None and tokens.expires_at <= now:
        raise NeedsReconnect("The account has to be connected again.")
    return tokens


def seal(account: SocialAccount, tokens: Tokens, version: int = 1) -> Sealed:
    """Return tokens under a new data key. One call of KMS.

    Args:
        account: Whose they are.
        tokens: The tokens.
        version: The version of their record.
    """
    answer = aws.client("kms").generate_data_key(
        KeyId=configuration.settings().social_key,
        KeySpec="AES_256",
        EncryptionContext=_context(account.id),
    )
    return _encrypt(account.artist_id, account.id, tokens, answer, version)


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
    return tokens_store.save(sealed, plan_refresh(account, tokens))


def plan_refresh(account: SocialAccount, tokens: Tokens) -> datetime | None:
    """Return when tokens are due to be refreshed; None for never."""
    if tokens.expires_at is None:
        return None
    ahead = registry.get_provider(account.provider).refresh_ahead_seconds
    return tokens.expires_at - timedelta(seconds=ahead)


def _encrypt(
    artist_id: str, account_id: str, tokens: Tokens, data_key: dict[str, bytes], version: int
) -> Sealed:
    nonce = os.urandom(_NONCE_BYTES)
    plain = msgspec.json.encode(tokens)
    text = AESGCM(data_key["Plaintext"]).encrypt(nonce, plain, account_id.encode())
    state = TokenState(account_id, artist_id, tokens.expires_at, version)
    return Sealed(state, nonce + text, data_key["CiphertextBlob"])


def _context(account_id: str) -> dict[str, str]:
    return {"account": account_id}
