"""Idempotency keys: a POST with the same key and body gets the same response for a day.

    first request   claim the key (conditional put), run, store the response
    repeated        the claim fails: the stored response, byte for byte
    another body    the claim fails: 422
    still running   the claim fails: 409 with Retry-After

A key belongs to its caller and path, so callers never see each other's responses. A request that
fails releases its key. The claim of a crashed request expires after a minute.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from domain.errors import FieldError, InvalidFields
from domain.ids import new_id
from shared.http.problems import Problem
from shared.platform import deadlines
from shared.platform.logs import logger

if TYPE_CHECKING:
    from shared.data.idempotency_store import IdempotencyRecord

HEADER = "idempotency-key"
LIFETIME = timedelta(hours=24)
CLAIM_LIFETIME = timedelta(seconds=60)


class StoredResponse(msgspec.Struct, frozen=True):
    """A response as it is stored: status, headers and body."""

    status: int
    headers: dict[str, str]
    body: str


def run_once(
    key: str, scope: str, body: bytes, now: datetime, run: Callable[[], StoredResponse]
) -> StoredResponse:
    """Run a request unless its key was used within the last day; then return that response.

    Args:
        key: The Idempotency-Key.
        scope: Caller, method and path.
        body: Body of the request, which must be the same under the same key.
        now: The current instant.
        run: Runs the request.

    Raises:
        InvalidFields: The key is empty or longer than 255 characters.
        Problem: 409 while the first request is running, 422 if its body was another.
    """
    if not 1 <= len(key) <= 255:
        raise InvalidFields(FieldError(f"header.{HEADER}", "must have 1 to 255 characters"))
    # Imported here because importing pynamodb is slow and only requests with a key need it.
    from shared.data import idempotency_store  # noqa: PLC0415

    instant = now.timestamp()
    record = idempotency_store.IdempotencyRecord(
        sha256(f"{scope}\n{key}".encode()).hexdigest(),
        body_hash=sha256(body).hexdigest(),
        claim_id=new_id("clm"),
        claimed_until=instant + CLAIM_LIFETIME.total_seconds(),
        expires_at=int(instant + LIFETIME.total_seconds()),
    )
    if not idempotency_store.claim(record, instant):
        return _decode_earlier_response(idempotency_store.find(record), record.body_hash)
    try:
        response = run()
    except BaseException:
        _release(record)
        raise
    # The request is done. Without its response, its repetition would do it again after a minute.
    with deadlines.within(deadlines.CLAIM_SECONDS):
        idempotency_store.save_response(record, msgspec.json.encode(response).decode())
    return response


def _release(record: "IdempotencyRecord") -> None:
    """Release the key of a failed request, even if the request has used up its time.

    A failure to do so is not the request's: its claim expires after a minute.
    """
    from shared.data import idempotency_store  # noqa: PLC0415

    try:
        with deadlines.within(deadlines.CLAIM_SECONDS):
            idempotency_store.release(record)
    except Exception:
        logger.exception("idempotency key not released")


def _decode_earlier_response(earlier: "IdempotencyRecord | None", body_hash: str) -> StoredResponse:
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
