"""Disconnecting: by the artist, by a provider, and with the account of the artist."""

from datetime import datetime

import msgspec

from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import new_event
from shared.http.caller import Caller
from social.events import SocialAccountDisconnected
from social.models import AccountStatus, SocialAccount
from social.store import accounts as accounts_store
from social.store import tokens as tokens_store
from social.use_cases import accounts, calendar_accounts, revocations


def disconnect(caller: Caller, account_id: str, now: datetime) -> None:
    """Disconnect an account of the caller, revoke its tokens and delete them.

    Conversations and imported pictures stay.

    Raises:
        NotFound: They have no such account, or not any more.
    """
    account = _disconnect(caller, account_id, now)
    if is_last_of_login(account):
        revocations.try_now(account.id, now)


@retry_on_conflict
def _disconnect(caller: Caller, account_id: str, now: datetime) -> SocialAccount:
    account = accounts.require_own(caller, account_id)
    end(account, now, revokes=is_last_of_login(account), publishes=True)
    return account


def end(account: SocialAccount, now: datetime, *, revokes: bool, publishes: bool) -> None:
    """Store that an account is not connected any more.

    Args:
        account: The account.
        now: The current instant.
        revokes: Whether its tokens are revoked, or deleted only.
        publishes: Whether others get an event of it.

    Raises:
        WriteConflict: It changed since it was read.
    """
    calendar_accounts.forget_all(account, now, publishes=publishes)
    ended = msgspec.structs.replace(
        account,
        status=AccountStatus.DISCONNECTED,
        picture_url=None,
        scopes=(),
        capabilities=(),
        token_expires_at=None,
        reconnect_since=None,
        reconnect_because=None,
        limited_since=None,
        limited_until=None,
        failing_since=None,
        failures=0,
        version=account.version + 1,
    )
    data = SocialAccountDisconnected(
        account_id=account.id,
        artist_id=account.artist_id,
        provider=account.provider,
        display_name=account.display_name,
    )
    without_tokens = (
        revocations.begin(account, now)
        if revokes
        else [tokens_store.delete(account.artist_id, account.id)]
    )
    accounts_store.save(
        ended,
        events=[new_event("social", account.id, data, now)] if publishes else [],
        also=[accounts_store.unlink(account), *without_tokens],
    )


def is_last_of_login(account: SocialAccount) -> bool:
    """Return whether no other connected account lives by what the same person allowed.

    Providers revoke all that a person allowed: two pages of Facebook have one grant.
    """
    if account.login_subject is None:
        return True
    same = accounts_store.list_by_login(account.provider, account.login_subject)
    return not any(each.is_connected and each.id != account.id for each in same)
