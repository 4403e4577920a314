"""Preferences in the database: fields of the contact, so that no message costs another read."""

from datetime import datetime

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from notifications.models import CategoryChoices, Preferences
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
    try:
        _contacts().update_one({"_id": user_id, "erasedAt": None}, change, upsert=True)
    except DuplicateKeyError:
        return  # the user was erased at this very moment


def _contacts() -> Collection[Document]:
    return database().contacts
