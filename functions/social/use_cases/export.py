"""The share of social in the export of a user's data. Tokens are no part of it."""

from social.store import accounts as accounts_store
from social.store import media as media_store


def gather(user_id: str) -> dict[str, object]:
    """Return what is stored about a user, by kind."""
    return {
        "accounts": accounts_store.list_accounts(user_id),
        "mediaImports": media_store.list_all(user_id),
    }
