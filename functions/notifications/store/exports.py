"""What a user's export holds of the database."""

from notifications.models import MessageCategory
from notifications.store import database
from shared.data.exports import MAX_RECORDS
from shared.data.mongodb import Document

_SHOWN = ("channel", "address", "content", "category", "createdAt", "status", "timeline")


def list_deliveries(user_id: str) -> list[Document]:
    """List what was sent to a user, without security messages, which hold codes."""
    wanted = {"recipientId": user_id, "category": {"$ne": MessageCategory.SECURITY}}
    found = database().deliveries.find(wanted, {"_id": False, **dict.fromkeys(_SHOWN, True)})
    return list(found.limit(MAX_RECORDS))


def list_inbox(user_id: str) -> list[Document]:
    """List the entries of a user's inbox."""
    return list(database().inbox.find({"userId": user_id}, {"about": False}).limit(MAX_RECORDS))
