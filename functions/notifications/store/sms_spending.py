"""What the SMS of an account cost on a day (UTC), exact under any number of workers.

A day of an account is one document, and its cap is part of the condition of the write that adds to
it. It lists the deliveries that are in the sum, so that none is added twice.
"""

from datetime import date, datetime, time, timedelta

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from notifications.store import database
from shared.data.mongodb import Document

LIFETIME = timedelta(days=3)


def reserve(account_id: str, delivery_id: str, cost: int, cap: int, now: datetime) -> bool:
    """Add a delivery to the sum of today, unless that would be more than the cap.

    Args:
        account_id: The account.
        delivery_id: The delivery; one that is in the sum stays in it.
        cost: What it costs, in millionths of a dollar.
        cap: The largest sum.
        now: The present instant.

    Returns:
        Whether it is in the sum.
    """
    if cost <= cap:
        day = now.date()
        fits = {
            "_id": _build_key(account_id, day),
            "deliveries": {"$ne": delivery_id},
            "spent": {"$lte": cap - cost},
        }
        expires_at = datetime.combine(day, time(), now.tzinfo) + LIFETIME
        change = {
            "$inc": {"spent": cost},
            "$push": {"deliveries": delivery_id},
            "$setOnInsert": {"accountId": account_id, "expiresAt": expires_at},
        }
        if _spending().update_one(fits, change).matched_count:
            return True
        try:
            _spending().update_one(fits, change, upsert=True)
        except DuplicateKeyError:
            # There is a sum that it does not fit, or another worker has just begun one.
            if _spending().update_one(fits, change).matched_count:
                return True
        else:
            return True
    return _is_reserved(account_id, delivery_id, now)


def release(account_id: str, delivery_id: str, cost: int, now: datetime) -> None:
    """Take a delivery out of the sum that was not sent after all."""
    for day in (now.date(), now.date() - timedelta(days=1)):  # it may be just past midnight
        held = {"_id": _build_key(account_id, day), "deliveries": delivery_id}
        change = {"$inc": {"spent": -cost}, "$pull": {"deliveries": delivery_id}}
        if _spending().update_one(held, change).matched_count:
            return


def get_spent(account_id: str, now: datetime) -> int:
    """Return the sum of today."""
    found = _spending().find_one(_build_key(account_id, now.date()))
    return 0 if found is None else int(found["spent"])


def _is_reserved(account_id: str, delivery_id: str, now: datetime) -> bool:
    held = {"_id": _build_key(account_id, now.date()), "deliveries": delivery_id}
    return _spending().find_one(held, ("_id",)) is not None


def _build_key(account_id: str, day: date) -> str:
    return f"{account_id} {day.isoformat()}"


def _spending() -> Collection[Document]:
    return database().sms_spending
