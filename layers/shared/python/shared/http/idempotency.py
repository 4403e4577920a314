"""Idempotency keys: a POST with the same key, query and body gets the same response for a day.

    first request   claim the key (conditional put), run, store the response
    repeated        the claim fails: the stored response, byte for byte
    another one     the claim fails: 422
    still running   the claim fails: 409 with Retry-After
    crashed         take the claim over: what was made is found (shared/http/repetition.py), or
                    made under the same ids

A key belongs to its caller and path, so callers never see each other's responses. A request that
is refused releases its key. The claim of a crashed request expires after a minute, that of one that
failed at once; only the same request can take it over (docs/adr/0062).

Responses hold what people wrote, and bank details: they are stored sealed by a secret that is made
of the key, the request and the caller's session. So only the repeated request can read it, and
nobody once the session is gone, at the latest with the account. In another session of the same
caller the key counts as used for another request.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from domain import ids
from domain.errors import DomainError, FieldError, InvalidFields
from domain.ids import new_id
from shared.http import problems
from shared.http.caller import Caller
from shared.http.problems import Problem
from shared.platform import deadlines
from shared.platform.logs import logger
from shared.platform.sealing import NotAuthentic, seal, unseal

if TYPE_CHECKING:
    from shared.data.idempotency_store import IdempotencyRecord

HEADER = "idempotency-key"
LIFETIME = timedelta(hours=24)
CLAIM_LIFETIME = timedelta(seconds=60)
SEED_BYTES = 16


class StoredResponse(msgspec.Struct, frozen=True):
    """A response as it is stored: status, headers and body.

    Attributes:
        status: Its status.
        headers: Its headers.
        body: Its body.
        is_base64: Whether the body is Base64 of bytes.
        cookies: Values of its `Set-Cookie` headers.
    """

    status: int
    headers: dict[str, str]
    body: str
    is_base64: bool = False
    cookies: tuple[str, ...] = ()


class KeyedRequest(msgspec.Struct, frozen=True):
    """A request with an idempotency key.

    Attributes:
        key: The Idempotency-Key.
        query: The query string: each parameter with all its values.
    """

    key: str
    caller: Caller
    method: str
    path: str
    query: Mapping[str, Sequence[str]]
    body: bytes

    @property
    def record_id(self) -> str:
        """Id of the record of the key: one for each caller and path."""
        scope = f"{self.caller.user_id} {self.method} {self.path}"
        return sha256(f"{scope}\n{self.key}".encode()).hexdigest()

    def derive(self, purpose: str) -> bytes:
        """Derive 32 bytes for a purpose, which nobody can make without the session's id."""
        query = sorted((name, *values) for name, values in self.query.items())
        request = [self.key, self.caller.user_id, self.method, self.path, query, self.body]
        return hmac.digest(
            self.caller.session_id.encode(), msgspec.json.encode([purpose, request]), sha256
        )


def run_once(
    request: KeyedRequest, now: datetime, run: Callable[[], StoredResponse]
) -> StoredResponse:
    """Run a request unless its key was used within the last day; then return that response.

    Args:
        request: The request.
        now: The current instant.
        run: Runs the request.

    Raises:
        InvalidFields: The key is empty or longer than 255 characters.
        Problem: 409 while the first request is running, 422 if it was another one.
    """
    if not 1 <= len(request.key) <= 255:
        raise InvalidFields(FieldError(f"header.{HEADER}", "must have 1 to 255 characters"))
    # Imported here because importing pynamodb is slow and only requests with a key need it.
    from shared.data import idempotency_store  # noqa: PLC0415

    instant = now.timestamp()
    record = idempotency_store.IdempotencyRecord(
        request.record_id,
        request_hash=request.derive("request").hex(),
        claim_id=new_id("clm"),
        claimed_until=instant + CLAIM_LIFETIME.total_seconds(),
        expires_at=int(instant + LIFETIME.total_seconds()),
        seed=secrets.token_bytes(SEED_BYTES),
        started_at=instant,
    )
    is_repeated = not idempotency_store.claim(record, instant)
    if is_repeated:
        earlier = idempotency_store.find(record)
        if earlier is None or not _is_abandoned(earlier, record, instant):
            return _read_response(request, record, earlier)
        if not idempotency_store.take_over(record, earlier):
            raise _still_running()
    try:
        started_at = datetime.fromtimestamp(record.started_at, UTC)
        with ids.derived_from(record.seed, started_at, is_repeated=is_repeated):
            response = run()
    except BaseException as error:
        _give_up(record, is_refused=not is_repeated and _is_refusal(error))
        raise
    sealed = seal(msgspec.json.encode(response), request.derive(record.claim_id))
    # The request is done. Without its response, its repetition would do it again after a minute.
    with deadlines.within(deadlines.CLAIM_SECONDS):
        idempotency_store.save_response(record, sealed)
    return response


def _is_abandoned(
    earlier: "IdempotencyRecord", record: "IdempotencyRecord", instant: float
) -> bool:
    """Whether the same request claimed the key before, and ended without a response."""
    return (
        earlier.request_hash == record.request_hash
        and earlier.sealed_response is None
        and earlier.claimed_until <= instant
    )


def _is_refusal(error: BaseException) -> bool:
    """Whether a request ended with an error that says that nothing was made."""
    return isinstance(error, DomainError | Problem) and problems.from_error(error).status < 500


def _give_up(record: "IdempotencyRecord", *, is_refused: bool) -> None:
    """Release the key of a refused request, or leave the claim of a failed one to its repetition.

    A failure to do so, when the request has used up its time, is not the request's: its claim
    expires after a minute.
    """
    from shared.data import idempotency_store  # noqa: PLC0415

    try:
        with deadlines.within(deadlines.CLAIM_SECONDS):
            if is_refused:
                idempotency_store.release(record)
            else:
                idempotency_store.abandon(record)
    except Exception:
        logger.exception("idempotency key not given up")


def _read_response(
    request: KeyedRequest, record: "IdempotencyRecord", earlier: "IdempotencyRecord | None"
) -> StoredResponse:
    if earlier is None:
        raise _still_running()
    if earlier.request_hash != record.request_hash:
        raise _used_otherwise()
    if earlier.sealed_response is None:
        raise _still_running()
    try:
        response = unseal(earlier.sealed_response, request.derive(earlier.claim_id))
    except NotAuthentic:
        # Stored before responses were authenticated, within the last day, or changed since.
        logger.warning("stored response not authentic", claim=earlier.claim_id)
        raise _used_otherwise() from None
    return msgspec.json.decode(response, type=StoredResponse)


def _used_otherwise() -> Problem:
    return Problem(
        422,
        "idempotency_key_reused",
        "This Idempotency-Key was used for another request, or in another session.",
    )


def _still_running() -> Problem:
    return Problem(
        409,
        "request_in_progress",
        "The first request with this Idempotency-Key is still running.",
        headers={"Retry-After": "1"},
    )
