"""Revocations: tokens of former accounts, which their provider is told to forget.

They are moved out of the artist's reach in the transaction that ends the account, and deleted when
the provider has revoked them, or after a day of failures.
"""

from datetime import datetime, timedelta

from shared.events.sweeper import DueRecord
from shared.platform.logs import logger
from social.models import SocialAccount
from social.providers import registry
from social.providers.failures import ProviderError, ProviderFailed, ProviderRefused, TokenRefused
from social.store import tokens as tokens_store
from social.store.tokens import Writes
from social.use_cases import vault

TRIED_FOR = timedelta(days=1)
SWEPT_AFTER = timedelta(minutes=1)  # whoever began it tries at once


def begin(account: SocialAccount, now: datetime) -> list[Writes]:
    """Return the writes that take the tokens of an account away, to be revoked."""
    sealed = tokens_store.find_sealed(account.artist_id, account.id)
    if sealed is None:
        return []
    return [
        tokens_store.delete(account.artist_id, account.id),
        tokens_store.put_revocation(sealed, now + SWEPT_AFTER, now + TRIED_FOR),
    ]


def try_now(account_id: str, now: datetime) -> None:
    """Revoke the tokens of a former account, unless the provider fails: the sweeper tries again."""
    try:
        _revoke(account_id, now)
    except ProviderError as error:
        logger.warning("tokens not revoked", account_id=account_id, reason=str(error))


def revoke_due(due: DueRecord, now: datetime) -> None:
    """Revoke tokens that are due, for the sweeper.

    Raises:
        ProviderError: The provider did not; it is asked again.
    """
    _revoke(tokens_store.decode(due).account_id, now)


def _revoke(account_id: str, now: datetime) -> None:
    found = tokens_store.find_revocation(account_id)
    if found is None:
        return
    sealed, until = found
    provider = registry.PROVIDERS.get(sealed.state.provider)
    try:
        if provider is not None:
            provider.revoke(vault.unseal(sealed))
    except (TokenRefused, ProviderRefused) as error:
        logger.warning("revocation refused", account_id=account_id, reason=str(error))
    except ProviderFailed as error:
        if now < until:
            raise
        logger.error("tokens not revoked in a day", account_id=account_id, reason=str(error))
    tokens_store.remove_revocation(account_id)
