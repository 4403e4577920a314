"""Requests of old clients: to the monolith, or to ours in translation, as the switch says.

A write is carried out by one side only. Which one is stored before it is sent, so its repetition
goes to the same side, whatever the switch says by then, with the same Idempotency-Key.
"""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec

from domain.errors import NotFound, Unauthenticated
from domain.ids import new_id
from gateway.models import Mode, Pin, Side, Write, WriteState
from gateway.rules import old_paths
from gateway.rules.old_api import FEATURES
from gateway.rules.old_api.translation import (
    Feature,
    Match,
    OldRequest,
    Untranslatable,
    failure,
)
from gateway.rules.old_paths import OldPath
from gateway.store import pins, writes
from gateway.use_cases import feature_calls, monolith, shadow, switches
from gateway.use_cases.feature_calls import FeatureAnswer, Origin
from gateway.use_cases.monolith import ForwardedRequest
from shared.http import idempotency
from shared.http.operations import RawResponse
from shared.http.problems import Problem

JSON = "application/json; charset=utf-8"
# Old clients send no Idempotency-Key: what is the same within this time is a repetition. A client
# repeats a request when API Gateway has given up on it, after 29 seconds.
REPETITION = timedelta(seconds=60)
SAFE_METHODS = ("GET", "HEAD")


class OldCall(msgspec.Struct, frozen=True):
    """A request to an old path of a feature.

    Attributes:
        request: The request.
        feature: The feature.
        path: Its path below the feature.
        match: Its route, None if ours has none.
        origin: Who sends it.
        mode: Who serves the feature.
        base_url: Where the monolith is; empty without one.
    """

    request: ForwardedRequest
    feature: Feature
    path: OldPath
    match: Match | None
    origin: Origin
    mode: Mode
    base_url: str

    @property
    def is_write(self) -> bool:
        """Whether it may change something."""
        return self.request.method not in SAFE_METHODS

    @property
    def record_id(self) -> str:
        """Id of the record in its path; empty without one."""
        return self.match.parameters.get("id", "") if self.match else ""


def find(request: ForwardedRequest) -> OldPath | None:
    """Return which old path a request means, None if it is none of a feature's."""
    return old_paths.find(request.path, FEATURES)


def answer(
    request: ForwardedRequest,
    path: OldPath,
    base_url: str,
    origin: Callable[[dict[str, str]], Origin],
    now: datetime,
) -> RawResponse:
    """Answer a request to an old path of a feature.

    Args:
        request: The request. Its path is unambiguous.
        path: What its path means.
        base_url: Where the monolith is; empty without one.
        origin: Returns who sends it, by what the authorizer says.
        now: The current instant.

    Raises:
        NotFound: The monolith serves the feature, and there is none.
        Unauthenticated: The access token is not valid, or ours serves the path and there is none.
        Problem: 501, ours has no such route; and as `monolith.forward` does.
    """
    feature = FEATURES[path.feature]
    mode = switches.get(feature.name, now)
    if mode is not Mode.NEW and not base_url:
        raise NotFound("There is no such path.")
    claims = monolith.identify(request.headers)
    call = OldCall(
        request,
        feature,
        path,
        feature.match(request.method, path),
        origin(claims or {}),
        mode,
        base_url,
    )
    pin = _choose(call)
    if call.is_write:
        pin = _hold(call, pin, now)
    if pin.side is Side.OURS:
        return _serve(call, pin, now)
    return _forward(call, pin, claims)


def _choose(call: OldCall) -> Pin:
    """Return who carries a request out, and the id that this side knows its record by.

    A record stays with the side that has it as it is, whatever the switch says: what of ours was
    not brought back, and what of the monolith's was neither imported nor taken over. What both
    have alike goes where the switch says.
    """
    key, record_id = f"old-{new_id('req')}", call.record_id
    is_new = call.mode is Mode.NEW
    if not record_id:
        return Pin(Side.OURS if is_new else Side.MONOLITH, key)
    is_ours = record_id.startswith(call.feature.record_prefix)
    pair = writes.find_pair(call.feature.name, record_id, is_ours=is_ours)
    if pair is None:
        owner = Side.OURS if is_ours or not call.base_url else Side.MONOLITH
        return Pin(owner, key, record_id)
    owner = pair.owner or (Side.OURS if is_new else Side.MONOLITH)
    if owner is Side.MONOLITH and pair.monolith and call.base_url:
        return Pin(Side.MONOLITH, key, pair.monolith)
    return Pin(Side.OURS, key, pair.ours)


def _hold(call: OldCall, pin: Pin, now: datetime) -> Pin:
    """Store who carries a write out, unless that is stored already; return what is."""
    request = call.request
    sent_key = request.headers.get(idempotency.HEADER)
    lifetime = idempotency.LIFETIME if sent_key else REPETITION
    secret = call.origin.claims.get("sessionId") or request.headers.get("cookie", "")
    said = [
        call.origin.claims.get("userId") or call.origin.address,
        request.method,
        call.path.text,
        sent_key or "",
        [] if sent_key else sorted((name, *values) for name, values in request.query.items()),
        "" if sent_key else sha256(request.body).hexdigest(),
    ]
    name = hmac.digest(secret.encode(), msgspec.json.encode(said), "sha256").hex()
    pin = msgspec.structs.replace(pin, key=sent_key or pin.key, at=now)
    instant = now.timestamp()
    return pins.save(name, pin, instant, instant + lifetime.total_seconds())


def _forward(call: OldCall, pin: Pin, claims: dict[str, str] | None) -> RawResponse:
    request, named = call.request, call.record_id
    if pin.record_id and pin.record_id != named:
        segments = (pin.record_id if part == named else part for part in call.path.segments)
        path = OldPath(call.path.feature, tuple(segments))
        request = msgspec.structs.replace(request, path=path.text)
    response = monolith.forward(request, call.base_url, claims)
    is_comparable = claims is not None and request.method != "HEAD"
    if call.mode is Mode.SHADOW and is_comparable:
        shadow.request_comparison(
            call.feature, call.match, lambda: _read(call), call.origin, response
        )
    return response


def _serve(call: OldCall, pin: Pin, now: datetime) -> RawResponse:
    """Serve a request by ours, in translation."""
    if call.match is None:
        detail = "The old API is not served here any more, and this path has no counterpart."
        raise Problem(501, "not_translated", detail)
    if not call.origin.claims:
        raise Unauthenticated("An access token is needed.")
    feature, route = call.feature, call.match.route
    try:
        old = _read(call, pin.record_id)
        new = route.to_new(old)
    except Untranslatable as error:
        return _respond(400, failure({"detail": str(error), "code": "untranslatable"}))
    if not call.is_write:
        read = feature_calls.read_pages if route.is_paged else feature_calls.call
        return _translate(call, read(feature.name, new, call.origin))
    write = _build_write(call, pin, now) if route.keeps_record else None
    is_first = write is not None and writes.begin(write)
    made = feature_calls.call(feature.name, new, call.origin, key=pin.key)
    if write is not None:
        _end(write, made, is_first=is_first)
    return _translate(call, made)


def _build_write(call: OldCall, pin: Pin, now: datetime) -> Write:
    """Return what ours is about to write, and the monolith lacks then."""
    assert call.match is not None
    claims = call.origin.claims
    title = call.feature.title(call.match.route)
    # Keys belong to their users, and may be long.
    name = sha256(f"{claims['userId']} {pin.key}".encode()).hexdigest()
    return Write(
        name,
        call.feature.name,
        title,
        claims["userId"],
        claims["role"],
        pin.at or now,
        record_id=pin.record_id,
    )


def _end(write: Write, made: FeatureAnswer, *, is_first: bool) -> None:
    """Store the record that was written, or forget a write that was refused.

    What failed, or is running, may have been carried out: it stays on the list as it is. So does
    a write whose repetition is refused, by a limit for example.
    """
    if made.is_success:
        record_id = made.body["id"]
        writes.save(msgspec.structs.replace(write, state=WriteState.WRITTEN, record_id=record_id))
    elif is_first and made.status < 500 and (made.body or {}).get("code") != "request_in_progress":
        writes.delete(write)


def _translate(call: OldCall, made: FeatureAnswer) -> RawResponse:
    assert call.match is not None
    if not made.is_success:
        return _respond(made.status, failure(made.body), made.headers)
    return _respond(call.match.route.status, call.match.route.to_old(made.body))


def _respond(status: int, body: Any, headers: dict[str, str] | None = None) -> RawResponse:
    kept = {name: value for name, value in (headers or {}).items() if name.lower() == "retry-after"}
    return RawResponse(msgspec.json.encode(body).decode(), JSON, kept, status)


def _read(call: OldCall, record_id: str = "") -> OldRequest:
    """Return a request as translations take it.

    Raises:
        Untranslatable: Its body is not a JSON object.
    """
    parameters = dict(call.match.parameters) if call.match else {}
    if record_id:
        parameters["id"] = record_id
    try:
        body = msgspec.json.decode(call.request.body or b"{}", type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Untranslatable("Send a JSON object.") from None
    return OldRequest(parameters, call.request.query, body)
