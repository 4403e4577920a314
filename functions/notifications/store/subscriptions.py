"""Subscriptions in the database."""

from collections.abc import Sequence

from pymongo import DESCENDING
from pymongo.collection import Collection

from notifications.models import Subscription
from notifications.store import database
from shared.data import mongodb
from shared.data.mongodb import Document


def find_subscription(subscription_id: str, user_id: str | None) -> Subscription | None:
    """The subscription if it is the user's."""
    kept = _subscriptions().find_one({"_id": subscription_id, "userId": user_id})
    return mongodb.to_record(kept, Subscription)


def subscription_ids(user_id: str) -> list[str]:
    """The ids of the user's subscriptions, newest first."""
    newest_first = [("registeredAt", DESCENDING), ("_id", DESCENDING)]
    found = _subscriptions().find({"userId": user_id}, {"_id": True}, sort=newest_first)
    return [document["_id"] for document in found]


def put_subscription(subscription: Subscription) -> None:
    """Keep the subscription; one of the same endpoint becomes this one."""
    document = mongodb.to_document(subscription)
    _subscriptions().replace_one({"_id": subscription.id}, document, upsert=True)


def delete_subscriptions(subscription_ids: Sequence[str], user_id: str | None) -> bool:
    """Delete those that are the user's; whether there were any."""
    those = {"_id": {"$in": list(subscription_ids)}, "userId": user_id}
    return _subscriptions().delete_many(those).deleted_count > 0


def _subscriptions() -> Collection[Document]:
    return database().subscriptions
