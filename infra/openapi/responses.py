"""Responses of an operation: their statuses, the codes of errors, and headers."""

from http import HTTPStatus
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from domain.errors import (
    DomainError,
    Forbidden,
    InvalidFields,
    NotFound,
    SessionEnded,
    Unauthenticated,
)
from infra.openapi import docstrings, examples
from infra.openapi.schemas import Schema
from shared.data.conflicts import Busy
from shared.http.caller import TokenExpired
from shared.http.operations import Operation, RawResponse
from shared.http.problems import CONTENT_TYPE, DependencyDown, ProblemDetails, status_of
from shared.http.rate_limits import BUDGETS

JSON = "application/json"
Codes = dict[int, dict[str, str]]  # status -> code -> when it is answered

HEADERS: dict[str, tuple[str, str]] = {
    "RateLimit": (
        "Requests (`r`) that are certain to be admitted in the current window, and seconds (`t`) "
        "until it closes. More may be.",
        '"user";r=997;t=840',
    ),
    "RateLimit-Policy": ("The limit and its window in seconds.", '"user";q=1000;w=900'),
    "Retry-After": ("Seconds after which the request may succeed.", "30"),
    "Location": (
        "Address of the record, relative to the request.",
        "cnv_01JD2Z5Q0V8XKM3F7T9B4N6RWC",
    ),
    "ETag": ("Version of the page, for `If-None-Match`.", '"5e884898da28047151d0e56f8dc62927"'),
    "Cache-Control": ("How long the response may be cached.", "public, max-age=900"),
    "WWW-Authenticate": ("How to authenticate.", "Bearer"),
    "X-Correlation-Id": (
        "Identifies the request in our logs; yours, if you sent one.",
        "cor_01JD2Z5Q0V8XKM3F7T9B4N6RWC",
    ),
}


def codes_of(operation: Operation) -> Codes:
    """Return every error that the operation can answer, the standard ones included."""
    codes: Codes = {}

    def add(status: int, code: str, when: str) -> None:
        codes.setdefault(status, {}).setdefault(code, when)

    def add_class(error: type[DomainError]) -> None:
        add(status_of(error), error.code, _first_paragraph(error))

    for error in operation.errors:
        add_class(error)
    if operation.body:
        add(400, "malformed_json", "The body is not valid JSON.")
        add(415, "unsupported_media_type", "The body is not sent as application/json.")
    if operation.method in {"POST", "PUT", "PATCH"}:
        add(413, "body_too_large", "The body is larger than 256 KiB.")
    if operation.body or operation.query:
        add_class(InvalidFields)
    if operation.path_parameters:
        add_class(NotFound)
    if not operation.public:
        add_class(Unauthenticated)
        add_class(TokenExpired)
    if operation.writes_for_caller:
        add_class(SessionEnded)
    if operation.roles:
        add_class(Forbidden)
    if not operation.keyless:
        add(403, "forbidden", "The API key is missing or not valid.")
    if operation.idempotent:
        add(409, "request_in_progress", "The first request with this Idempotency-Key is running.")
        add(422, "idempotency_key_reused", "The Idempotency-Key was used for another request.")
        add_class(InvalidFields)
    if operation.method != "GET":
        add_class(Busy)
    if operation.limit or not operation.keyless:
        add(429, "too_many_requests", "The caller has used up their rate limit.")
    add(500, "internal_error", "Something went wrong on our side.")
    add_class(DependencyDown)
    return codes


def responses_of(
    operation: Operation, references: dict[Any, Schema], schemas: dict[str, Schema]
) -> dict[str, Any]:
    """Return the `responses` object of the operation."""
    statuses = [operation.status]
    if operation.repeat_status is not None:
        statuses.append(operation.repeat_status)
    described = {
        str(status): _success(operation, status, references, schemas) for status in statuses
    }
    for status, codes in codes_of(operation).items():
        described[str(status)] = _failure(status, codes, operation, references)
    for status in operation.raw_statuses:
        _add_raw(operation, described.setdefault(str(status), {}), status)
    return dict(sorted(described.items()))


def answers_of(operation: Operation) -> tuple[Any, ...]:
    """Return what the operation answers on success: one type, or each type of a union."""
    answer = operation.answer
    if get_origin(answer) in (Union, UnionType):
        return get_args(answer)
    return (answer,)


def _success(
    operation: Operation,
    status: int,
    references: dict[Any, Schema],
    schemas: dict[str, Schema],
) -> dict[str, Any]:
    answers = [answer for answer in answers_of(operation) if answer in references]
    response: dict[str, Any] = {"description": _meaning(operation, status, answers)}
    headers = [*operation.response_headers, "X-Correlation-Id"]
    headers += _limit_headers(operation)
    response["headers"] = _headers(headers)
    if answers:
        found = [references[answer] for answer in answers]
        schema = found[0] if len(found) == 1 else {"anyOf": found}
        response["content"] = {JSON: examples.with_example(schema, schemas)}
    elif operation.answer is RawResponse:
        response["content"] = {kind: {"schema": _raw(kind)} for kind in operation.media_types}
    return response


def _add_raw(operation: Operation, response: Schema, status: int) -> None:
    """Describe a raw response, which an operation may give beside problems of the same status."""
    response.setdefault("description", HTTPStatus(status).phrase + ".")
    names = [*operation.response_headers, "X-Correlation-Id", *_limit_headers(operation)]
    headers = [*names, "Location"] if status in (301, 302) else names
    response["headers"] = _headers(headers) | response.get("headers", {})
    if status not in (204, 304):
        raw = {kind: {"schema": _raw(kind)} for kind in operation.media_types}
        response["content"] = response.get("content", {}) | raw


def _raw(media_type: str) -> Schema:
    return {"type": "object" if media_type == JSON else "string"}


def _meaning(operation: Operation, status: int, answers: list[Any]) -> str:
    if status == operation.repeat_status:
        return "The same request was carried out before; this is its result."
    if answers:
        return " Or: ".join(_first_paragraph(answer) for answer in answers)
    return HTTPStatus(status).phrase + "."


def _failure(
    status: int, codes: dict[str, str], operation: Operation, references: dict[Any, Schema]
) -> dict[str, Any]:
    headers = ["X-Correlation-Id"]
    if status == 308:
        headers.append("Location")
    if status == 401:
        headers.append("WWW-Authenticate")
    if status == 429 or {"busy", "request_in_progress", "unavailable"} & codes.keys():
        headers.append("Retry-After")
    headers += _limit_headers(operation)
    lines = "\n".join(f"- `{code}`: {when}" for code, when in codes.items())
    code, when = next(iter(codes.items()))
    return {
        "description": f"{HTTPStatus(status).phrase}\n\n{lines}",
        "headers": _headers(headers),
        "content": {
            CONTENT_TYPE: {
                "schema": references[ProblemDetails],
                "example": _problem(status, code, when),
            }
        },
        "x-error-codes": list(codes),
    }


def _problem(status: int, code: str, when: str) -> Any:
    problem = ProblemDetails(
        type=f"urn:artist-booking:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=when,
        correlation_id="cor_01JD2Z5Q0V8XKM3F7T9B4N6RWC",
    )
    return msgspec.to_builtins(problem)


def _limit_headers(operation: Operation) -> list[str]:
    if operation.limit is None:
        return []
    budget = BUDGETS[operation.limit]
    if budget.by_use_case:  # what is left belongs to a subject that is known only after decoding
        return []
    # A container that counts for itself does not know what others counted.
    return ["RateLimit-Policy"] if budget.local else ["RateLimit", "RateLimit-Policy"]


def _headers(names: list[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in sorted(set(names))}


def header_components() -> dict[str, Any]:
    """Return the headers that responses refer to."""
    return {
        name: {"description": description, "schema": {"type": "string"}, "example": example}
        for name, (description, example) in HEADERS.items()
    }


def _first_paragraph(documented: Any) -> str:
    return " ".join(docstrings.body(documented).split("\n\n")[0].split())


def share(paths: dict[str, Any]) -> dict[str, Any]:
    """Replace the most common response of each error status by a reference; return those."""
    alike: dict[str, dict[bytes, list[dict[str, Any]]]] = {}
    for item in paths.values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                if "x-error-codes" in response:
                    text = msgspec.json.encode(response, order="sorted")
                    alike.setdefault(status, {}).setdefault(text, []).append(operation["responses"])
    shared: dict[str, Any] = {}
    for status, users in sorted(alike.items()):
        most_common = max(users.values(), key=len)
        name = "".join(word.capitalize() for word in HTTPStatus(int(status)).phrase.split())
        shared[name] = most_common[0][status]
        for responses in most_common:
            responses[status] = {"$ref": f"#/components/responses/{name}"}
    return shared
