"""notifications' MongoDB database, which only the modules of this package talk to.

collection     _id                        what
contacts       <userId>                   Contact: how a user can be reached; what is left of an
                                          erased one goes by TTL, and so does a name whose user
                                          never proved an address
subscriptions  sub_<hash of endpoint>     Subscription: a browser that takes Web Push
templates      tpl_<ulid>                 Template: one version; documents are only ever added
deliveries     dlv_<ulid>                 Delivery: one message on its way (TTL); its own outbox
inbox          ibx_<hash>                 InboxEntry: what a user finds in the app (TTL)
acquaintances  <artistId> <clientId>      the clients an artist works with
conversations  <artistId> <clientId>      where the two talk
heard          <appointmentId>,           Heard: the newest of what was heard, so that nothing older
               <appointmentId> deposit,   is told after it (TTL)
               <proposalId>

The unique index of `deliveries` carries the promise that nobody is told twice of one event, and so
do the ids in `inbox`.
"""

from functools import lru_cache

from pymongo import ASCENDING, DESCENDING, IndexModel, MongoClient
from pymongo.database import Database

from shared.data import mongodb
from shared.data.mongodb import Document
from shared.platform.config import secret

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
    return mongodb.connect(secret("mongo")["MONGO_URI"])


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
