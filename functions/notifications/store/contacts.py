"""Contacts in the database."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec
from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from notifications.models import Contact, OneTapAction, PendingPhone
from notifications.store import database
from shared.data import mongodb
from shared.data.mongodb import Document
from shared.http.caller import Role

UNPROVEN_LIFETIME = timedelta(days=90)


def find_contact(user_id: str) -> Contact | None:
    """The user's contact, what is left of an erased one included."""
    return mongodb.to_record(_contacts().find_one(user_id), Contact)


def find_living(user_id: str) -> Contact | None:
    """The user's contact, an empty one of who is not known yet; None of who was erased."""
    contact = find_contact(user_id) or Contact(id=user_id)
    return None if contact.erased_at is not None else contact


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
    offered = [mongodb.to_document(action) for action in actions]
    _tell_newest(user_id, "oneTapVersion", version, {"oneTap": offered}, now)


def list_named(after: str, limit: int) -> list[Contact]:
    """The contacts that have a name, by id, after that one."""
    wanted = {"_id": {"$gt": after}, "erasedAt": None, "name": {"$gt": ""}}
    found = _contacts().find(wanted, sort=[("_id", ASCENDING)], limit=limit)
    return [msgspec.convert(document, Contact) for document in found]


def put_pending_phone(user_id: str, pending: PendingPhone) -> None:
    """Keep a number that waits for its code, in place of an earlier one."""
    change = {"$set": {"pendingPhone": mongodb.to_document(pending)}}
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


def _contacts() -> Collection[Document]:
    return database().contacts
