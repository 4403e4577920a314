"""Reports for admins."""

from datetime import datetime, timedelta

import msgspec
from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from messaging.models import Report
from messaging.store import database
from shared.data.mongodb import Document, to_document, to_record

KEPT_AFTER_CLOSING = timedelta(days=180)


def add(report: Report) -> Report:
    """Keep the report; what is kept: the earlier one where they reported the same before."""
    same = {
        "reporterId": report.reporter_id,
        "conversationId": report.conversation_id,
        "messageId": report.message_id,
    }
    try:
        _reports().insert_one(to_document(report))
    except DuplicateKeyError:
        return to_record(_reports().find_one(same), Report) or report
    return report


def page(*, closed: bool, after: str, limit: int) -> list[Report]:
    """So many open or closed reports whose ids come after this one, the oldest first."""
    at = {"$ne": None} if closed else None
    wanted = {"closedAt": at, "_id": {"$gt": after}}
    kept = _reports().find(wanted, sort=[("_id", ASCENDING)], limit=limit)
    return [msgspec.convert(each, Report) for each in kept]


def close(report_id: str, admin_id: str, now: datetime) -> Report | None:
    """Close the report unless it is; the report, None where there is none."""
    change = {"closedAt": now, "closedBy": admin_id, "expiresAt": now + KEPT_AFTER_CLOSING}
    _reports().update_one({"_id": report_id, "closedAt": None}, {"$set": change})
    return to_record(_reports().find_one(report_id), Report)


def erase(user_id: str) -> None:
    """Take what the user said out of the reports: as who reported, and as who was reported."""
    reported = {"reporterId": None, "details": None}
    _reports().update_many({"reporterId": user_id}, {"$set": reported})
    _reports().update_many({"reportedId": user_id}, {"$set": {"content": None}})


def remove(conversation_ids: list[str]) -> None:
    """Remove the reports of conversations that nobody can read."""
    _reports().delete_many({"conversationId": {"$in": conversation_ids}})


def _reports() -> Collection[Document]:
    return database().reports
