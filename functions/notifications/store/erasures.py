"""Erasing what is kept of a user."""

from datetime import datetime, timedelta

from notifications.models import Contact
from notifications.store import database
from shared.data import mongodb

# A late event may still arrive after a user was erased; the queues keep one for 14 days at most.
TOMBSTONE_LIFETIME = timedelta(days=90)


def erase_user(user_id: str, now: datetime) -> None:
    """Erase what is kept of a user; the tombstone comes first, so that nothing grows back."""
    erased = Contact(id=user_id, erased_at=now)
    document = mongodb.to_document(erased) | {"expiresAt": now + TOMBSTONE_LIFETIME}
    database().contacts.replace_one({"_id": user_id}, document, upsert=True)
    database().subscriptions.delete_many({"userId": user_id})
    database().templates.delete_many({"owner": user_id})
    theirs = {"$or": [{"artistId": user_id}, {"clientId": user_id}]}
    database().acquaintances.delete_many(theirs)
    database().conversations.delete_many(theirs)
    database().deliveries.update_many(
        {"recipientId": user_id}, {"$set": {"content": None, "address": ""}}
    )
    database().inbox.delete_many({"userId": user_id})
