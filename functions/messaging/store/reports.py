"""Reports to the admins."""

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec
from pymongo import ASCENDING
from pymongo.collection import Collection as MongoCollection
from pymongo.errors import DuplicateKeyError

from domain.moderation import Decision
from messaging.models import Report, ReportDecision, Reversal, SuspensionState
from messaging.store import ANY_TIME, database
from shared.data.mongodb import Document, to_document, to_record

RETENTION = timedelta(days=180)  # after closing; of a suspension, after its end


def add(report: Report) -> Report:
    """Store a report and return it, or the open one of the same user about the same."""
    try:
        _reports().insert_one(to_document(report))
    except DuplicateKeyError:
        same = {"$or": [{"_id": report.id}, {"openKey": report.open_key}]}
        return to_record(_reports().find_one(same), Report) or report
    return report


def find(report_id: str) -> Report | None:
    """Return a report, None where it is absent."""
    return to_record(_reports().find_one(report_id), Report)


def list_page(*, closed: bool, after: str, limit: int) -> list[Report]:
    """Return open or closed reports whose ids come after this one, the oldest first."""
    closed_at = {"$ne": None} if closed else None
    wanted = {"closedAt": closed_at, "_id": {"$gt": after}}
    documents = _reports().find(wanted, sort=[("_id", ASCENDING)], limit=limit)
    return [msgspec.convert(document, Report) for document in documents]


def count_warnings(user_ids: Collection[str]) -> dict[str, int]:
    """Return how often users were warned, by their ids, as far as reports are kept. One read."""
    counts = _reports().aggregate(
        [
            {
                "$match": {
                    "reportedId": {"$in": sorted(set(user_ids))},
                    "decision.decision": Decision.WARN.value,
                }
            },
            {"$group": {"_id": "$reportedId", "warnings": {"$sum": 1}}},
        ]
    )
    return {each["_id"]: int(each["warnings"]) for each in counts}


def decide(report_id: str, decision: ReportDecision, due_at: datetime) -> bool:
    """Store a decision about a report that is open, and close it. Return whether it was open.

    The decision is still to be published; the sweeper takes over at `due_at`.
    """
    suspension = decision.suspension
    ends_at = suspension.until if suspension else None
    change = {
        "closedAt": decision.at,
        "closedBy": decision.admin_id,
        "expiresAt": max(decision.at, ends_at or decision.at) + RETENTION,
        "openKey": None,
        "decision": to_document(decision),
        "dueAt": due_at,
        "endsAt": ends_at,
    }
    is_open = {"_id": report_id, "closedAt": None}
    return _reports().update_one(is_open, {"$set": change}).modified_count == 1


def reverse(report_id: str, reversal: Reversal, due_at: datetime) -> bool:
    """Store that what a report hides is shown again. Return whether it was hidden."""
    hiding = {"_id": report_id, "decision.hides": True, "reversal": None}
    change = {"$set": {"reversal": to_document(reversal), "dueAt": due_at}}
    return _reports().update_one(hiding, change).modified_count == 1


def mark_published(report: Report, now: datetime) -> None:
    """Store that the decision was published, unless it was reversed meanwhile."""
    unchanged = {"_id": report.id, "dueAt": report.due_at}
    published_at = report.published_at or now
    change = {"$set": {"dueAt": None, "publishedAt": published_at}}
    if not _reports().update_one(unchanged, change).matched_count:
        _reports().update_one({"_id": report.id}, {"$set": {"publishedAt": published_at}})


def list_due(now: datetime, limit: int) -> list[Report]:
    """Return reports whose decision is overdue for being published, the longest overdue first."""
    overdue = {"dueAt": {"$lte": now, **ANY_TIME}}
    documents = _reports().find(overdue, sort=[("dueAt", ASCENDING)], limit=limit)
    return [msgspec.convert(document, Report) for document in documents]


def list_ending(now: datetime, limit: int) -> list[Report]:
    """Return reports whose suspension has ended, the longest ended first."""
    ended = {"endsAt": {"$lte": now, **ANY_TIME}}
    documents = _reports().find(ended, sort=[("endsAt", ASCENDING)], limit=limit)
    return [msgspec.convert(document, Report) for document in documents]


def forget_end(report_id: str) -> None:
    """Store that nothing is to be done when the suspension ends, or that it was."""
    _reports().update_one({"_id": report_id}, {"$set": {"endsAt": None}})


def set_suspension_state(report_id: str, state: SuspensionState) -> None:
    """Store how far the suspension of a report has come."""
    suspending = {"_id": report_id, "decision.suspension": {"$ne": None}}
    _reports().update_one(suspending, {"$set": {"decision.suspension.state": state.value}})


def erase(user_id: str) -> None:
    """Remove a user's words from all reports: as the reporter, and as the reported one."""
    anonymous = {"reporterId": None, "details": None, "openKey": None}
    _reports().update_many({"reporterId": user_id}, {"$set": anonymous})
    redacted: Document = {"content": None, "attachments": [], "versions": []}
    _reports().update_many({"reportedId": user_id}, {"$set": redacted})


def delete_all(conversation_ids: list[str]) -> None:
    """Delete all reports of some conversations."""
    _reports().delete_many({"conversationId": {"$in": conversation_ids}})


def _reports() -> MongoCollection[Document]:
    return database().reports
