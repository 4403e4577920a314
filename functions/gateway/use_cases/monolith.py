"""Forwarding to the monolith: paths that no feature declares yet (strangler fig pattern).

The monolith trusts `x-user-*` headers, so none from outside may reach it: they are set here from a
verified token, or not at all.
"""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote, urlencode

import msgspec
import urllib3
from msgspec import Meta

from domain.errors import NotFound, Unauthenticated
from shared.http.operations import RawResponse
from shared.http.problems import Problem
from shared.platform import correlation, deadlines
from shared.platform.invocation import authorize

PATH_CHARACTERS = "/:@!$&'()*+,;=-._~%"  # allowed in a path or percent-encoding (RFC 3986, 3.3)
CONNECT_SECONDS = 2
READ_SECONDS = 20
# The monolith may answer later than AWS: after it, nothing else has to be done.
AFTER_DEADLINE_SECONDS = 7
# Headers of one connection only (RFC 9110, 7.6.1), or set here.
NOT_FORWARDED = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "content-length",
    "accept-encoding",
    "x-api-key",
    correlation.HEADER,
}
RETURNED_HEADERS = ("location", "etag", "cache-control", "retry-after")


class MonolithSettings(msgspec.Struct, frozen=True):
    """Settings of the monolith.

    Attributes:
        monolith_url: Where undeclared paths are forwarded to; empty without a monolith.
    """

    monolith_url: Annotated[str, Meta(pattern=r"^(https?://\S+)?$")] = ""


_http = urllib3.PoolManager(retries=False)


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
        NotFound: The path contains `.` or `..` segments.
        Unauthenticated: The access token is not valid.
        Problem: 502, the monolith did not answer, or its answer is not text.
    """
    if {".", ".."} & set(request.path.split("/")):
        raise NotFound("There is no such path.")
    query = urlencode(request.query, doseq=True)
    path = quote(request.path, safe=PATH_CHARACTERS)
    url = base_url.rstrip("/") + path + (f"?{query}" if query else "")
    try:
        answer = _http.request(
            request.method,
            url,
            body=request.body or None,
            headers=_headers(request.headers),
            redirect=False,
            timeout=_timeout(),
        )
        body = answer.data.decode()
    except (urllib3.exceptions.HTTPError, UnicodeDecodeError) as error:
        raise Problem(502, "monolith_unavailable", "The monolith did not answer.") from error
    return RawResponse(
        body,
        content_type=answer.headers.get("content-type", "text/plain"),
        headers={name: answer.headers[name] for name in RETURNED_HEADERS if name in answer.headers},
        status=answer.status,
    )


def _timeout() -> urllib3.Timeout:
    longest = deadlines.seconds_left() + AFTER_DEADLINE_SECONDS
    return urllib3.Timeout(connect=CONNECT_SECONDS, read=min(READ_SECONDS, longest))


def _headers(received: Mapping[str, str]) -> dict[str, str]:
    forwarded = {
        name: value
        for name, value in received.items()
        if name not in NOT_FORWARDED and not _claims_identity(name)
    }
    return (
        forwarded
        | _identity(received.get("authorization"))
        | {correlation.HEADER: correlation.current()}
    )


def _claims_identity(name: str) -> bool:
    # Many servers (CGI, WSGI, PHP) treat `x_user_id` and `x-user-id` alike.
    return name.replace("_", "-").startswith("x-user-")


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
