"""Inbox entries in the database."""

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

import msgspec
from pymongo import ASCENDING, DESCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from notifications.models import InboxEntry
from notifications.store import database, inbox_counters
from shared.data.conflicts import WriteConflict
from shared.data.mongodb import Document, to_document, to_record

LIFETIME = timedelta(days=90)  # of an entry, from when it is listed
_READ = {"$set": {"unreadAt": None}, "$inc": {"revision": 1}}
_ARCHIVED = {"$set": {"at": None, "unreadAt": None, "content": None}, "$inc": {"revision": 1}}


def find(entry_id: str) -> InboxEntry | None:
    """Find an entry, whether it is listed or not."""
    return to_record(_inbox().find_one(entry_id), InboxEntry)


def list_read(entry_ids: AbstractSet[str]) -> set[str]:
    """List those of the entries that are read, or archived."""
    read = {"_id": {"$in": list(entry_ids)}, "unreadAt": None}
    return {str(document["_id"]) for document in _inbox().find(read, ("_id",))}


def add(entry: InboxEntry) -> None:
    """Add an entry, unless there is one of its id."""
    inbox_counters.announce_change(entry.user_id)
    try:
        _inbox().insert_one(to_document(entry))
    except DuplicateKeyError:
        return


def insert(entry: InboxEntry) -> None:
    """Insert an entry.

    Raises:
        WriteConflict: An entry of its id was added meanwhile.
    """
    inbox_counters.announce_change(entry.user_id)
    try:
        _inbox().insert_one(to_document(entry))
    except DuplicateKeyError as error:
        raise WriteConflict from error


def replace(entry: InboxEntry) -> None:
    """Replace an entry with its next revision.

    Raises:
        WriteConflict: The entry was changed since it was read.
    """
    inbox_counters.announce_change(entry.user_id)
    changed = msgspec.structs.replace(entry, revision=entry.revision + 1)
    same_revision = {"_id": entry.id, "revision": entry.revision}
    if _inbox().replace_one(same_revision, to_document(changed)).matched_count == 0:
        raise WriteConflict


def list_entries(
    user_id: str,
    now: datetime,
    limit: int,
    after: tuple[datetime, str] | None,
    *,
    unread: bool,
) -> list[InboxEntry]:
    """List the user's entries up to now, newest first, after an instant and id."""
    by = "unreadAt" if unread else "at"
    query: Document = {"userId": user_id, by: {"$lte": now}}
    if after is not None:
        at, entry_id = after
        query[by] = {"$lte": at}
        query["$or"] = [{by: {"$lt": at}}, {"_id": {"$lt": entry_id}}]
    newest_first = [(by, DESCENDING), ("_id", DESCENDING)]
    documents = _inbox().find(query, sort=newest_first, limit=limit)
    return [msgspec.convert(document, InboxEntry) for document in documents]


def count_unread(user_id: str, now: datetime, limit: int) -> int:
    """Count the user's unread entries up to a limit."""
    return _inbox().count_documents(_unread(user_id, now), limit=limit)


def find_next_change(user_id: str, now: datetime) -> datetime | None:
    """Find when the number of unread entries may change although nothing is written.

    Either an entry becomes due, or the oldest may expire, which is `LIFETIME` or later after it
    became due.
    """
    by_time = [("unreadAt", ASCENDING)]
    due = _inbox().find_one({"userId": user_id, "unreadAt": {"$gt": now}}, sort=by_time)
    oldest = _inbox().find_one(_unread(user_id, now), sort=by_time)
    instants = [due["unreadAt"]] if due is not None else []
    if oldest is not None:
        instants.append(oldest["unreadAt"] + LIFETIME)
    return min(instants, default=None)


def mark_read(user_id: str, entry_id: str, now: datetime) -> bool:
    """Mark an entry read. Return whether the user has such an entry."""
    inbox_counters.announce_change(user_id)
    return _inbox().update_one(_listed(user_id, entry_id, now), _READ).matched_count == 1


def mark_all_read(user_id: str, until: datetime) -> None:
    """Mark every entry up to an instant read."""
    inbox_counters.announce_change(user_id)
    _inbox().update_many(_unread(user_id, until), _READ)


def delete(user_id: str, entry_id: str) -> None:
    """Delete an entry, if the user has it."""
    inbox_counters.announce_change(user_id)
    _inbox().delete_one({"_id": entry_id, "userId": user_id})


def archive(user_id: str, entry_id: str, now: datetime) -> bool:
    """Remove an entry from the inbox. Return whether the user had such an entry.

    Its id stays until it expires, so that the same event does not bring it back.
    """
    inbox_counters.announce_change(user_id)
    return _inbox().update_one(_listed(user_id, entry_id, now), _ARCHIVED).matched_count == 1


def _inbox() -> Collection[Document]:
    return database().inbox


def _listed(user_id: str, entry_id: str, now: datetime) -> Document:
    return {"_id": entry_id, "userId": user_id, "at": {"$lte": now}}


def _unread(user_id: str, until: datetime) -> Document:
    return {"userId": user_id, "unreadAt": {"$lte": until}}
