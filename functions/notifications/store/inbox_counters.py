"""Counters of unread inbox entries in the database.

A counter is what was counted last, with the version of the inbox that it was counted of. Whoever
changes an inbox gives it another version first. For as long as a change may take, the entries are
counted anew, which stops at a hundred and one, and the number is not kept. After that it is kept
and counting is one read, until the inbox has another version or time changes the number: an entry
becomes due, or expires. So a change that is cut off, repeated or made twice at once leaves no wrong
number, and a counter that is lost is only counted again.
"""

from datetime import datetime, timedelta

from pymongo.collection import Collection

from domain.ids import new_id
from notifications.models import InboxCounter
from notifications.store import contacts, database
from shared.data.mongodb import LONGEST_OPERATION_SECONDS, Document, to_document, to_record
from shared.platform import clock

# The longest that a change takes after it was announced, and as much again for clocks that differ.
CHANGE_TIME = timedelta(seconds=4 * LONGEST_OPERATION_SECONDS)
LIFETIME = timedelta(days=90)


def announce_change(user_id: str) -> None:
    """Note that an inbox is about to change. While nobody has counted it, nothing is noted."""
    change = {
        "$set": {"version": new_id("ver")},
        "$max": {"changingUntil": clock.now() + CHANGE_TIME},
    }
    _counters().update_one({"_id": user_id}, change)


def find(user_id: str) -> InboxCounter | None:
    """Find the counter of a user."""
    return to_record(_counters().find_one(user_id), InboxCounter)


def create(user_id: str, now: datetime) -> None:
    """Create the counter of a user, so that changes are noted from now on."""
    counter = InboxCounter(
        id=user_id,
        version=new_id("ver"),
        changing_until=now + CHANGE_TIME,
        expires_at=now + LIFETIME,
    )
    fields = {name: value for name, value in to_document(counter).items() if name != "_id"}
    _counters().update_one({"_id": user_id}, {"$setOnInsert": fields}, upsert=True)
    # Checked afterwards: a user who is erased at this very moment had their tombstone first.
    contact = contacts.find_contact(user_id)
    if contact is not None and contact.erased_at is not None:
        _counters().delete_one({"_id": user_id})


def save(
    counter: InboxCounter, unread: int, next_change_at: datetime | None, now: datetime
) -> None:
    """Keep what was counted, unless the inbox has changed since the counter was read."""
    change = {
        "countedVersion": counter.version,
        "unread": unread,
        "nextChangeAt": next_change_at,
        "expiresAt": now + LIFETIME,
    }
    _counters().update_one({"_id": counter.id, "version": counter.version}, {"$set": change})


def _counters() -> Collection[Document]:
    return database().inbox_counters
