"""Reports to the admins."""

from datetime import datetime, timedelta

import msgspec
from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from messaging.models import Report
from messaging.store import database
from shared.data.mongodb import Document, to_document, to_record

RETENTION = timedelta(days=180)  # after closing


def add(report: Report) -> Report:
    """Store a report and return it, or the earlier one of the same member about the same."""
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


def list_page(*, closed: bool, after: str, limit: int) -> list[Report]:
    """Return open or closed reports whose ids come after this one, the oldest first."""
    closed_at = {"$ne": None} if closed else None
    wanted = {"closedAt": closed_at, "_id": {"$gt": after}}
    documents = _reports().find(wanted, sort=[("_id", ASCENDING)], limit=limit)
    return [msgspec.convert(document, Report) for document in documents]


def close(report_id: str, admin_id: str, now: datetime) -> Report | None:
    """Close a report that is open. Return it in any case, None where it is absent."""
    change = {"closedAt": now, "closedBy": admin_id, "expiresAt": now + RETENTION}
    _reports().update_one({"_id": report_id, "closedAt": None}, {"$set": change})
    return to_record(_reports().find_one(report_id), Report)


def erase(user_id: str) -> None:
    """Remove a user's words from all reports: as the reporter, and as the reported member."""
    anonymous = {"reporterId": None, "details": None}
    _reports().update_many({"reporterId": user_id}, {"$set": anonymous})
    _reports().update_many({"reportedId": user_id}, {"$set": {"content": None, "versions": []}})


def delete_all(conversation_ids: list[str]) -> None:
    """Delete all reports of some conversations."""
    _reports().delete_many({"conversationId": {"$in": conversation_ids}})


def _reports() -> Collection[Document]:
    return database().reports
