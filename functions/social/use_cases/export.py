"""The share of social in the export of a user's data. Tokens are no part of it."""

from social.store import accounts as accounts_store
from social.store import calendars as calendars_store


def gather(user_id: str) -> dict[str, object]:
    """Return what is stored about a user, by kind."""
    return {
        "accounts": accounts_store.list_accounts(user_id),
        "calendars": [
            {
                "id": calendar.id,
                "accountId": calendar.account_id,
                "name": calendar.name,
                "isRead": calendar.is_read,
                "isWritten": calendar.is_written,
            }
            for calendar in calendars_store.list_calendars(user_id)
        ],
    }
