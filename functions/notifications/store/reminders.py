"""Reminders in the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from domain.ids import new_id
from notifications.models import AppointmentState, Reminders
from notifications.store import EPOCH, database, user_pairs
from shared.data import mongodb
from shared.data.mongodb import Document

# Another sweeper may claim the same ones at the same moment.
CLAIM_ATTEMPTS = 5
# After every change, whoever looks at it must not overwrite it.
_UNCLAIMED: Document = {"claim": None, "leaseUntil": None}


def save_appointment(reminders: Reminders, state: AppointmentState) -> None:
    """Save the state of an appointment, unless one as new is saved or a user is erased."""
    older = {"_id": reminders.id, "appointment.version": {"$not": {"$gte": state.version}}}
    fields = {
        "artistId": reminders.artist_id,
        "clientId": reminders.client_id,
        "appointment": mongodb.to_document(state),
        "dueAt": reminders.due_at,
        "expiresAt": reminders.expires_at,
    }
    try:
        change = {
            "$set": fields | _UNCLAIMED,
            "$setOnInsert": {"sentThrough": reminders.sent_through},
        }
        _reminders().update_one(older, change, upsert=True)
    except DuplicateKeyError:
        return  # the document exists and is not older
    _delete_if_erased(reminders)


def save_birthday(artist_id: str, client_id: str, now: datetime) -> None:
    """Let the sweeper look at the birthday of an artist's client, unless a user is erased."""
    row_id = user_pairs.build_id(artist_id, client_id)
    fields = {"artistId": artist_id, "clientId": client_id, "dueAt": now}
    _reminders().update_one({"_id": row_id}, {"$set": fields | _UNCLAIMED}, upsert=True)
    _delete_if_erased(Reminders(id=row_id, artist_id=artist_id, client_id=client_id))


def delete_birthdays(client_id: str) -> None:
    """Delete the reminders of a client's birthday."""
    _reminders().delete_many({"clientId": client_id, "appointment": None})


def list_states(appointment_ids: Iterable[str]) -> dict[str, AppointmentState]:
    """Return the states of those of the appointments that are known, by id."""
    found = _reminders().find({"_id": {"$in": list(appointment_ids)}}, {"appointment": True})
    states = {
        document["_id"]: mongodb.to_record(document.get("appointment"), AppointmentState)
        for document in found
    }
    return {id_: state for id_, state in states.items() if state is not None}


def list_sittings(proposal_id: str) -> list[AppointmentState]:
    """List the appointments that belong to a proposal."""
    found = _reminders().find({"appointment.proposalId": proposal_id}, {"appointment": True})
    states = (mongodb.to_record(document["appointment"], AppointmentState) for document in found)
    return [state for state in states if state is not None]


def mark_outdated(artist_id: str) -> None:
    """Let the sweeper compute the next times of all of an artist's reminders again."""
    change = {"$set": {"isOutdated": True} | _UNCLAIMED}
    _reminders().update_many({"artistId": artist_id}, change)


def claim(
    which: Literal["due", "outdated"], limit: int, now: datetime, lease_until: datetime
) -> list[Document]:
    """Claim the reminders that are due, the earliest first, or those that are outdated.

    Returns:
        The documents, not decoded yet, so that a broken one fails alone; none if there are none.
    """
    query: Document = {"leaseUntil": {"$not": {"$gt": now}}}
    query |= {"dueAt": {"$gt": EPOCH, "$lte": now}} if which == "due" else {"isOutdated": True}
    sort = [("dueAt", ASCENDING)] if which == "due" else None
    for _ in range(CLAIM_ATTEMPTS):
        found = list(_reminders().find(query, {"_id": True}, sort=sort, limit=limit))
        if not found:
            break
        ids = {"$in": [document["_id"] for document in found]}
        token = new_id("clm")
        lease = {"claim": token, "leaseUntil": lease_until}
        _reminders().update_many({"_id": ids} | query, {"$set": lease})
        claimed = list(_reminders().find({"_id": ids, "claim": token}))
        if claimed:
            return claimed
    return []


def is_claimed(row_id: str, claim: str | None) -> bool:
    """Return whether nothing has changed since reminders were claimed."""
    return _reminders().find_one({"_id": row_id, "claim": claim}, {"_id": True}) is not None


def finish(
    row_id: str, claim: str | None, due_at: datetime | None, sent_through: datetime | None
) -> None:
    """Save when to look again, and release the claim, unless something has changed meanwhile."""
    fields = {"dueAt": due_at, "sentThrough": sent_through, "isOutdated": False}
    _reminders().update_one({"_id": row_id, "claim": claim}, {"$set": fields | _UNCLAIMED})


def postpone(row_id: str, claim: str | None, until: datetime) -> None:
    """Look at failed reminders again later, so that they do not hold up the others."""
    postponed = {"leaseUntil": until}
    _reminders().update_one({"_id": row_id, "claim": claim}, {"$set": postponed})


def delete(row_id: str, claim: str | None) -> None:
    """Delete reminders that will never be due, unless something has changed meanwhile."""
    _reminders().delete_one({"_id": row_id, "claim": claim})


def list_of_user(user_id: str, limit: int) -> list[Document]:
    """List the reminders that a user receives."""
    shown = {"_id": False, "appointment": True, "dueAt": True, "sentThrough": True}
    return list(_reminders().find({"clientId": user_id}, shown, limit=limit))


def _delete_if_erased(reminders: Reminders) -> None:
    # Checked afterwards: a user who is erased at this very moment had their tombstone first.
    people: Sequence[str] = (reminders.artist_id, reminders.client_id)
    if database().contacts.find_one({"_id": {"$in": people}, "erasedAt": {"$ne": None}}):
        _reminders().delete_one({"_id": reminders.id})


def _reminders() -> Collection[Document]:
    return database().reminders
