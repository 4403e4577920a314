"""notifications' MongoDB database, and the only module that talks to it.

collection     _id                        what
contacts       <userId>                   Contact: how a user can be reached; what is left of an
                                          erased one goes by TTL, and so does a name whose user
                                          never proved an address
subscriptions  sub_<hash of endpoint>     Subscription: a browser that takes Web Push
templates      tpl_<ulid>                 Template: one version; documents are only ever added
deliveries     dlv_<ulid>                 Delivery: one message on its way (TTL); its own outbox
inbox          ibx_<hash>                 InboxEntry: what a user finds in the app (TTL), kept by
                                          `inbox_store`
acquaintances  <artistId> <clientId>      the clients an artist works with
conversations  <artistId> <clientId>      where the two talk
heard          <appointmentId>,           Heard: the newest of what was heard, so that nothing older
               <appointmentId> deposit,   is told after it (TTL)
               <proposalId>

The unique index of `deliveries` carries the promise that nobody is told twice of one event, and so
do the ids in `inbox`.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec
from pymongo import ASCENDING, DESCENDING, IndexModel, MongoClient, ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from notifications.records import (
    Channel,
    Contact,
    Delivery,
    Heard,
    OneTapAction,
    PendingPhone,
    Status,
    Step,
    Subscription,
    Template,
)
from shared import mongo
from shared.caller import Role
from shared.config import secret
from shared.contention import Conflict
from shared.mongo import Document

# A late event may still arrive after a user was erased, or after a newer one; the queues keep one
# for 14 days at most.
TOMBSTONE_LIFETIME = timedelta(days=90)
HEARD_LIFETIME = timedelta(days=90)
UNPROVEN_LIFETIME = timedelta(days=90)
DUPLICATE_KEY = 11000
NOTE_ATTEMPTS = 3

_EXPIRY = IndexModel("expiresAt", name="expiry", expireAfterSeconds=0)
_OF_TWO = [IndexModel("artistId", name="of_artist"), IndexModel("clientId", name="of_client")]
INDEXES = {
    "contacts": [_EXPIRY],
    "subscriptions": [
        IndexModel([("userId", ASCENDING), ("registeredAt", DESCENDING)], name="of_user"),
    ],
    "templates": [
        IndexModel(
            [
                ("owner", ASCENDING),
                ("name", ASCENDING),
                ("locale", ASCENDING),
                ("version", DESCENDING),
            ],
            name="version",
            unique=True,
        ),
    ],
    "deliveries": [
        IndexModel(
            [("recipientKey", ASCENDING), ("channel", ASCENDING), ("eventId", ASCENDING)],
            name="once",
            unique=True,
        ),
        IndexModel("notificationId", name="of_notification"),
        IndexModel("recipientId", name="of_recipient"),
        IndexModel([("status", ASCENDING), ("dueAt", ASCENDING)], name="due"),
        _EXPIRY,
    ],
    "inbox": [
        IndexModel([("userId", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)], name="listed"),
        IndexModel(
            [("userId", ASCENDING), ("unreadAt", DESCENDING), ("_id", DESCENDING)], name="unread"
        ),
        _EXPIRY,
    ],
    "acquaintances": _OF_TWO,
    "conversations": _OF_TWO,
    "heard": [_EXPIRY],
}


@lru_cache
def client() -> MongoClient[Document]:
    """The connection, one per container, whatever becomes of its first use."""
    return mongo.connect(secret("mongo")["MONGO_URI"])


@lru_cache
def database() -> Database[Document]:
    """The database, its indexes ensured: once per container, on first use."""
    notifications = client().notifications
    ensure_indexes(notifications)
    return notifications


def ensure_indexes(notifications: Database[Document]) -> None:
    """Create the indexes that are missing; those that exist are left alone."""
    for collection, indexes in INDEXES.items():
        notifications[collection].create_indexes(indexes)


def ping() -> None:
    """Raise unless the database answers."""
    database().command("ping")


# ---- contacts ----------------------------------------------------------------------------------


def find_contact(user_id: str) -> Contact | None:
    """The user's contact, what is left of an erased one included."""
    return mongo.found(_contacts().find_one(user_id), Contact)


def tell_contact(user_id: str, email: str, name: str, role: Role, told_at: datetime) -> None:
    """Keep what an event of `told_at` says, unless a later one was heard or the user erased.

    The name is the first one: that of a profile comes before it.
    """
    older = {"_id": user_id, "erasedAt": None, "toldAt": {"$not": {"$gte": told_at}}}
    told = {"email": email, "role": role.value, "toldAt": told_at}
    change = {"$set": told, "$unset": {"expiresAt": ""}}
    with suppress(DuplicateKeyError):  # the document exists and is not older: what it says stays
        _contacts().update_one(older, change, upsert=True)
    unnamed = {"_id": user_id, "erasedAt": None, "toldAt": told_at, "nameVersion": None}
    _contacts().update_one(unnamed, {"$set": {"name": name}})


def tell_name(user_id: str, name: str, version: int, now: datetime) -> None:
    """Keep the name of this version of a profile, unless a newer was heard or the user erased.

    The same version again repairs what is kept. A profile may be heard of before the contact; it
    goes by itself where none follows.
    """
    _tell_newest(user_id, "nameVersion", version, {"name": name}, now)


def tell_one_tap(
    user_id: str, actions: Sequence[OneTapAction], version: int, now: datetime
) -> None:
    """Keep what this version of an artist's row offers, as `tell_name` does a name."""
    offered = [mongo.document(action) for action in actions]
    _tell_newest(user_id, "oneTapVersion", version, {"oneTap": offered}, now)


def find_contacts(user_ids: Sequence[str]) -> list[Contact]:
    """Those of these users' contacts that have a name, in no order."""
    return _named({"$in": list(user_ids)}, len(user_ids))


def list_named(after: str, limit: int) -> list[Contact]:
    """The contacts that have a name, by id, after that one."""
    return _named({"$gt": after}, limit)


def put_pending_phone(user_id: str, pending: PendingPhone) -> None:
    """Keep a number that waits for its code, in place of an earlier one."""
    change = {"$set": {"pendingPhone": mongo.document(pending)}}
    try:
        _contacts().update_one({"_id": user_id, "erasedAt": None}, change, upsert=True)
    except DuplicateKeyError:
        return  # erased at this very moment


def confirm_phone(user_id: str, pending: PendingPhone) -> bool:
    """Make the pending number the user's; False when it is no longer the one that waits."""
    waiting = {"_id": user_id, "pendingPhone.codeHash": pending.code_hash}
    change = {"$set": {"phone": pending.phone, "pendingPhone": None}}
    return _contacts().update_one(waiting, change).modified_count == 1


def remove_phone(user_id: str) -> None:
    """Forget the user's number, a pending one included."""
    _contacts().update_one({"_id": user_id}, {"$set": {"phone": None, "pendingPhone": None}})


def erase_user(user_id: str, now: datetime) -> None:
    """Erase what is kept of a user; the tombstone comes first, so that nothing grows back."""
    erased = Contact(id=user_id, erased_at=now)
    document = mongo.document(erased) | {"expiresAt": now + TOMBSTONE_LIFETIME}
    _contacts().replace_one({"_id": user_id}, document, upsert=True)
    _subscriptions().delete_many({"userId": user_id})
    _templates().delete_many({"owner": user_id})
    theirs = {"$or": [{"artistId": user_id}, {"clientId": user_id}]}
    _acquaintances().delete_many(theirs)
    _conversations().delete_many(theirs)
    _deliveries().update_many({"recipientId": user_id}, {"$set": {"content": None, "address": ""}})
    database().inbox.delete_many({"userId": user_id})


# ---- appointments ------------------------------------------------------------------------------


def hear(
    subject: str,
    version: int,
    now: datetime,
    *,
    client_booked: bool = False,
    confirmed: bool = False,
) -> Heard:
    """Note that a fact of this version was heard of the subject; all that is known of it by now."""
    marks = {"clientBooked": client_booked, "confirmed": confirmed}
    known = {name: True for name, is_so in marks.items() if is_so}
    change = {
        "$max": {"version": version},
        "$set": {"expiresAt": now + HEARD_LIFETIME} | known,
    }
    _heard().update_one({"_id": subject}, change, upsert=True)
    heard = _heard().find_one(subject)
    return msgspec.convert(heard, Heard)


def acquaint(artist_id: str, client_id: str) -> None:
    """Let the artist work with the client from now on, unless one of them is erased."""
    _keep_of_two(_acquaintances(), artist_id, client_id, {})


def are_acquainted(artist_id: str, client_id: str) -> bool:
    """Whether the artist works with the client."""
    return _acquaintances().find_one(_pair_id(artist_id, client_id)) is not None


def keep_conversation(artist_id: str, client_id: str, conversation_id: str) -> None:
    """Keep where these two talk, unless one of them is erased."""
    about = {"conversationId": conversation_id}
    _keep_of_two(_conversations(), artist_id, client_id, about)


def find_conversation_id(artist_id: str, client_id: str) -> str | None:
    """Where these two talk, as far as it was heard of."""
    kept = _conversations().find_one(_pair_id(artist_id, client_id))
    return kept["conversationId"] if kept else None


# ---- subscriptions -----------------------------------------------------------------------------


def find_subscription(subscription_id: str, user_id: str | None) -> Subscription | None:
    """The subscription if it is the user's."""
    kept = _subscriptions().find_one({"_id": subscription_id, "userId": user_id})
    return mongo.found(kept, Subscription)


def subscription_ids(user_id: str) -> list[str]:
    """The ids of the user's subscriptions, newest first."""
    newest_first = [("registeredAt", DESCENDING), ("_id", DESCENDING)]
    found = _subscriptions().find({"userId": user_id}, {"_id": True}, sort=newest_first)
    return [document["_id"] for document in found]


def put_subscription(subscription: Subscription) -> None:
    """Keep the subscription; one of the same endpoint becomes this one."""
    document = mongo.document(subscription)
    _subscriptions().replace_one({"_id": subscription.id}, document, upsert=True)


def delete_subscriptions(subscription_ids: Sequence[str], user_id: str | None) -> bool:
    """Delete those that are the user's; whether there were any."""
    those = {"_id": {"$in": list(subscription_ids)}, "userId": user_id}
    return _subscriptions().delete_many(those).deleted_count > 0


# ---- templates ---------------------------------------------------------------------------------


def newest_templates(owners: Iterable[str], name: str | None = None) -> list[Template]:
    """The newest version of each template of these owners, of one name or of all, by name."""
    wanted: Document = {"owner": {"$in": list(owners)}}
    if name is not None:
        wanted["name"] = name
    identity = {"owner": "$owner", "name": "$name", "locale": "$locale"}
    newest_first = {"owner": 1, "name": 1, "locale": 1, "version": -1}
    found = _templates().aggregate(
        [
            {"$match": wanted},
            {"$sort": newest_first},
            {"$group": {"_id": identity, "newest": {"$first": "$$ROOT"}}},
            {"$replaceRoot": {"newRoot": "$newest"}},
            {"$sort": {"name": 1, "locale": 1, "owner": 1}},
        ]
    )
    return [msgspec.convert(document, Template) for document in found]


def find_template(template_id: str, owners: Iterable[str]) -> Template | None:
    """That version of a template if it is one of these owners'."""
    kept = _templates().find_one({"_id": template_id, "owner": {"$in": list(owners)}})
    return mongo.found(kept, Template)


def add_template(template: Template) -> None:
    """Add a version. Raises Conflict when it was added meanwhile."""
    try:
        _templates().insert_one(mongo.document(template))
    except DuplicateKeyError as error:
        raise Conflict from error


# ---- deliveries --------------------------------------------------------------------------------


def add_deliveries(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Add them in one write and return those that are new: the others' event was told already."""
    try:
        documents = [mongo.document(delivery) for delivery in deliveries]
        _deliveries().insert_many(documents, ordered=False)
    except BulkWriteError as error:
        failures = error.details["writeErrors"]
        if any(failure["code"] != DUPLICATE_KEY for failure in failures):
            raise
        told = {failure["index"] for failure in failures}
        return [delivery for at, delivery in enumerate(deliveries) if at not in told]
    return list(deliveries)


def find_deliveries(notification_id: str) -> list[Delivery]:
    """The deliveries of a notification, oldest first."""
    found = _deliveries().find({"notificationId": notification_id}, sort=[("_id", ASCENDING)])
    return [msgspec.convert(document, Delivery) for document in found]


def find_delivery(delivery_id: str) -> Delivery | None:
    """The delivery."""
    return mongo.found(_deliveries().find_one(delivery_id), Delivery)


def due_deliveries(now: datetime, limit: int) -> list[Delivery]:
    """Queued deliveries that should be on their queue by now and are not known to be."""
    due = {"status": Status.QUEUED.value, "dueAt": {"$lte": now}}
    found = _deliveries().find(due, sort=[("dueAt", ASCENDING)], limit=limit)
    return [msgspec.convert(document, Delivery) for document in found]


def mark_enqueued(delivery_ids: Sequence[str]) -> None:
    """Note that they are on their queue, so that the sweeper leaves them to it."""
    _deliveries().update_many({"_id": {"$in": list(delivery_ids)}}, {"$set": {"dueAt": None}})


def claim(
    delivery_id: str, channel: Channel, now: datetime, lease_until: datetime
) -> Delivery | None:
    """Take a delivery for sending, atomically; None when it is not there to be taken.

    Free are queued ones, failed ones that may be tried again, and ones whose worker died.
    """
    free = {
        "_id": delivery_id,
        "channel": channel.value,
        "$or": [
            {"status": Status.QUEUED.value},
            {"status": Status.FAILED.value, "retryable": True},
            {"status": Status.SENDING.value, "leaseUntil": {"$lte": now}},
        ],
    }
    change = {
        "$set": {"status": Status.SENDING.value, "leaseUntil": lease_until, "dueAt": None},
        "$inc": {"attempts": 1},
        "$push": {"timeline": mongo.document(Step(status=Status.SENDING, at=now))},
    }
    claimed = _deliveries().find_one_and_update(free, change, return_document=ReturnDocument.AFTER)
    return mongo.found(claimed, Delivery)


def record(
    delivery: Delivery,
    step: Step,
    *,
    reason: str | None = None,
    provider_reference: str | None = None,
    erase_content: bool = False,
) -> None:
    """Write down what became of a claimed delivery, and give up the claim."""
    changes: Document = {
        "status": step.status.value,
        "reason": reason,
        "retryable": False,
        "leaseUntil": None,
        "providerReference": provider_reference,
    }
    if erase_content:
        changes["content"] = None
    change = {"$set": changes, "$push": {"timeline": mongo.document(step)}}
    claimed = {"_id": delivery.id, "status": Status.SENDING.value}
    for tries_left in reversed(range(NOTE_ATTEMPTS)):
        try:
            _deliveries().update_one(claimed, change)
            return
        except PyMongoError:  # the note of a yes that is lost makes a second copy: try again
            if not tries_left:
                raise


def fail_for_now(delivery_id: str, step: Step) -> bool:
    """Mark a delivery that is still open as failed, to be tried again by an operator.

    Its reason stays that of the last attempt. False when it is over already.
    """
    open_ = {"_id": delivery_id, "status": {"$in": [Status.QUEUED.value, Status.SENDING.value]}}
    change = {
        "$set": {"status": Status.FAILED.value, "retryable": True, "leaseUntil": None},
        "$push": {"timeline": mongo.document(step)},
    }
    return _deliveries().update_one(open_, change).modified_count == 1


# ---- helpers -----------------------------------------------------------------------------------


def _tell_newest(
    user_id: str, version_field: str, version: int, told: Document, now: datetime
) -> None:
    older = {"_id": user_id, "erasedAt": None, version_field: {"$not": {"$gt": version}}}
    change = {
        "$set": told | {version_field: version},
        "$setOnInsert": {"expiresAt": now + UNPROVEN_LIFETIME},
    }
    try:
        _contacts().update_one(older, change, upsert=True)
    except DuplicateKeyError:
        return  # the document exists and is not older


def _keep_of_two(
    collection: Collection[Document], artist_id: str, client_id: str, about: Document
) -> None:
    kept = {"_id": _pair_id(artist_id, client_id)}
    first = {"artistId": artist_id, "clientId": client_id} | about
    collection.update_one(kept, {"$setOnInsert": first}, upsert=True)
    # Looked up afterwards: whoever is erased at this very moment had their tombstone first.
    erased = {"_id": {"$in": [artist_id, client_id]}, "erasedAt": {"$ne": None}}
    if _contacts().find_one(erased) is not None:
        collection.delete_one(kept)


def _named(which: Document, limit: int) -> list[Contact]:
    wanted = {"_id": which, "erasedAt": None, "name": {"$gt": ""}}
    found = _contacts().find(wanted, sort=[("_id", ASCENDING)], limit=limit)
    return [msgspec.convert(document, Contact) for document in found]


def _contacts() -> Collection[Document]:
    return database().contacts


def _subscriptions() -> Collection[Document]:
    return database().subscriptions


def _templates() -> Collection[Document]:
    return database().templates


def _deliveries() -> Collection[Document]:
    return database().deliveries


def _acquaintances() -> Collection[Document]:
    return database().acquaintances


def _conversations() -> Collection[Document]:
    return database().conversations


def _heard() -> Collection[Document]:
    return database().heard


def _pair_id(artist_id: str, client_id: str) -> str:
    return f"{artist_id} {client_id}"
