"""Response times: counts of answers, one document for each artist. It is its own outbox."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from messaging.models import ResponseTimes
from messaging.rules.response_times import Standing
from messaging.store import ANY_TIME, database
from shared.data.mongodb import Document, to_record


def find(artist_id: str) -> ResponseTimes | None:
    """Return the counts of an artist, None where there are none."""
    return to_record(_response_times().find_one(artist_id), ResponseTimes)


def count(artist_id: str, day: str, class_: int, refresh_at: datetime) -> ResponseTimes:
    """Count an answer, and return the counts. One write.

    Args:
        artist_id: The artist.
        day: The day, as `2026-03-02`.
        class_: Class of the time.
        refresh_at: When the counts are looked at again, if this is the first one.
    """
    change = {
        "$inc": {f"days.{day}.{class_}": 1},
        "$setOnInsert": {"version": 0, "refreshAt": refresh_at},
    }
    for _ in range(2):
        try:
            document = _response_times().find_one_and_update(
                {"_id": artist_id}, change, upsert=True, return_document=ReturnDocument.AFTER
            )
            break
        except DuplicateKeyError:  # another first answer was counted at the same moment
            continue
    counted = to_record(document, ResponseTimes)
    assert counted is not None, "it was stored"
    return counted


def set_standing(counts: ResponseTimes, standing: Standing) -> ResponseTimes | None:
    """Store what others are to be shown; None where that was changed meanwhile."""
    document = _response_times().find_one_and_update(
        {"_id": counts.id, "version": counts.version},
        {
            "$set": {
                "typicalMinutes": standing.typical_minutes,
                "answeredShare": standing.answered_share,
                "unpublished": True,
            },
            "$inc": {"version": 1},
        },
        return_document=ReturnDocument.AFTER,
    )
    return to_record(document, ResponseTimes)


def mark_published(counts: ResponseTimes) -> None:
    """Store that the present version was published."""
    unchanged = {"_id": counts.id, "version": counts.version}
    _response_times().update_one(unchanged, {"$set": {"unpublished": False}})


def postpone(artist_id: str, past: Iterable[str], refresh_at: datetime) -> None:
    """Drop days that no longer count, and look at the others again at this time."""
    dropped = {f"days.{day}": "" for day in past}
    change: Document = {"$set": {"refreshAt": refresh_at}}
    if dropped:
        change["$unset"] = dropped
    _response_times().update_one({"_id": artist_id}, change)


def list_due(now: datetime, limit: int) -> list[str]:
    """List the ids of artists whose counts are to be looked at again."""
    due = {"refreshAt": {"$lte": now, **ANY_TIME}}
    documents = _response_times().find(due, {"_id": True}, sort=[("refreshAt", ASCENDING)])
    return [document["_id"] for document in documents.limit(limit)]


def count_unanswered(artist_id: str, since: datetime, until: datetime, most: int) -> int:
    """Return how many clients and guests wait for an answer who began to wait in this time."""
    waiting = {"artistId": artist_id, "awaitingSince": {"$gte": since, "$lt": until}}
    return database().conversations.count_documents(waiting, limit=most)


def erase(artist_id: str) -> None:
    """Delete the counts of an artist."""
    _response_times().delete_one({"_id": artist_id})


def _response_times() -> Collection[Document]:
    return database().responseTimes
