"""An artist's social accounts."""

from domain.errors import NotFound
from shared.http.caller import Caller
from social.models import SocialAccount
from social.schemas import SocialAccountList, SocialAccountView
from social.store import accounts as accounts_store


def list_own(caller: Caller) -> SocialAccountList:
    """List the caller's connected accounts, the oldest first."""
    accounts = accounts_store.list_accounts(caller.user_id)
    return SocialAccountList([present(each) for each in accounts if each.is_connected])


def require_own(caller: Caller, account_id: str) -> SocialAccount:
    """Return one of the caller's connected accounts.

    Raises:
        NotFound: They have none of this id.
    """
    account = accounts_store.find_account(caller.user_id, account_id)
    if account is None or not account.is_connected:
        raise NotFound("You have no such account.")
    return account


def present(account: SocialAccount) -> SocialAccountView:
    """Return an account as its artist sees it."""
    return SocialAccountView(
        id=account.id,
        provider=account.provider,
        display_name=account.display_name,
        handle=account.handle,
        capabilities=list(account.capabilities),
        connected_at=account.connected_at,
    )
