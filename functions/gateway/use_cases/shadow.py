"""Shadow comparisons: what ours would have answered, compared after the monolith has answered.

A function of its own compares, later: the client waits for an event to be handed over, at most, and
nothing that happens then changes its answer. Reads are sent to ours as the same user. Writes are
carried out by the monolith alone; ours previews them where it can, and else validates them.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from gateway.rules import differences as rules
from gateway.rules.old_api import FEATURES
from gateway.rules.old_api.translation import Feature, Match, OldRequest, Route, Untranslatable
from gateway.schemas import Compared, Comparison
from gateway.store import differences as store
from gateway.store import writes
from gateway.use_cases import feature_calls
from gateway.use_cases.feature_calls import Origin
from shared.http.operations import RawResponse
from shared.http.request import Replay
from shared.platform import correlation, invocation
from shared.platform.logs import logger

COMPARE = "gateway-compare"
# Lambda takes 256 KB of an event that it keeps ("Lambda quotas", AWS).
MAX_EVENT_BYTES = 240 * 1024
UNTRANSLATED = "(no such route of ours)"


def request_comparison(
    feature: Feature,
    match: Match | None,
    read: Callable[[], OldRequest],
    origin: Origin,
    response: RawResponse,
) -> None:
    """Ask for a comparison. Whatever goes wrong is logged, and changes nothing for the client.

    What cannot be compared is not: failures of the monolith, and long answers.
    """
    if response.status >= 500:
        return
    try:
        request = read()
        comparison = Comparison(
            feature=feature.name,
            route=feature.title(match.route) if match else "",
            parameters=request.parameters,
            query=dict(request.query),
            request_body=request.body,
            claims=origin.claims,
            address=origin.address,
            status=response.status,
            body=_decode(response.body),
            correlation_id=correlation.current(),
        )
        event = msgspec.to_builtins(comparison)
        if len(msgspec.json.encode(event)) <= MAX_EVENT_BYTES:
            invocation.hand_over(COMPARE, event)
    except Exception as error:
        logger.warning("no comparison", feature=feature.name, error=type(error).__name__)


def compare(comparison: Comparison, now: datetime) -> Compared:
    """Compare, and count what differs."""
    feature = FEATURES[comparison.feature]
    with correlation.bound(comparison.correlation_id):
        if not comparison.route:
            store.add(feature.name, UNTRANSLATED, store.COMPARED, now)
            return Compared(1)
        route = feature.find(comparison.route)
        found = _find_differences(feature, route, comparison)
        store.add(feature.name, comparison.route, store.COMPARED, now)
        if not found:
            store.add(feature.name, comparison.route, store.EQUAL, now)
        for field in {each.field: each for each in found}.values():
            store.add(feature.name, comparison.route, field.field, now, field.example)
        if found:
            fields = sorted({each.field for each in found})
            logger.info("shadow differs", route=comparison.route, fields=fields)
        return Compared(len(found))


def _find_differences(
    feature: Feature, route: Route, comparison: Comparison
) -> list[rules.Difference]:
    try:
        status, body = _ask(feature, route, comparison)
    except Untranslatable:
        status, body = 400, None
    except Exception as error:
        logger.exception("ours failed in a comparison", route=comparison.route)
        return [rules.Difference("(ours failed)", "answer", type(error).__name__)]
    accepted, would_accept = comparison.status < 400, status < 400
    if accepted != would_accept:
        kinds = ("refused", "accepted")
        detail = f"{kinds[would_accept]} {status}{_wrong_fields(body)}"
        theirs = f"{kinds[accepted]} {comparison.status}"
        return [rules.Difference("(outcome)", theirs, detail)]
    if not accepted or body is None:
        return []
    terms = rules.Terms(feature.same, feature.ignored, feature.shown)
    return rules.compare(comparison.body, body, terms)


def _ask(feature: Feature, route: Route, comparison: Comparison) -> tuple[int, Any]:
    """Return the status of ours, and the old form of its answer to a read, or a problem."""
    origin = Origin(comparison.claims, comparison.address)
    parameters = dict(comparison.parameters)
    if "id" in parameters:
        pair = writes.find_pair(feature.name, parameters["id"], is_ours=False)
        parameters["id"] = pair.ours if pair else parameters["id"]
    request = OldRequest(parameters, comparison.query, comparison.request_body)
    if route.is_read:
        read = feature_calls.read_pages if route.is_paged else feature_calls.call
        answer = read(feature.name, route.to_new(request), origin, replay=Replay.RUN)
        return answer.status, route.to_old(answer.body) if answer.is_success else answer.body
    if route.to_preview is not None:
        # A preview takes what the write takes, so it is validated by running it.
        new = route.to_preview(request)
        is_preview = new != route.to_new(request)
        replay = Replay.RUN if is_preview else Replay.VALIDATE
    else:
        new, replay = route.to_new(request), Replay.VALIDATE
    answer = feature_calls.call(feature.name, new, origin, replay=replay)
    return answer.status, None if answer.is_success else answer.body


def _wrong_fields(problem: Any) -> str:
    """Return the code of a problem and the fields that are wrong: names of ours, no values."""
    if not isinstance(problem, dict):
        return ""
    fields = [str(each.get("field", "")) for each in problem.get("errors") or ()]
    return " ".join(("", str(problem.get("code", "")), *sorted(fields)))


def _decode(body: str | bytes) -> Any:
    try:
        return msgspec.json.decode(body) if body else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
