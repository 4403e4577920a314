"""Calls of our own API from within: the function of a feature is invoked as API Gateway would.

The caller is the one whose token the authorizer has verified. What a feature checks, it checks here
too: roles, relations, limits, idempotency keys.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import msgspec

from gateway.rules.old_api.translation import NewRequest
from shared.http.request import Replay
from shared.platform import correlation, invocation

MAX_PAGES = 20


class FeatureAnswer(msgspec.Struct, frozen=True):
    """The answer of a feature: its status and its decoded body."""

    status: int
    body: Any
    headers: dict[str, str] = {}

    @property
    def is_success(self) -> bool:
        """Whether the feature did what it was asked for."""
        return 200 <= self.status < 300


class Origin(msgspec.Struct, frozen=True):
    """Who sends a request, and from where.

    Attributes:
        claims: What the authorizer says about the access token.
        address: IP address of the client.
        user_agent: Its `User-Agent`.
    """

    claims: dict[str, str]
    address: str = ""
    user_agent: str = ""


def call(
    feature: str,
    request: NewRequest,
    origin: Origin,
    *,
    key: str | None = None,
    replay: Replay | None = None,
) -> FeatureAnswer:
    """Send a request to a feature.

    Args:
        feature: The feature.
        request: The request.
        origin: Who sends it.
        key: Its Idempotency-Key.
        replay: How it is replayed, if it is.

    Raises:
        Outage: The feature does not respond.
        RuntimeError: It failed.
    """
    answer = invocation.invoke_once(f"{feature}-api", _build_event(request, origin, key, replay))
    body = answer["body"]
    return FeatureAnswer(
        answer["statusCode"], msgspec.json.decode(body) if body else None, answer["headers"]
    )


def read_pages(
    feature: str, request: NewRequest, origin: Origin, *, replay: Replay | None = None
) -> FeatureAnswer:
    """Return all pages of a list as one, MAX_PAGES at most."""
    answer = call(feature, request, origin, replay=replay)
    items: list[Any] = []
    for _ in range(MAX_PAGES - 1):
        if not answer.is_success:
            return answer
        items += answer.body["items"]
        cursor = answer.body["nextCursor"]
        if cursor is None:
            return FeatureAnswer(answer.status, {"items": items}, answer.headers)
        following = msgspec.structs.replace(request, query={**request.query, "cursor": [cursor]})
        answer = call(feature, following, origin, replay=replay)
    if not answer.is_success:
        return answer
    return FeatureAnswer(answer.status, {"items": [*items, *answer.body["items"]]}, answer.headers)


def _build_event(
    request: NewRequest, origin: Origin, key: str | None, replay: Replay | None
) -> dict[str, Any]:
    headers: Mapping[str, str] = {
        "content-type": "application/json",
        correlation.HEADER: correlation.current(),
        **({"idempotency-key": key} if key else {}),
    }
    body = None if request.body is None else msgspec.json.encode(request.body).decode()
    context: dict[str, Any] = {
        "resourcePath": request.resource,
        "path": request.path,
        "httpMethod": request.method,
        "requestId": str(uuid4()),
        "identity": {"sourceIp": origin.address, "userAgent": origin.user_agent},
        "authorizer": origin.claims,
    }
    if replay is not None:
        context["replay"] = replay
    return {
        "resource": request.resource,
        "path": request.path,
        "httpMethod": request.method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "multiValueQueryStringParameters": request.query or None,
        "pathParameters": request.parameters or None,
        "stageVariables": None,
        "body": body,
        "isBase64Encoded": False,
        "requestContext": context,
    }
