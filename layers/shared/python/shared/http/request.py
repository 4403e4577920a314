"""Answering one request: authenticate, count, decode, call the handler, encode.

Every error becomes a problem (RFC 9457), and every request one line in the log.
"""

import os
import time
from base64 import b64encode
from enum import StrEnum
from typing import Any

import msgspec
from chalice.app import Request, Response

from domain.errors import Forbidden, NotFound, SessionEnded
from shared.data import tombstones
from shared.http import cors, failures, idempotency, problems, rate_limits
from shared.http.caller import Caller, from_authorizer
from shared.http.decoding import decode_json, decode_query
from shared.http.idempotency import KeyedRequest, StoredResponse
from shared.http.operations import Operation, RawResponse, TypedResponse
from shared.http.problems import Problem
from shared.platform import correlation, deadlines, metrics, traces
from shared.platform.clock import now
from shared.platform.logs import logger

# Importing pynamodb is slow, and here only routes need it. The function that serves them imports it
# when the container starts, not with the first request; workers never import it.
if os.environ.get("_HANDLER", "").endswith(".app.app"):
    from shared.data import idempotency_store, rate_limit_store  # noqa: F401

# Of one path parameter. Ours are shorter, even one-tap links. DynamoDB refuses to look for sort
# keys of more than 1024 bytes.
MAX_PARAMETER_BYTES = 512


class Replay(StrEnum):
    """How a request is replayed, to compare the answers of two systems.

    A replay counts against no limit and in no metric. Only a function of ours can ask for it, in
    `requestContext`, which API Gateway makes itself.
    """

    RUN = "run"  # a request that changes nothing
    VALIDATE = "validate"  # everything but the handler: identity, role, path and body


class BinaryResponse(Response):
    """A response whose body is Base64, which API Gateway decodes."""

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:
        """Return the response as Lambda returns it."""
        return {**super().to_dict(binary_types), "isBase64Encoded": True}


def respond(operation: Operation, request: Request, path_parameters: dict[str, str]) -> Response:
    """Answer a request, whatever happens."""
    started = time.perf_counter()
    sent_id = request.headers.get(correlation.HEADER)
    gateway_id = request.context.get("requestId")
    route = f"{operation.method} {operation.path}"
    with (
        correlation.bound(sent_id, fallback=gateway_id) as correlation_id,
        deadlines.within(deadlines.REQUEST_SECONDS),
        traces.subsegment(
            route, feature=metrics.feature(), route=route, correlation_id=correlation_id
        ) as noted,
    ):
        headers: dict[str, str] = {}
        try:
            response = _execute(operation, request, path_parameters, headers)
        except Exception as error:
            response = _encode_problem(failures.to_problem(error), correlation_id)
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        noted["status"] = response.status
        replay = request.context.get("replay")
        logger.info(
            "request",
            method=operation.method,
            route=operation.path,
            status=response.status,
            milliseconds=milliseconds,
            user_id=_find_user_id(request, "userId"),
            **_name_actor(request),
            **(
                {"replay": replay}
                if replay
                else metrics.of_request(operation.group, response.status, milliseconds)
            ),
        )
        sent: dict[str, str | list[str]] = {
            "cache-control": "no-store",
            **headers,
            **response.headers,
            **cors.response_headers(request.headers.get("origin")),
            correlation.HEADER: correlation_id,
        }
        if response.cookies:
            sent["set-cookie"] = list(response.cookies)
    kind = BinaryResponse if response.is_base64 else Response
    return kind(response.body, headers=sent, status_code=response.status)


def query_parameters(request: Request) -> dict[str, list[str]]:
    """Return the query string: each parameter with all its values."""
    parameters = request.query_params
    return {name: parameters.getlist(name) for name in parameters} if parameters else {}


def raw_body(request: Request) -> bytes:
    """Return the body of a request as bytes, where Chalice may have text."""
    body = request.raw_body
    return body if isinstance(body, bytes) else body.encode()


def _execute(
    operation: Operation,
    request: Request,
    path_parameters: dict[str, str],
    headers: dict[str, str],
) -> StoredResponse:
    """Authorize, count, decode, run the handler and encode its result.

    Nothing is written for a deleted account, not even the claim of an idempotency key.

    Adds to `headers` those that belong to every response, failures included.
    """
    instant = now()
    caller = None
    if not operation.public:
        caller = from_authorizer(request.context.get("authorizer") or {}, instant)
    if caller and caller.acting_id and operation.scope not in caller.scopes:
        raise Forbidden("Assistants cannot do this, or not with the scopes that they have.")
    replay = request.context.get("replay")
    if operation.limit and not replay and not rate_limits.BUDGETS[operation.limit].by_use_case:
        allowance = _count(operation.limit, caller, request)
        headers.update(allowance.headers())
        rate_limits.enforce(allowance)
    if operation.roles and (caller is None or caller.role not in operation.roles):
        raise Forbidden("Your role does not allow this.")
    if any(len(value.encode()) > MAX_PARAMETER_BYTES for value in path_parameters.values()):
        raise NotFound()
    if caller and operation.writes_for_caller and _is_deleted(caller):
        raise SessionEnded("This account was deleted.")
    body = _read_body(operation, request)
    arguments = _decode_arguments(operation, request, path_parameters, caller, body)
    if replay == Replay.VALIDATE:
        return StoredResponse(204, {}, "")

    def run() -> StoredResponse:
        return _encode(operation.handler(**arguments), operation.status)

    key = request.headers.get(idempotency.HEADER)
    if key is None or caller is None or not operation.idempotent:
        return run()
    keyed = KeyedRequest(
        key=key,
        caller=caller,
        method=operation.method,
        path=request.context["path"],
        query=query_parameters(request),
        body=body,
    )
    return idempotency.run_once(keyed, instant, run)


def _is_deleted(caller: Caller) -> bool:
    people = {caller.user_id, caller.person_id}
    return any(tombstones.is_deleted(each, consistent=False) for each in people)


def _count(limit: str, caller: Caller | None, request: Request) -> rate_limits.Allowance:
    subject = caller.person_id if caller else rate_limits.address_of(request.context)
    return rate_limits.spend(rate_limits.BUDGETS[limit], subject, now())


def _read_body(operation: Operation, request: Request) -> bytes:
    body = raw_body(request)
    if len(body) > operation.max_body_bytes:
        limit = operation.max_body_bytes
        raise Problem(413, "body_too_large", f"At most {limit} bytes are accepted.")
    if not body:
        return b"{}"  # a missing body is one without fields
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if operation.body and media_type != "application/json":
        raise Problem(415, "unsupported_media_type", "Send application/json.")
    return body


def _decode_arguments(
    operation: Operation,
    request: Request,
    path_parameters: dict[str, str],
    caller: Caller | None,
    body: bytes,
) -> dict[str, Any]:
    arguments: dict[str, Any] = dict(path_parameters)
    if operation.wants_caller:
        arguments["caller"] = caller
    if operation.wants_request:
        arguments["request"] = request
    if operation.query:
        arguments["query"] = decode_query(query_parameters(request), operation.query)
    if operation.body:
        arguments["body"] = decode_json(body, operation.body)
    return arguments


def _encode(result: Any, status: int) -> StoredResponse:
    if isinstance(result, RawResponse):
        headers = {"content-type": result.content_type, **result.headers}
        body, is_base64 = _encode_raw(result.body)
        return StoredResponse(result.status, headers, body, is_base64, result.cookies)
    headers = {}
    if isinstance(result, TypedResponse):
        status = result.status or status
        headers, result = dict(result.headers), result.body
    if result is None:
        return StoredResponse(status, headers, "")
    headers["content-type"] = "application/json"
    return StoredResponse(status, headers, msgspec.json.encode(result).decode())


def _encode_raw(body: str | bytes) -> tuple[str, bool]:
    """Return a body as Lambda can return it, and whether that is Base64."""
    if isinstance(body, bytes):
        return b64encode(body).decode(), True
    return body, False


def _encode_problem(problem: Problem, correlation_id: str) -> StoredResponse:
    body = msgspec.json.encode(problem.details(correlation_id)).decode()
    headers = {"content-type": problems.CONTENT_TYPE, **problem.headers}
    return StoredResponse(problem.status, headers, body)


def _find_user_id(request: Request, name: str) -> str | None:
    user_id: str | None = (request.context.get("authorizer") or {}).get(name)
    return user_id


def _name_actor(request: Request) -> dict[str, Any]:
    acting_id = _find_user_id(request, "actingId")
    return {"acting_id": acting_id} if acting_id else {}
