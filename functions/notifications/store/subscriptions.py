"""Push subscriptions in the database."""

from collections.abc import Sequence

from pymongo import DESCENDING, UpdateOne
from pymongo.collection import Collection

from notifications.models import PushSubscription
from notifications.store import database
from shared.data import mongodb
from shared.data.mongodb import Document


def find(subscription_id: str, user_id: str | None) -> PushSubscription | None:
    """Find a subscription of the user."""
    document = _subscriptions().find_one({"_id": subscription_id, "userId": user_id})
    return mongodb.to_record(document, PushSubscription)


def find_many(subscription_ids: Sequence[str]) -> dict[str, PushSubscription]:
    """Find subscriptions of any users in one read, by their ids."""
    documents = _subscriptions().find({"_id": {"$in": list(subscription_ids)}})
    found = (mongodb.to_record(document, PushSubscription) for document in documents)
    return {subscription.id: subscription for subscription in found if subscription is not None}


def list_ids(user_id: str) -> list[str]:
    """List the ids of the user's subscriptions, newest first."""
    newest_first = [("registeredAt", DESCENDING), ("_id", DESCENDING)]
    documents = _subscriptions().find({"userId": user_id}, {"_id": True}, sort=newest_first)
    return [document["_id"] for document in documents]


def save(subscription: PushSubscription) -> None:
    """Save a subscription, in place of the one of the same endpoint."""
    document = mongodb.to_document(subscription)
    _subscriptions().replace_one({"_id": subscription.id}, document, upsert=True)


def save_endpoint_states(subscriptions: Sequence[PushSubscription]) -> None:
    """Save how the endpoints of subscriptions fail, unless the browsers subscribed again since."""
    _subscriptions().bulk_write(
        [
            UpdateOne(
                {"_id": each.id, "userId": each.user_id, "registeredAt": each.registered_at},
                {
                    "$set": {
                        "failures": each.failures,
                        "failingSince": each.failing_since,
                        "nextTryAt": each.next_try_at,
                    }
                },
            )
            for each in subscriptions
        ],
        ordered=False,
    )


def delete(subscription_ids: Sequence[str], user_id: str | None) -> bool:
    """Delete subscriptions of the user. Return whether there were any."""
    query = {"_id": {"$in": list(subscription_ids)}, "userId": user_id}
    return _subscriptions().delete_many(query).deleted_count > 0


def _subscriptions() -> Collection[Document]:
    return database().subscriptions
