"""Suppressed addresses in the database."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from notifications.models import (
    Channel,
    Lift,
    SoftBounce,
    Suppression,
    SuppressionCause,
    SuppressionReason,
)
from notifications.store import database
from shared.data import mongodb
from shared.data.mongodb import Document

# How long soft bounces, ended suppressions and browsers that are gone are kept.
LIFETIME = timedelta(days=90)
MAX_SOFT_BOUNCES_KEPT = 20
MAX_LIFTS_KEPT = 20
_ATTEMPTS = 3  # two callbacks at the same moment may both find no document


def build_id(channel: Channel, address: str) -> str:
    """Build the id of the document about an address."""
    return "sup_" + hashlib.sha256(f"{channel} {address.lower()}".encode()).hexdigest()[:40]


def find(channel: Channel, address: str) -> Suppression | None:
    """Find what is known of an address."""
    found = _suppressions().find_one(build_id(channel, address))
    return mongodb.to_record(found, Suppression)


def list_suppressed(addresses: Iterable[tuple[Channel, str]]) -> dict[str, Suppression]:
    """Return what is known of addresses, by id, in one read. None is made for no address."""
    ids = list({build_id(channel, address) for channel, address in addresses})
    if not ids:
        return {}
    found = _suppressions().find({"_id": {"$in": ids}})
    return {document["_id"]: msgspec.convert(document, Suppression) for document in found}


def add(
    channel: Channel, address: str, reason: SuppressionReason, since: datetime, detail: str
) -> bool:
    """Suppress an address. Return False when it is suppressed for this reason already.

    A browser that is gone is forgotten after a while: its subscription is deleted, so no message is
    made for it any more.
    """
    cause = SuppressionCause(since=since, detail=detail)
    field = f"reasons.{reason.value}"
    query = {"_id": build_id(channel, address), field: None}
    change: Document = {"$set": {field: mongodb.to_document(cause), "channel": channel.value}}
    if reason is SuppressionReason.GONE:
        change["$set"]["expiresAt"] = since + LIFETIME
    else:
        change["$unset"] = {"expiresAt": ""}
    for _ in range(_ATTEMPTS):
        try:
            _suppressions().update_one(query, change, upsert=True)
        except DuplicateKeyError:
            known = find(channel, address)
            if known is not None and reason in known.reasons:
                return False
        else:
            return True
    return False


def add_soft_bounce(channel: Channel, address: str, bounce: SoftBounce) -> tuple[SoftBounce, ...]:
    """Add a bounce, once per delivery, and return those since the last message that arrived."""
    identity = {"_id": build_id(channel, address)}
    new = identity | {"softBounces.deliveryId": {"$ne": bounce.delivery_id}}
    bounces = {"$each": [mongodb.to_document(bounce)], "$slice": -MAX_SOFT_BOUNCES_KEPT}
    change: Document = {"$set": {"channel": channel.value}, "$push": {"softBounces": bounces}}
    for _ in range(_ATTEMPTS):
        try:
            found = _suppressions().find_one_and_update(
                new, change, upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:
            found = _suppressions().find_one(identity)
        suppression = mongodb.to_record(found, Suppression)
        if suppression is not None and any(
            known.delivery_id == bounce.delivery_id for known in suppression.soft_bounces
        ):
            expiry = {"$set": {"expiresAt": bounce.at + LIFETIME}}
            _suppressions().update_one(identity | _UNSUPPRESSED, expiry)
            return suppression.soft_bounces
    return (bounce,)


def clear_soft_bounces(channel: Channel, address: str) -> None:
    """Forget the soft bounces of an address, because a message arrived."""
    bounced = {"_id": build_id(channel, address), "softBounces.0": {"$exists": True}}
    _suppressions().update_one(bounced, {"$set": {"softBounces": []}})


def lift(
    channel: Channel, address: str, reasons: Sequence[SuppressionReason], ended: Lift
) -> tuple[SuppressionReason, ...]:
    """End the suppression of an address for those of the reasons that held before the lift.

    Returns:
        The reasons that ended.
    """
    identity = {"_id": build_id(channel, address)}
    lifted = []
    for reason in reasons:
        field = f"reasons.{reason.value}"
        of_reason = msgspec.structs.replace(ended, reasons=(reason,))
        lifts = {"$each": [mongodb.to_document(of_reason)], "$slice": -MAX_LIFTS_KEPT}
        change = {"$unset": {field: ""}, "$set": {"softBounces": []}, "$push": {"lifts": lifts}}
        holding = identity | {f"{field}.since": {"$lte": ended.at}}
        if _suppressions().update_one(holding, change).modified_count:
            lifted.append(reason)
    expiry = {"$set": {"expiresAt": ended.at + LIFETIME}}
    _suppressions().update_one(identity | _UNSUPPRESSED, expiry)
    return tuple(lifted)


def forget(channel: Channel, address: str) -> None:
    """Forget what is known of the address of an erased user, except what they asked for.

    A STOP and a complaint are kept, as a hash: whoever wants no messages must not get them again
    because they deleted their account.
    """
    identity = {"_id": build_id(channel, address)}
    bounced = f"reasons.{SuppressionReason.HARD_BOUNCE.value}"
    change = {"$unset": {bounced: ""}, "$set": {"softBounces": [], "lifts": []}}
    _suppressions().update_one(identity, change)
    _suppressions().delete_one(identity | _UNSUPPRESSED)


_UNSUPPRESSED = {f"reasons.{reason.value}": None for reason in SuppressionReason}


def _suppressions() -> Collection[Document]:
    return database().suppressions
