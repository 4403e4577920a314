"""The inbox in the database."""

from datetime import datetime

import msgspec
from pymongo import DESCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from notifications.models import InboxEntry
from notifications.store import database
from shared.data.conflicts import WriteConflict
from shared.data.mongodb import Document, to_document, to_record

_READ = {"$set": {"unreadAt": None}, "$inc": {"revision": 1}}
_ARCHIVED = {"$set": {"at": None, "unreadAt": None, "content": None}, "$inc": {"revision": 1}}


def find(entry_id: str) -> InboxEntry | None:
    """The entry, whether it is to be seen or not."""
    return to_record(_inbox().find_one(entry_id), InboxEntry)


def add(entry: InboxEntry) -> None:
    """Add the entry, unless there is one of its id."""
    try:
        _inbox().insert_one(to_document(entry))
    except DuplicateKeyError:
        return


def insert(entry: InboxEntry) -> None:
    """Add the entry. Raises Conflict where it was added meanwhile."""
    try:
        _inbox().insert_one(to_document(entry))
    except DuplicateKeyError as error:
        raise WriteConflict from error


def replace(entry: InboxEntry) -> None:
    """Keep the changed entry. Raises Conflict unless it was read in the revision that is kept."""
    changed = msgspec.structs.replace(entry, revision=entry.revision + 1)
    same = {"_id": entry.id, "revision": entry.revision}
    if _inbox().replace_one(same, to_document(changed)).matched_count == 0:
        raise WriteConflict


def page(
    user_id: str,
    now: datetime,
    limit: int,
    after: tuple[datetime, str] | None,
    *,
    unread: bool,
) -> list[InboxEntry]:
    """The user's entries that are there by now, newest first, after that instant and id."""
    by = "unreadAt" if unread else "at"
    wanted: Document = {"userId": user_id, by: {"$lte": now}}
    if after is not None:
        at, entry_id = after
        wanted[by] = {"$lte": at}
        wanted["$or"] = [{by: {"$lt": at}}, {"_id": {"$lt": entry_id}}]
    newest_first = [(by, DESCENDING), ("_id", DESCENDING)]
    kept = _inbox().find(wanted, sort=newest_first, limit=limit)
    return [msgspec.convert(each, InboxEntry) for each in kept]


def count_unread(user_id: str, now: datetime, most: int) -> int:
    """How many of the user's entries are unread, counting to `most`."""
    return _inbox().count_documents(_unread(user_id, now), limit=most)


def mark_read(user_id: str, entry_id: str, now: datetime) -> bool:
    """Mark it read; whether there is such an entry of the user."""
    return _inbox().update_one(_own(user_id, entry_id, now), _READ).matched_count == 1


def mark_all_read(user_id: str, until: datetime) -> None:
    """Mark all read that were there by then."""
    _inbox().update_many(_unread(user_id, until), _READ)


def archive(user_id: str, entry_id: str, now: datetime) -> bool:
    """Take it out of the inbox; whether there was such an entry of the user.

    Its id stays until it expires, so that the same event does not bring it back.
    """
    return _inbox().update_one(_own(user_id, entry_id, now), _ARCHIVED).matched_count == 1


def _inbox() -> Collection[Document]:
    return database().inbox


def _own(user_id: str, entry_id: str, now: datetime) -> Document:
    return {"_id": entry_id, "userId": user_id, "at": {"$lte": now}}


def _unread(user_id: str, until: datetime) -> Document:
    return {"userId": user_id, "unreadAt": {"$lte": until}}
