"""Contacts in the database."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec
from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from notifications.models import (
    Birthday,
    Contact,
    OneTapAction,
    PendingEmail,
    PendingPhone,
)
from notifications.store import database
from shared.data import mongodb
from shared.data.mongodb import Document
from shared.http.caller import Role

UNVERIFIED_LIFETIME = timedelta(days=90)


def find_contact(user_id: str) -> Contact | None:
    """Find a user's contact, including what remains of an erased one."""
    return mongodb.to_record(_contacts().find_one(user_id), Contact)


def find_active(user_id: str) -> Contact | None:
    """Find a user's contact: an empty one of a user not known yet, None of an erased one."""
    contact = find_contact(user_id) or Contact(id=user_id)
    return None if contact.erased_at is not None else contact


def is_deleted(user_id: str) -> bool:
    """Return whether the account of a user was deleted."""
    return find_active(user_id) is None


def save_verified(user_id: str, email: str, name: str, role: Role, verified_at: datetime) -> None:
    """Save the data of a verified user, unless a later event was seen or the user is erased.

    The name is the first one: that of a profile replaces it.
    """
    older = {"_id": user_id, "erasedAt": None, "toldAt": {"$not": {"$gte": verified_at}}}
    fields = {"email": email, "role": role.value, "toldAt": verified_at}
    change = {"$set": fields, "$unset": {"expiresAt": ""}}
    with suppress(DuplicateKeyError):  # the document exists and is not older: it stays as it is
        _contacts().update_one(older, change, upsert=True)
    unnamed = {"_id": user_id, "erasedAt": None, "toldAt": verified_at, "nameVersion": None}
    _contacts().update_one(unnamed, {"$set": {"name": name}})


def save_email(user_id: str, email: str, changed_at: datetime) -> None:
    """Save the changed address of a user, unless a later event was seen or the user is erased."""
    older = {"_id": user_id, "erasedAt": None, "toldAt": {"$not": {"$gte": changed_at}}}
    _contacts().update_one(older, {"$set": {"email": email, "toldAt": changed_at}})


def save_name(user_id: str, name: str, version: int, now: datetime) -> None:
    """Save the name in a version of a profile, unless a newer was seen or the user is erased.

    The same version again repairs the document. A profile may arrive before its user is verified;
    the document expires if that never happens.
    """
    _save_newest(user_id, "nameVersion", version, {"name": name}, now)


def save_one_tap(
    user_id: str, actions: Sequence[OneTapAction], version: int, now: datetime
) -> None:
    """Save the actions in a version of an artist's quick actions, as `save_name` does a name."""
    one_tap = [mongodb.to_document(action) for action in actions]
    _save_newest(user_id, "oneTapVersion", version, {"oneTap": one_tap}, now)


def list_named(after: str, limit: int) -> list[Contact]:
    """List the contacts that have a name, by id, after an id."""
    query = {"_id": {"$gt": after}, "erasedAt": None, "name": {"$gt": ""}}
    documents = _contacts().find(query, sort=[("_id", ASCENDING)], limit=limit)
    return [msgspec.convert(document, Contact) for document in documents]


def save_pending_phone(user_id: str, pending: PendingPhone) -> None:
    """Save a phone number to be verified, in place of an earlier one."""
    change = {"$set": {"pendingPhone": mongodb.to_document(pending)}}
    try:
        _contacts().update_one({"_id": user_id, "erasedAt": None}, change, upsert=True)
    except DuplicateKeyError:
        return  # the user was erased at this very moment


def confirm_phone(user_id: str, pending: PendingPhone) -> bool:
    """Make the pending number the user's. Return False when another one is pending by now."""
    waiting = {"_id": user_id, "pendingPhone.codeHash": pending.code_hash}
    change = {"$set": {"phone": pending.phone, "pendingPhone": None}}
    return _contacts().update_one(waiting, change).modified_count == 1


def save_pending_email(user_id: str, pending: PendingEmail) -> None:
    """Save a code that was sent to the user's mail address, in place of an earlier one."""
    change = {"$set": {"pendingEmail": mongodb.to_document(pending)}}
    try:
        _contacts().update_one({"_id": user_id, "erasedAt": None}, change, upsert=True)
    except DuplicateKeyError:
        return  # the user was erased at this very moment


def use_pending_email(user_id: str, pending: PendingEmail) -> bool:
    """Use up the code of a mail address. Return False when another one is pending by now."""
    waiting = {"_id": user_id, "pendingEmail.codeHash": pending.code_hash}
    return _contacts().update_one(waiting, {"$set": {"pendingEmail": None}}).modified_count == 1


def delete_phone(user_id: str) -> None:
    """Delete the user's phone number, including a pending one."""
    _contacts().update_one({"_id": user_id}, {"$set": {"phone": None, "pendingPhone": None}})


def save_birthday(user_id: str, birthday: Birthday | None) -> None:
    """Save a user's birthday, or delete it, unless the user is erased."""
    value = None if birthday is None else mongodb.to_document(birthday)
    try:
        active = {"_id": user_id, "erasedAt": None}
        _contacts().update_one(active, {"$set": {"birthday": value}}, upsert=value is not None)
    except DuplicateKeyError:
        return  # the user was erased at this very moment


def _save_newest(
    user_id: str, version_field: str, version: int, fields: Document, now: datetime
) -> None:
    not_newer = {"_id": user_id, "erasedAt": None, version_field: {"$not": {"$gt": version}}}
    change = {
        "$set": fields | {version_field: version},
        "$setOnInsert": {"expiresAt": now + UNVERIFIED_LIFETIME},
    }
    try:
        _contacts().update_one(not_newer, change, upsert=True)
    except DuplicateKeyError:
        return  # the document exists and is newer, or erased


def _contacts() -> Collection[Document]:
    return database().contacts
