"""What was heard of, in the database."""

from datetime import datetime, timedelta

import msgspec
from pymongo.collection import Collection

from notifications.models import Heard
from notifications.store import database
from shared.data.mongodb import Document

HEARD_LIFETIME = timedelta(days=90)


def hear(
    subject: str,
    version: int,
    now: datetime,
    *,
    client_booked: bool = False,
    confirmed: bool = False,
) -> Heard:
    """Note that a fact of this version was heard of the subject; all that is known of it by now."""
    marks = {"clientBooked": client_booked, "confirmed": confirmed}
    known = {name: True for name, is_so in marks.items() if is_so}
    change = {
        "$max": {"version": version},
        "$set": {"expiresAt": now + HEARD_LIFETIME} | known,
    }
    _heard().update_one({"_id": subject}, change, upsert=True)
    heard = _heard().find_one(subject)
    return msgspec.convert(heard, Heard)


def _heard() -> Collection[Document]:
    return database().heard
