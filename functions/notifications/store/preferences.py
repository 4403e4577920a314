"""Preferences in the database: fields of the contact, so that no message costs another read."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime

import msgspec
from pymongo import collection
from pymongo.errors import DuplicateKeyError

from notifications.models import CategoryChoices, Contact, MessageCategory, Preferences
from notifications.rules.unsubscribing import ADDRESS_PREFIX
from notifications.store import database
from notifications.store.contacts import UNVERIFIED_LIFETIME
from shared.data.mongodb import Document, to_document


def save(
    user_id: str,
    preferences: Preferences,
    studio_defaults: CategoryChoices | None,
    *,
    locale: str | None,
    time_zone: str | None,
    now: datetime,
) -> None:
    """Save the preferences of a user, unless the user is erased.

    They may arrive before the event that the user is verified, as names do.
    """
    fields = {
        "preferences": to_document(preferences),
        "studioDefaults": None if studio_defaults is None else to_document(studio_defaults),
        "locale": locale,
        "timeZone": time_zone,
    }
    change = {"$set": fields, "$setOnInsert": {"expiresAt": now + UNVERIFIED_LIFETIME}}
    with suppress(DuplicateKeyError):  # the user was erased at this very moment
        _contacts().update_one({"_id": user_id, "erasedAt": None}, change, upsert=True)


def choose_mail(contact_id: str, category: MessageCategory, choice: str, now: datetime) -> None:
    """Save whether mails of a category are wanted, unless the user is erased.

    A link works longer than the tombstone of an erased user, of whom nothing must stay. The choice
    of an address without a user does.
    """
    change: Document = {"$set": {f"preferences.categories.{category.value}.email": choice}}
    if not contact_id.startswith(ADDRESS_PREFIX):
        change["$setOnInsert"] = {"expiresAt": now + UNVERIFIED_LIFETIME}
    with suppress(DuplicateKeyError):  # the user was erased at this very moment
        _contacts().update_one({"_id": contact_id, "erasedAt": None}, change, upsert=True)


def find_all(contact_ids: Collection[str]) -> dict[str, Contact]:
    """Find the preferences of contacts by their ids, in one read."""
    fields = {"preferences": True, "timeZone": True}
    documents = _contacts().find({"_id": {"$in": sorted(contact_ids)}}, fields)
    found = (msgspec.convert(document, Contact) for document in documents)
    return {contact.id: contact for contact in found}


def _contacts() -> collection.Collection[Document]:
    return database().contacts
