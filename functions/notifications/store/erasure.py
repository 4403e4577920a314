"""Erasure of a user's data, and of what others received about them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING

from notifications.models import Channel, Contact, InboxContent
from notifications.rules import delivery_states
from notifications.store import database, suppressions
from notifications.store.contacts import find_contact
from shared.data import mongodb

# A late event may still arrive after a user is erased; queues retain one for 14 days at most.
TOMBSTONE_LIFETIME = timedelta(days=90)
# What was on its way during the first run was sent or given up by then.
LAST_RUN_AFTER = timedelta(hours=1)
MAX_DUE = 100
# What remains of an entry of somebody else's inbox.
ERASED = InboxContent("A notification", "It was about an account that was deleted.")
OVER = sorted(status.value for status in delivery_states.OVER)


def erase_user(user_id: str, now: datetime) -> None:
    """Erase a user's data; the tombstone is written first, so that nothing comes back.

    Others keep that they were notified of something, but neither the name nor words of the user.
    What is being sent to them is left to the last run.
    """
    contact = find_contact(user_id) or Contact(id=user_id)
    erased_at = contact.erased_at or now
    tombstone = Contact(id=user_id, erased_at=erased_at, erase_again_at=erased_at + LAST_RUN_AFTER)
    document = mongodb.to_document(tombstone) | {"expiresAt": erased_at + TOMBSTONE_LIFETIME}
    del document["preferences"]  # not even empty ones
    database().contacts.replace_one({"_id": user_id}, document, upsert=True)
    _erase_addresses(filter(None, (contact.email, contact.phone)))
    if contact.email is not None:
        suppressions.forget(Channel.EMAIL, contact.email)
    if contact.phone is not None:
        suppressions.forget(Channel.SMS, contact.phone)
    _erase_own(user_id)
    is_over = {"status": {"$in": OVER}}
    goes_later = [{"sendAt": {"$gt": now}}, {"digestId": {"$gt": ""}}]
    _erase_about(user_id, {"$or": [is_over, *goes_later]}, {})


def erase_again(user_id: str, erased_at: datetime, expired_at: datetime) -> None:
    """Run the erasure for the last time.

    What others were notified of after the first run is without the name, and stays.

    Args:
        user_id: The user.
        erased_at: When the first run was.
        expired_at: When an inbox entry of that moment expires.
    """
    _erase_own(user_id)
    # A digest may be made later of what was gathered before.
    older = [{"createdAt": {"$lte": erased_at}}, {"gathered.0": {"$exists": True}}]
    _erase_about(user_id, {"$or": older}, {"expiresAt": {"$lte": expired_at}})
    database().contacts.update_one({"_id": user_id}, {"$set": {"eraseAgainAt": None}})


def list_due(now: datetime) -> list[Contact]:
    """List the tombstones of erasures whose last run is due."""
    epoch = datetime.fromtimestamp(0, now.tzinfo)
    documents = database().contacts.find(
        {"eraseAgainAt": {"$gt": epoch, "$lte": now}},
        sort=[("eraseAgainAt", ASCENDING)],
        limit=MAX_DUE,
    )
    found = (mongodb.to_record(document, Contact) for document in documents)
    return [contact for contact in found if contact is not None]


def _erase_own(user_id: str) -> None:
    database().subscriptions.delete_many({"userId": user_id})
    database().templates.delete_many({"owner": user_id})
    database().brands.delete_one({"_id": user_id})
    of_user = {"$or": [{"artistId": user_id}, {"clientId": user_id}]}
    database().acquaintances.delete_many(of_user)
    database().conversations.delete_many(of_user)
    database().reminders.delete_many(of_user)
    database().settings.delete_one({"_id": user_id})
    database().sms_spending.delete_many({"accountId": user_id})
    database().deliveries.update_many(
        {"recipientId": user_id}, {"$set": {"content": None, "address": ""}}
    )
    database().inbox.delete_many({"userId": user_id})
    database().inbox_counters.delete_one({"_id": user_id})
    database().throttles.delete_many({"userId": user_id})


def _erase_about(user_id: str, deliveries: dict[str, Any], entries: dict[str, Any]) -> None:
    """Erase the content of others' deliveries and inbox entries that are about the user."""
    about = {"about": user_id}
    database().deliveries.update_many(about | deliveries, {"$set": {"content": None}})
    listed = about | entries | {"content": {"$ne": None}}
    content = mongodb.to_document(ERASED)
    database().inbox.update_many(listed, {"$set": {"content": content}, "$inc": {"revision": 1}})


def _erase_addresses(addresses: Iterable[str]) -> None:
    """Erase deliveries that others sent to an address of the user, without naming the user."""
    for address in addresses:
        for delivery in database().deliveries.find({"recipientKey": address}, {"_id": True}):
            erased = {"content": None, "address": "", "recipientKey": f"erased {delivery['_id']}"}
            database().deliveries.update_one({"_id": delivery["_id"]}, {"$set": erased})
