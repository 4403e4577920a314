"""Forwarding to the monolith: paths that no feature declares yet (strangler fig pattern).

The monolith trusts `x-user-*` headers, so none from outside may reach it: they are set here from a
verified token, or not at all.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from msgspec import Meta

from domain.errors import NotFound, Unauthenticated
from gateway.rules import forwarding
from gateway.use_cases import documents
from shared.http.operations import RawResponse
from shared.http.problems import Problem
from shared.platform import correlation, deadlines
from shared.platform.invocation import authorize
from shared.platform.outside_calls import CallFailed, Connections, Guard

PATH_CHARACTERS = "/:@!$&'()*+,;=-._~%"  # allowed in a path or percent-encoding (RFC 3986, 3.3)
DEADLINE_SECONDS = 20.0  # from the look-up of its name to the last byte of its answer
MAX_ANSWER_BYTES = 6 * 1024 * 1024  # what Lambda can return
# The monolith may answer later than AWS: after it, nothing else has to be done.
AFTER_DEADLINE_SECONDS = 7
RETURNED_HEADERS = (
    "location",
    "etag",
    "cache-control",
    "retry-after",
    "content-security-policy",
    "referrer-policy",
)
# Of a response for which the monolith has no policy: that of the API would break its pages.
PAGE_POLICY = "base-uri 'self'; frame-ancestors 'self'; object-src 'none'"
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class MonolithSettings(msgspec.Struct, frozen=True):
    """Settings of the monolith.

    Attributes:
        monolith_url: Where undeclared paths are forwarded to; empty without a monolith.
    """

    monolith_url: Annotated[str, Meta(pattern=r"^(https?://\S+)?$")] = ""


class ForwardedRequest(msgspec.Struct, frozen=True):
    """A request to forward. Header names are lower-case."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    body: bytes | str


def forward(request: ForwardedRequest, base_url: str) -> RawResponse:
    """Forward a request and return the monolith's response.

    Raises:
        NotFound: Servers might read different segments in the path, or it climbs, or it is a
            declared path in another spelling.
        Unauthenticated: The access token is not valid.
        Problem: 400, a header contains a line break; 502, the monolith did not answer, or its
            answer is not text.
    """
    if forwarding.find_malformed(request.headers) is not None:
        raise Problem(400, "malformed_header", "A header contains characters that none may.")
    if not forwarding.is_unambiguous(request.path) or _is_declared(request.path):
        raise NotFound("There is no such path.")
    query = urlencode(request.query, doseq=True)
    path = quote(_BARE_PERCENT.sub("%25", request.path), safe=PATH_CHARACTERS)
    url = base_url.rstrip("/") + path + (f"?{query}" if query else "")
    try:
        answer = _connections(base_url).call(
            url,
            method=request.method,
            headers=_headers(request.headers),
            body=_encode_body(request.body),
            is_repeatable=request.method in ("GET", "HEAD"),
            deadline_seconds=_deadline_seconds(),
        )
        body = answer.body.decode()
    except (CallFailed, UnicodeDecodeError) as error:
        raise Problem(502, "monolith_unavailable", "The monolith did not answer.") from error
    content_type = answer.headers.get("content-type", "text/plain")
    returned = {name: answer.headers[name] for name in RETURNED_HEADERS if name in answer.headers}
    if any(forwarding.is_broken(value) for value in (content_type, *returned.values())):
        raise Problem(502, "monolith_unavailable", "The monolith did not answer.")
    headers = {"content-security-policy": PAGE_POLICY} | returned
    return RawResponse(body, content_type, headers, answer.status)


def _is_declared(path: str) -> bool:
    return bool(documents.list_methods(forwarding.decode(path)))


def _deadline_seconds() -> float:
    return min(DEADLINE_SECONDS, deadlines.seconds_left() + AFTER_DEADLINE_SECONDS)


@lru_cache(maxsize=1)
def _connections(base_url: str) -> Connections:
    """Return the connections to the monolith of this container."""
    parts = urlsplit(base_url)
    guard = Guard(
        redirects=None,
        max_bytes=MAX_ANSWER_BYTES,
        deadline_seconds=DEADLINE_SECONDS,
        answer_seconds=DEADLINE_SECONDS,
        trusted_origin=f"{parts.scheme}://{parts.netloc}",
        header_encoding="latin-1",
    )
    return Connections(guard)


def _encode_body(body: bytes | str) -> bytes:
    return body.encode() if isinstance(body, str) else body


def _headers(received: Mapping[str, str]) -> dict[str, str]:
    chosen = forwarding.choose_headers(received)
    return (
        {name: _encodable(value) for name, value in chosen.items()}
        | _identity(received.get("authorization"))
        | {correlation.HEADER: correlation.current()}
    )


def _encodable(value: str) -> str:
    """Return a value that is sent as UTF-8 where ISO 8859-1, which is sent, has no such."""
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode().decode("latin-1")
    return value


def _identity(authorization: str | None) -> dict[str, str]:
    """Return the identity headers; the route is public, so the authorizer has not run yet."""
    if authorization is None:
        return {}
    claims = authorize(authorization)
    if claims is None:
        raise Unauthenticated("The access token is not valid.")
    return {
        "x-user-id": claims["userId"],
        "x-user-email": claims["email"],
        "x-user-role": claims["role"],
    }
