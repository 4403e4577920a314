"""Erasure of a deleted account's data. Other features have the event of the deletion themselves.

The tombstone of the account comes first, so that no request which is still under way connects
anything afterwards. Each step can be repeated: the event is delivered again until all of them
succeed. Tokens are revoked where the provider responds, and forgotten after a day.
"""

from datetime import datetime

from shared.data.conflicts import retry_on_conflict
from social.store import accounts as accounts_store
from social.store import bookings as bookings_store
from social.store import conversations
from social.use_cases import disconnecting, revocations


def erase(user_id: str, now: datetime) -> None:
    """Erase what is stored about a user."""
    for account in accounts_store.list_accounts(user_id):
        _end(user_id, account.id, now)
        revocations.try_now(account.id, now)
        conversations.delete_account(account.id)
    accounts_store.delete_all(user_id)
    bookings_store.delete_person(user_id)
    accounts_store.erase_kept_events(user_id)


@retry_on_conflict
def _end(user_id: str, account_id: str, now: datetime) -> None:
    account = accounts_store.find_account(user_id, account_id)
    if account is not None and account.is_connected:
        disconnecting.end(account, now, revokes=True, publishes=False)
