"""Erasure of a user's data."""

from datetime import datetime, timedelta

from notifications.models import Contact
from notifications.store import database
from shared.data import mongodb

# A late event may still arrive after a user is erased; queues retain one for 14 days at most.
TOMBSTONE_LIFETIME = timedelta(days=90)


def erase_user(user_id: str, now: datetime) -> None:
    """Erase a user's data; the tombstone is written first, so that nothing comes back."""
    tombstone = Contact(id=user_id, erased_at=now)
    document = mongodb.to_document(tombstone) | {"expiresAt": now + TOMBSTONE_LIFETIME}
    database().contacts.replace_one({"_id": user_id}, document, upsert=True)
    database().subscriptions.delete_many({"userId": user_id})
    database().templates.delete_many({"owner": user_id})
    of_user = {"$or": [{"artistId": user_id}, {"clientId": user_id}]}
    database().acquaintances.delete_many(of_user)
    database().conversations.delete_many(of_user)
    database().deliveries.update_many(
        {"recipientId": user_id}, {"$set": {"content": None, "address": ""}}
    )
    database().inbox.delete_many({"userId": user_id})
