"""messaging's MongoDB database. Only the modules of this package talk to it.

collection      _id          what
people          <userId>     Person: the card of a user, copied by events
conversations   cnv_<ulid>   Conversation: one per artist and client; its own outbox
messages        msg_<ulid>   Message: never removed, but emptied; its own outbox
files           <fileId>     File: what may be attached
settings        <artistId>   Settings
reports         rpt_<ulid>   Report: for admins (TTL once closed)
connections     <API Gateway's>  Connection: an open WebSocket (TTL; closed by the sweeper before)
tickets         <hash>       Ticket: opens a WebSocket, once (TTL)

The unique indexes of `messages` carry the promises: `sequence` that no two have one place, `sent`
that a client's repetition and `told` that an event's post nothing twice, `revision` that whoever
has seen a revision has seen all before it.

Queries name both ends of a range wherever they can: an index serves them then on any server.
"""

from datetime import UTC, datetime
from functools import lru_cache

from pymongo import ASCENDING, DESCENDING, IndexModel, MongoClient
from pymongo.database import Database

from shared.data import mongodb
from shared.data.mongodb import Document
from shared.platform.config import secret

# In partial indexes: set at all. Comparisons are what MongoDB sees through when it plans.
A_TEXT = {"$gt": ""}
A_TIME = {"$gt": datetime(1970, 1, 1, tzinfo=UTC)}


def _due() -> IndexModel:
    return IndexModel("dueAt", name="due", partialFilterExpression={"dueAt": A_TIME})


INDEXES = {
    "people": [],
    "conversations": [
        IndexModel([("artistId", ASCENDING), ("clientId", ASCENDING)], name="of_pair", unique=True),
        IndexModel(
            [("artistId", ASCENDING), ("activeAt", DESCENDING), ("_id", DESCENDING)],
            name="of_artist",
        ),
        IndexModel(
            [("clientId", ASCENDING), ("activeAt", DESCENDING), ("_id", DESCENDING)],
            name="of_client",
        ),
        _due(),
    ],
    "messages": [
        IndexModel(
            [("conversationId", ASCENDING), ("sequence", ASCENDING)], name="sequence", unique=True
        ),
        IndexModel(
            [("conversationId", ASCENDING), ("revision", ASCENDING)], name="revision", unique=True
        ),
        IndexModel(
            [
                ("senderId", ASCENDING),
                ("conversationId", ASCENDING),
                ("clientMessageId", ASCENDING),
            ],
            name="sent",
            unique=True,
            partialFilterExpression={"clientMessageId": A_TEXT},
        ),
        IndexModel(
            [("source", ASCENDING), ("conversationId", ASCENDING)],
            name="told",
            unique=True,
            partialFilterExpression={"source": A_TEXT},
        ),
        IndexModel([("authorId", ASCENDING), ("unrevised", ASCENDING)], name="of_author"),
        _due(),
    ],
    "files": [IndexModel("ownerId", name="of_owner")],
    "settings": [],
    "reports": [
        IndexModel(
            [("reporterId", ASCENDING), ("conversationId", ASCENDING), ("messageId", ASCENDING)],
            name="once",
            unique=True,
            partialFilterExpression={"reporterId": A_TEXT},
        ),
        IndexModel([("closedAt", ASCENDING), ("_id", ASCENDING)], name="open"),
        IndexModel("reportedId", name="of_reported"),
        IndexModel("conversationId", name="of_conversation"),
        IndexModel("expiresAt", name="expiry", expireAfterSeconds=0),
    ],
    "connections": [
        IndexModel([("userId", ASCENDING), ("openedAt", ASCENDING)], name="of_user"),
        IndexModel(
            "counterpartId", name="watching", partialFilterExpression={"counterpartId": A_TEXT}
        ),
        IndexModel(
            "conversationId", name="shown", partialFilterExpression={"conversationId": A_TEXT}
        ),
        # The sweeper closes them; this is for those it never reached.
        IndexModel("expiresAt", name="expiry", expireAfterSeconds=3600),
    ],
    "tickets": [
        IndexModel("userId", name="of_user"),
        IndexModel("expiresAt", name="expiry", expireAfterSeconds=0),
    ],
}


@lru_cache
def client() -> MongoClient[Document]:
    """The connection, one per container, whatever becomes of its first use."""
    return mongodb.connect(secret("messaging-mongo")["MESSAGING_MONGO_URI"])


@lru_cache
def database() -> Database[Document]:
    """The database, its indexes ensured: once per container, on first use."""
    messaging = client().messaging
    ensure_indexes(messaging)
    return messaging


def ensure_indexes(messaging: Database[Document]) -> None:
    """Create the indexes that are missing; those that exist are left alone."""
    for collection, indexes in INDEXES.items():
        if indexes:
            messaging[collection].create_indexes(indexes)


def ping() -> None:
    """Raise unless the database answers."""
    database().command("ping")
