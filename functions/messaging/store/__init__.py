"""MongoDB database of messaging. Only the modules of this package access it.

collection      _id                 record
people          <userId>            Person: a copy of a person, kept up to date by events
conversations   cnv_<ulid>          Conversation: one per artist and client; its own outbox
messages        msg_<ulid>          Message: keeps its position when deleted; its own outbox
unread          <userId>            UnreadCounter: unread messages over all conversations
guests          gst_<hash>          Guest: who writes to an artist from a social platform
socialAccounts  sac_<ulid>          SocialAccount: whether replies can be sent through it
files           <fileId>            AttachableFile
settings        <artistId>          MessagingSettings
awayMessages    <artistId>          AwayMessage
hours           <artistId>          ArtistHours: a copy of opening hours, kept up to date by events
responseTimes   <artistId>          ResponseTimes: counts of answers; its own outbox
labels          <userId>            LabelSet: the labels of a user
scheduledMessages smg_<ulid>        ScheduledMessage: sent by the sweeper (TTL once sent)
drafts          <cnv_…> <usr_…>     MessageDraft: what a user has begun to write (TTL)
stars           <userId> <id>       Star: of a message, for one member
reports         rpt_<ulid>          Report: for admins (TTL once closed); its own outbox
linkedPages     <hash>              LinkedPage: what pages say about themselves (TTL)
linkPreviewChoices <userId>         LinkPreviewChoice: who wants no previews of links
connections     <API Gateway's id>  Connection: an open WebSocket (closed by the sweeper; TTL)
tickets         <hash>              Ticket: opens one WebSocket (TTL)
endedSessions   ses_<ulid>          EndedSession: opens none (TTL)
schema          indexes             digest of the indexes that were created

The unique indexes of `messages` guarantee the order and the idempotency of posting: `sequence` that
no two messages have the same position, `revision` that a device which has seen a revision has seen
all before it, `sent` that a repeated request and `told` that a repeated event post nothing twice.

Queries name both ends of a range wherever they can, so that an index serves them on any server.
Index names are part of the database: renaming one needs a migration.
"""

from datetime import UTC, datetime
from functools import lru_cache

from pymongo import ASCENDING, DESCENDING, IndexModel, MongoClient
from pymongo.database import Database

from messaging.models import Side
from shared.data import mongodb, mongodb_indexes
from shared.data.mongodb import Document
from shared.data.mongodb_indexes import EnsuredIndexes
from shared.platform import config
from shared.platform.config import secret

# Filters of partial indexes: the field has a value. MongoDB's planner recognizes comparisons.
ANY_TEXT = {"$gt": ""}
ANY_TIME = {"$gt": datetime(1970, 1, 1, tzinfo=UTC)}
WORDS = "messages.words"  # what the indexes of search begin with
VIEWS = "views"  # what the indexes of the members' views begin with


def _due_index() -> IndexModel:
    return IndexModel("dueAt", name="due", partialFilterExpression={"dueAt": ANY_TIME})


INDEXES = {
    "people": [
        IndexModel(
            "eraseAgainAt",
            name="erasure",
            partialFilterExpression={"eraseAgainAt": ANY_TIME},
        ),
    ],
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
        IndexModel(
            [("artistId", ASCENDING), ("awaitingSince", ASCENDING)],
            name="awaiting",
            partialFilterExpression={"awaitingSince": ANY_TIME},
        ),
        *(
            IndexModel(
                [
                    (f"{side}Id", ASCENDING),
                    (f"{side}.views", ASCENDING),
                    ("activeAt", DESCENDING),
                    ("_id", DESCENDING),
                ],
                name=f"{VIEWS}_of_{side}",
            )
            for side in Side
        ),
        *(
            IndexModel(
                [
                    (f"{side}Id", ASCENDING),
                    (f"{side.other}Names", ASCENDING),
                    ("activeAt", DESCENDING),
                    ("_id", DESCENDING),
                ],
                name=f"names_of_{side}",
            )
            for side in Side
        ),
        _due_index(),
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
            partialFilterExpression={"clientMessageId": ANY_TEXT},
        ),
        IndexModel(
            [("source", ASCENDING), ("conversationId", ASCENDING)],
            name="told",
            unique=True,
            partialFilterExpression={"source": ANY_TEXT},
        ),
        IndexModel([("authorId", ASCENDING), ("unrevised", ASCENDING)], name="of_author"),
        IndexModel(
            [("conversationId", ASCENDING), ("pinnedAt", DESCENDING)],
            name="pinned",
            partialFilterExpression={"pinnedAt": ANY_TIME},
        ),
        IndexModel(
            "reactions.userId",
            name="of_reacting",
            partialFilterExpression={"reactions.userId": ANY_TEXT},
        ),
        IndexModel(
            [("conversationId", ASCENDING), ("words", ASCENDING), ("sequence", ASCENDING)],
            name="words",
        ),
        IndexModel(
            [("artistId", ASCENDING), ("words", ASCENDING), ("timeline", ASCENDING)],
            name="words_of_artist",
        ),
        IndexModel(
            [("clientId", ASCENDING), ("words", ASCENDING), ("timeline", ASCENDING)],
            name="words_of_client",
        ),
        _due_index(),
    ],
    "stars": [
        IndexModel(
            [("userId", ASCENDING), ("starredAt", DESCENDING), ("_id", DESCENDING)], name="of_user"
        ),
        IndexModel(
            [
                ("userId", ASCENDING),
                ("conversationId", ASCENDING),
                ("starredAt", DESCENDING),
                ("_id", DESCENDING),
            ],
            name="of_conversation",
        ),
        IndexModel("messageId", name="of_message"),
    ],
    "guests": [
        IndexModel([("artistId", ASCENDING), ("clientId", ASCENDING)], name="of_artist"),
        IndexModel("clientId", name="joined", partialFilterExpression={"clientId": ANY_TEXT}),
        IndexModel(
            "join.codeHash", name="code", partialFilterExpression={"join.codeHash": ANY_TEXT}
        ),
        IndexModel("settleAt", name="settling", partialFilterExpression={"settleAt": ANY_TIME}),
    ],
    "socialAccounts": [IndexModel("artistId", name="of_artist")],
    "files": [IndexModel("ownerId", name="of_owner")],
    "settings": [],
    "awayMessages": [],
    "hours": [],
    "responseTimes": [IndexModel("refreshAt", name="refresh")],
    "unread": [],
    "labels": [],
    "scheduledMessages": [
        IndexModel(
            [
                ("userId", ASCENDING),
                ("conversationId", ASCENDING),
                ("clientMessageId", ASCENDING),
            ],
            name="once",
            unique=True,
        ),
        IndexModel(
            [("userId", ASCENDING), ("status", ASCENDING), ("sendAt", ASCENDING)], name="of_user"
        ),
        _due_index(),
        IndexModel("expiresAt", name="expiry", expireAfterSeconds=0),
    ],
    "drafts": [
        IndexModel("userId", name="of_user"),
        IndexModel("conversationId", name="of_conversation"),
        IndexModel("expiresAt", name="expiry", expireAfterSeconds=0),
    ],
    "reports": [
        IndexModel(
            "openKey",
            name="open_once",
            unique=True,
            partialFilterExpression={"openKey": ANY_TEXT},
        ),
        IndexModel(
            "reporterId", name="of_reporter", partialFilterExpression={"reporterId": ANY_TEXT}
        ),
        _due_index(),
        IndexModel("endsAt", name="ending", partialFilterExpression={"endsAt": ANY_TIME}),
        IndexModel([("closedAt", ASCENDING), ("_id", ASCENDING)], name="open"),
        IndexModel("reportedId", name="of_reported"),
        IndexModel("conversationId", name="of_conversation"),
        IndexModel("expiresAt", name="expiry", expireAfterSeconds=0),
    ],
    "linkedPages": [IndexModel("expiresAt", name="expiry", expireAfterSeconds=0)],
    "linkPreviewChoices": [],
    "connections": [
        IndexModel([("userId", ASCENDING), ("openedAt", ASCENDING)], name="of_user"),
        IndexModel("actingId", name="acting", partialFilterExpression={"actingId": ANY_TEXT}),
        IndexModel(
            "counterpartId", name="watching", partialFilterExpression={"counterpartId": ANY_TEXT}
        ),
        IndexModel(
            "conversationId", name="shown", partialFilterExpression={"conversationId": ANY_TEXT}
        ),
        # The sweeper closes connections; this removes those that it never reached.
        IndexModel("expiresAt", name="expiry", expireAfterSeconds=3600),
    ],
    "tickets": [
        IndexModel("userId", name="of_user"),
        IndexModel("actingId", name="acting", partialFilterExpression={"actingId": ANY_TEXT}),
        IndexModel("expiresAt", name="expiry", expireAfterSeconds=0),
    ],
    "endedSessions": [IndexModel("expiresAt", name="expiry", expireAfterSeconds=0)],
}

# A second report of the same was none, also when the first was closed.
RETIRED = (("reports", "once"),)


@lru_cache
def client() -> MongoClient[Document]:
    """Return the client: one per container, even when its first use fails."""
    return mongodb.connect(secret("messaging-mongo")["MESSAGING_MONGO_URI"])


@mongodb.InTime
def database() -> Database[Document]:
    """Return the database, after checking its indexes once per container.

    Raises:
        IndexesMissing: `ensure_indexes` was not run on it.
    """
    messaging = client().messaging
    mongodb_indexes.require(messaging, INDEXES)
    return messaging


def ensure_indexes() -> EnsuredIndexes:
    """Create the indexes that are missing; existing ones stay as they are."""
    config.forget()  # the secret may have just been written
    uri = secret("messaging-mongo").get("MESSAGING_MONGO_URI")
    if uri is None:
        return EnsuredIndexes([], is_configured=False)
    with mongodb.connect(uri) as connected:
        _drop_retired(connected.messaging)
        return mongodb_indexes.ensure(connected.messaging, INDEXES)


def ping() -> None:
    """Raise an error unless the database answers and has its indexes."""
    mongodb_indexes.ping(client().messaging, INDEXES)


def _drop_retired(database: Database[Document]) -> None:
    """Drop the unique indexes of earlier versions that refuse what is stored now."""
    for collection, name in RETIRED:
        if name in database[collection].index_information():
            database[collection].drop_index(name)
