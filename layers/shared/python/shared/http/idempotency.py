"""`Idempotency-Key` on POST: the same key and body give the same answer for a day.

    first call     claim (conditional put) -> work -> keep the answer
    same again     claim fails -> the kept answer, byte for byte
    other body     claim fails -> 422
    still running  claim fails -> 409 with Retry-After

A key belongs to its caller and route, so two callers never meet. Work that raises gives the key
free. A claim outlives a crashed worker by a minute at most.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from domain.errors import FieldError, InvalidFields
from shared.http.problems import Problem

if TYPE_CHECKING:
    from shared.data.idempotency_store import IdempotencyRecord

HEADER = "idempotency-key"
KEPT_FOR = timedelta(hours=24)
CLAIMED_FOR = timedelta(seconds=60)


class StoredResponse(msgspec.Struct, frozen=True):
    """What was answered: status, headers, body."""

    status: int
    headers: dict[str, str]
    body: str


def run_once(
    key: str, scope: str, body: bytes, now: datetime, work: Callable[[], StoredResponse]
) -> StoredResponse:
    """Run `work` unless `key` was used in `scope` within the last day; then return its answer.

    Raises a 409 Problem while the first call is still running and a 422 one for another body.
    """
    if not 1 <= len(key) <= 255:
        raise InvalidFields(FieldError(f"header.{HEADER}", "must have 1 to 255 characters"))
    # Imported here because pynamodb takes its time and only functions that are given a key need it.
    from shared.data import idempotency_store  # noqa: PLC0415

    instant = now.timestamp()
    record = idempotency_store.IdempotencyRecord(
        sha256(f"{scope}\n{key}".encode()).hexdigest(),
        body_hash=sha256(body).hexdigest(),
        claimed_until=instant + CLAIMED_FOR.total_seconds(),
        expires_at=int(instant + KEPT_FOR.total_seconds()),
    )
    if not idempotency_store.claim(record, instant):
        return _earlier_answer(idempotency_store.find(record), record.body_hash)
    try:
        answer = work()
    except BaseException:
        idempotency_store.release(record)
        raise
    idempotency_store.save_response(record, msgspec.json.encode(answer).decode())
    return answer


def _earlier_answer(earlier: "IdempotencyRecord | None", body_hash: str) -> StoredResponse:
    if earlier is None:
        raise _still_running()
    if earlier.body_hash != body_hash:
        raise Problem(
            422, "idempotency_key_reused", "This Idempotency-Key was used with another body."
        )
    if earlier.answer is None:
        raise _still_running()
    return msgspec.json.decode(earlier.answer, type=StoredResponse)


def _still_running() -> Problem:
    return Problem(
        409,
        "request_in_progress",
        "The first request with this Idempotency-Key is still running.",
        headers={"Retry-After": "1"},
    )
