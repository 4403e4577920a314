"""Guests, and copies of the social accounts that they write to."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from messaging.models import Guest, JoinRequest, SocialAccount
from messaging.store import ANY_TEXT, ANY_TIME, database
from shared.data.mongodb import Document, to_document, to_record


def find(guest_id: str) -> Guest | None:
    """Return a guest, erased ones included; None where the id is unknown."""
    return to_record(_guests().find_one(guest_id), Guest)


def find_all(guest_ids: Iterable[str]) -> dict[str, Guest]:
    """Return those of some guests who are known, by their ids. One read."""
    documents = _guests().find({"_id": {"$in": sorted(set(guest_ids))}})
    return {document["_id"]: msgspec.convert(document, Guest) for document in documents}


def save(guest: Guest) -> Guest | None:
    """Store what a message says of its guest, and return the guest as stored.

    Name and picture of the message that was sent last win, and the windows that end last, in
    whichever order the messages arrive.

    Returns:
        The guest. None where they were erased after that message.
    """
    assert guest.seen_at is not None, "a message was sent at some time"
    card: Document = {
        name: value
        for name, value in to_document(guest).items()
        if name in ("accountId", "platform", "name", "handle", "seenAt")
    }
    windows = {
        name: value
        for name, value in (
            ("replyUntil", guest.reply_until),
            ("agentReplyUntil", guest.agent_reply_until),
        )
        if value is not None
    }
    _add(guest)
    erased = {"_id": guest.id, "erasedAt": {**ANY_TIME, "$lt": guest.seen_at}}
    _guests().update_one(erased, {"$set": {"erasedAt": None}})
    living = {"_id": guest.id, "erasedAt": None}
    older = living | {"$or": [{"seenAt": None}, {"seenAt": {"$lt": guest.seen_at}}]}
    _guests().update_one(older, {"$set": card})
    if guest.picture is not None:
        picture = {"picture": guest.picture, "pictureAt": guest.seen_at}
        older = living | {"$or": [{"pictureAt": None}, {"pictureAt": {"$lt": guest.seen_at}}]}
        _guests().update_one(older, {"$set": picture})
    if windows:
        _guests().update_one(living, {"$max": windows})
    return to_record(_guests().find_one(living), Guest)


def set_found_by(guest_id: str, name: str) -> None:
    """Store the name by which the conversation of a guest is found."""
    _guests().update_one({"_id": guest_id}, {"$set": {"foundBy": name}})


def _add(guest: Guest) -> None:
    new = {"$setOnInsert": {"artistId": guest.artist_id}}
    try:
        _guests().update_one({"_id": guest.id}, new, upsert=True)
    except DuplicateKeyError:
        return  # another message of the guest arrived at the same moment


# ---- joining -----------------------------------------------------------------------------------


def set_join_request(guest_id: str, request: JoinRequest) -> Guest | None:
    """Store a request to join in place of any other; None where the guest has joined."""
    open_ = {"_id": guest_id, "clientId": None, "erasedAt": None}
    return _update(open_, {"$set": {"join": to_document(request)}})


def find_by_code(code_hash: str) -> Guest | None:
    """Return the guest to whom a code was sent."""
    wanted = {"join.codeHash": {"$eq": code_hash, **ANY_TEXT}}
    return to_record(_guests().find_one(wanted), Guest)


def join(
    guest_id: str, code_hash: str, client_id: str, now: datetime, settle_at: datetime
) -> Guest | None:
    """Join a guest with an account, unless the code expired, was replaced or was used.

    Of several clients at the same moment exactly one succeeds.
    """
    open_ = {
        "_id": guest_id,
        "clientId": None,
        "erasedAt": None,
        "join.codeHash": code_hash,
        "join.expiresAt": {"$gt": now},
    }
    joined = {"clientId": client_id, "joinedAt": now, "settleAt": settle_at}
    return _update(open_, {"$set": joined})


def list_due(now: datetime, limit: int) -> list[Guest]:
    """List guests who joined and whose messages are to be moved again."""
    due = {"settleAt": {"$lte": now, **ANY_TIME}}
    documents = _guests().find(due, sort=[("settleAt", 1)], limit=limit)
    return [msgspec.convert(document, Guest) for document in documents]


def end_settling(guest_id: str) -> None:
    """Store that all messages of a guest who joined were moved."""
    _guests().update_one({"_id": guest_id}, {"$set": {"settleAt": None}})


# ---- erasure -----------------------------------------------------------------------------------


def list_of_artist(artist_id: str, limit: int) -> list[Guest]:
    """List the guests of an artist."""
    documents = _guests().find({"artistId": artist_id, "erasedAt": None}, limit=limit)
    return [msgspec.convert(document, Guest) for document in documents]


def list_joined(client_id: str, limit: int) -> list[Guest]:
    """List the guests who joined with an account."""
    documents = _guests().find({"clientId": {"$eq": client_id, **ANY_TEXT}}, limit=limit)
    return [msgspec.convert(document, Guest) for document in documents]


def erase(guest: Guest, now: datetime) -> None:
    """Replace a guest by a tombstone."""
    tombstone = Guest(id=guest.id, artist_id=guest.artist_id, erased_at=now)
    _guests().replace_one({"_id": guest.id}, to_document(tombstone))


def delete_of_artist(artist_id: str) -> None:
    """Delete the guests and the social accounts of an artist."""
    _guests().delete_many({"artistId": artist_id})
    _accounts().delete_many({"artistId": artist_id})


# ---- social accounts ---------------------------------------------------------------------------


def find_accounts(account_ids: Iterable[str]) -> dict[str, SocialAccount]:
    """Return those of some social accounts that are known, by their ids. One read."""
    documents = _accounts().find({"_id": {"$in": sorted(set(account_ids))}})
    return {document["_id"]: msgspec.convert(document, SocialAccount) for document in documents}


def save_account(account: SocialAccount) -> None:
    """Store a social account, unless something newer is stored."""
    older = {"_id": account.id, "changedAt": {"$lte": account.changed_at}}
    try:
        _accounts().replace_one(older, to_document(account), upsert=True)
    except DuplicateKeyError:
        return  # the stored copy is newer


def _update(condition: Document, change: Document) -> Guest | None:
    document = _guests().find_one_and_update(
        condition, change, return_document=ReturnDocument.AFTER
    )
    return to_record(document, Guest)


def _guests() -> Collection[Document]:
    return database().guests


def _accounts() -> Collection[Document]:
    return database().socialAccounts
