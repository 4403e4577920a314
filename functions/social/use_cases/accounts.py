"""An artist's social accounts."""

from datetime import datetime

from domain.errors import NotFound
from shared.http.caller import Caller
from social.models import SocialAccount
from social.providers import registry
from social.rules import health, scopes
from social.rules.health import HealthState
from social.schemas import AccountHealth, SocialAccountList, SocialAccountView, SocialProviderView
from social.store import accounts as accounts_store

_ADVICE = {
    HealthState.OK: "There is nothing to do.",
    HealthState.EXPIRING: "Access ends soon and could not be renewed. Connect the account again.",
    HealthState.FAILING: "The provider does not respond as it should. We keep trying.",
    HealthState.LIMITED: "The provider allows no more calls for a while. We go on after that.",
    HealthState.NEEDS_RECONNECT: "Connect the account again. Until then nothing arrives from it.",
}


def list_own(caller: Caller, now: datetime) -> SocialAccountList:
    """List the caller's connected accounts, the oldest first, and the providers."""
    accounts = accounts_store.list_accounts(caller.user_id)
    return SocialAccountList(
        items=[present(each, now) for each in accounts if each.is_connected],
        providers=[
            SocialProviderView(each.id, each.name, each.is_available(), list(each.scopes))
            for each in registry.PROVIDERS.values()
        ],
    )


def require_own(caller: Caller, account_id: str) -> SocialAccount:
    """Return one of the caller's connected accounts.

    Raises:
        NotFound: They have none of this id.
    """
    account = accounts_store.find_account(caller.user_id, account_id)
    if account is None or not account.is_connected:
        raise NotFound("You have no such account.")
    return account


def present(account: SocialAccount, now: datetime) -> SocialAccountView:
    """Return an account as its artist sees it."""
    found = health.derive(account, now)
    provider = registry.PROVIDERS.get(account.provider)
    missing = scopes.list_missing(account.scopes, provider.scopes) if provider else ()
    return SocialAccountView(
        id=account.id,
        provider=account.provider,
        display_name=account.display_name,
        handle=account.handle,
        capabilities=list(account.capabilities),
        missing_capabilities=list(missing),
        connected_at=account.connected_at,
        health=AccountHealth(
            state=found.state,
            since=found.since,
            until=found.until,
            action=found.action,
            advice=_ADVICE[found.state],
        ),
    )
