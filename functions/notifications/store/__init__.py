"""The MongoDB database of notifications, which only the modules of this package use.

collection      _id                       document
contacts        <userId>                  Contact; what remains of an erased one is deleted by TTL,
                                          and so is a name whose user never verified an address
subscriptions   sub_<hash of endpoint>    PushSubscription
templates       tpl_<ulid>                Template: one version
deliveries      dlv_<ulid>                Delivery (TTL): its own outbox
inbox           ibx_<hash>                InboxEntry (TTL)
inbox_counters  <userId>                  InboxCounter (TTL)
acquaintances   <artistId> <clientId>     a client whom the artist may write to
conversations   <artistId> <clientId>     the conversation of the two, and their blocks
seen_events     <appointmentId>,          SeenEvents (TTL): the newest version that was seen, so
                <appointmentId> deposit,  that nobody is notified of an older one after it
                <proposalId>,
                <consultationId>
suppressions    sup_<hash of channel      Suppression: an address that gets no messages; deleted by
                and address>              TTL once no reason holds
seen_callbacks  <sid>                     an SMS that somebody sent us (TTL), so that the same one
                                          again changes nothing
reminders       <appointmentId>,          Reminders (TTL for those of appointments)
                <artistId> <clientId>
settings        <artistId>                SavedSettings
throttles       <hash>                    the events of which a user was notified in a window (TTL)
brands          <artistId>                Brand
kill_switches   <kind>:<name>             KillSwitch
sms_spending    <userId> <day>            what the user's SMS cost on a day (TTL)
schema          indexes                   digest of the indexes that were created

The unique index of `deliveries` and the ids in `inbox` guarantee that nobody is notified twice of
one event.
"""

from datetime import UTC, datetime
from functools import lru_cache

from pymongo import ASCENDING, DESCENDING, IndexModel, MongoClient
from pymongo.database import Database

from shared.data import mongodb, mongodb_indexes
from shared.data.mongodb import Document
from shared.data.mongodb_indexes import EnsuredIndexes
from shared.platform import config
from shared.platform.config import secret

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # what is later is an instant, and not null
_EXPIRY = IndexModel("expiresAt", name="expiry", expireAfterSeconds=0)
_BY_USERS = [IndexModel("artistId", name="of_artist"), IndexModel("clientId", name="of_client")]
INDEXES = {
    "contacts": [
        _EXPIRY,
        IndexModel(
            "eraseAgainAt",
            name="erasure",
            partialFilterExpression={"eraseAgainAt": {"$gt": EPOCH}},
        ),
    ],
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
        IndexModel(
            [
                ("owner", ASCENDING),
                ("name", ASCENDING),
                ("locale", ASCENDING),
                ("publication", DESCENDING),
            ],
            name="publication",
            unique=True,
            partialFilterExpression={"publication": {"$gt": 0}},
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
        IndexModel("about", name="about"),
        IndexModel("digestId", name="digest", partialFilterExpression={"digestId": {"$gt": ""}}),
        IndexModel("stoppedBy", name="stopped", partialFilterExpression={"stoppedBy": {"$gt": ""}}),
        IndexModel([("status", ASCENDING), ("dueAt", ASCENDING)], name="due"),
        _EXPIRY,
    ],
    "inbox": [
        IndexModel([("userId", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)], name="listed"),
        IndexModel(
            [("userId", ASCENDING), ("unreadAt", DESCENDING), ("_id", DESCENDING)], name="unread"
        ),
        IndexModel("about", name="about"),
        _EXPIRY,
    ],
    "inbox_counters": [_EXPIRY],
    "throttles": [IndexModel("userId", name="of_user"), _EXPIRY],
    "acquaintances": _BY_USERS,
    "conversations": _BY_USERS,
    "seen_events": [_EXPIRY],
    "suppressions": [_EXPIRY],
    "seen_callbacks": [_EXPIRY],
    "reminders": [
        *_BY_USERS,
        IndexModel("dueAt", name="due", partialFilterExpression={"dueAt": {"$gt": EPOCH}}),
        IndexModel(
            "isOutdated", name="outdated", partialFilterExpression={"isOutdated": {"$eq": True}}
        ),
        IndexModel(
            "appointment.proposalId",
            name="of_proposal",
            partialFilterExpression={"appointment.proposalId": {"$gt": ""}},
        ),
        _EXPIRY,
    ],
    "settings": [],
    "brands": [],
    "kill_switches": [],
    "sms_spending": [_EXPIRY, IndexModel("accountId", name="of_account")],
}


@lru_cache
def client() -> MongoClient[Document]:
    """Return the connection, one per container, even if its first use fails."""
    return mongodb.connect(secret("mongo")["MONGO_URI"])


@mongodb.InTime
def database() -> Database[Document]:
    """Return the database; its indexes are checked on first use in a container.

    Raises:
        IndexesMissing: `ensure_indexes` was not run on it.
    """
    notifications = client().notifications
    mongodb_indexes.require(notifications, INDEXES)
    return notifications


def ensure_indexes() -> EnsuredIndexes:
    """Create the indexes that are missing."""
    config.forget()  # the secret may have just been written
    uri = secret("mongo").get("MONGO_URI")
    if uri is None:
        return EnsuredIndexes([], is_configured=False)
    with mongodb.connect(uri) as connected:
        return mongodb_indexes.ensure(connected.notifications, INDEXES)


def ping() -> None:
    """Raise unless the database answers and has its indexes."""
    mongodb_indexes.ping(client().notifications, INDEXES)
