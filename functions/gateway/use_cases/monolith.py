"""Forwarding to the monolith: paths that no feature declares yet (strangler fig pattern).

The monolith trusts `x-user-*` headers, so none from outside may reach it: they are set here from a
verified token, or not at all.

Bodies are bytes in both directions. Lambda takes and returns at most 6 MB of JSON, in which they
are Base64 ("Lambda quotas", AWS), so 4,587,520 bytes pass; API Gateway alone would take 10 MB. A
larger upload is refused before it is forwarded, and a larger answer is a 502 that names the limit:
clients ask for parts of it by `Range`. Nothing is streamed.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from msgspec import Meta

from domain.errors import NotFound, Unauthenticated
from gateway.rules import answers, forwarding
from gateway.use_cases import documents
from shared.http.operations import RawResponse
from shared.http.problems import Problem
from shared.platform import correlation, deadlines
from shared.platform.invocation import authorize
from shared.platform.outside_calls import Answer, CallFailed, Connections, Failure, Guard

PATH_CHARACTERS = "/:@!$&'()*+,;=-._~%"  # allowed in a path or percent-encoding (RFC 3986, 3.3)
DEADLINE_SECONDS = 20.0  # from the look-up of its name to the last byte of its answer
# Of Lambda's 6 MiB, Base64 takes four bytes for three. The rest is for headers, which a request has
# twice in its event, and for what API Gateway says about it.
MAX_BODY_BYTES = 6 * 1024 * 1024 * 3 // 4 - 128 * 1024
MAX_ANSWER_BYTES = MAX_BODY_BYTES
# In JSON a character takes up to six bytes, so only text that is this short is returned as text.
MAX_TEXT_BYTES = 1024 * 1024
MAX_URL_CHARACTERS = 10_240  # of a request line and its headers ("Amazon API Gateway quotas")
# The monolith may answer later than AWS: after it, nothing else has to be done.
AFTER_DEADLINE_SECONDS = 7
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
    """A request to forward.

    Attributes:
        method: Its method.
        path: Its path, below the stage.
        query: Its query string: each parameter with all its values.
        headers: Its headers by their names in lower case.
        body: Its body.
        prefix: What stands before the path in the client's URL: the stage, as `/api`.
    """

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    prefix: str = ""

    @property
    def host(self) -> str:
        """Host of the API, as the client named it."""
        return self.headers.get("host", "").partition(":")[0].lower()


def read_headers(single: Mapping[str, str], multiple: Mapping[str, list[str]]) -> dict[str, str]:
    """Return the headers of a request by their names in lower case, repeated ones joined.

    HTTP/2 may send each cookie as a header of its own (RFC 9113, 8.2.3).

    Args:
        single: The last value of each.
        multiple: All values of each, as far as API Gateway names them.
    """
    joined = {name.lower(): value for name, value in single.items()}
    for name, values in multiple.items():
        joined[name.lower()] = ("; " if name.lower() == "cookie" else ", ").join(values)
    return joined


def check(request: ForwardedRequest) -> None:
    """Refuse a request that servers may read differently.

    Raises:
        NotFound: Servers might read different segments in the path, or it climbs, or it is a
            declared path in another spelling.
        Problem: 400, a header contains a line break.
    """
    if forwarding.find_malformed(request.headers) is not None:
        raise Problem(400, "malformed_header", "A header contains characters that none may.")
    if not forwarding.is_unambiguous(request.path) or _is_declared(request.path):
        raise NotFound("There is no such path.")


def identify(headers: Mapping[str, str]) -> dict[str, str] | None:
    """Return what the authorizer says about the access token of a request; None without one.

    The route is public, so the authorizer has not run yet.

    Raises:
        Unauthenticated: The access token is not valid.
    """
    authorization = headers.get("authorization")
    if authorization is None:
        return None
    claims = authorize(authorization)
    if claims is None:
        raise Unauthenticated("The access token is not valid.")
    return claims


def forward(
    request: ForwardedRequest, base_url: str, claims: Mapping[str, str] | None
) -> RawResponse:
    """Forward a request that was checked, and return the monolith's response.

    Args:
        request: The request.
        base_url: Where the monolith is.
        claims: What the authorizer says about the access token; None without one.

    Raises:
        Problem: 502, the monolith did not answer, or its answer is larger than what can be
            returned.
    """
    try:
        answer = send(request, base_url, claims)
    except CallFailed as error:
        if error.failure is Failure.TOO_LARGE:
            raise _too_large() from error
        raise _unavailable() from error
    return _return(answer, request, base_url)


def send(request: ForwardedRequest, base_url: str, claims: Mapping[str, str] | None) -> Answer:
    """Send a request to the monolith and return its answer as it is.

    Raises:
        CallFailed: The monolith did not answer, or too much.
    """
    query = urlencode(request.query, doseq=True)
    path = quote(_BARE_PERCENT.sub("%25", request.path), safe=PATH_CHARACTERS)
    url = base_url.rstrip("/") + path + (f"?{query}" if query else "")
    return _connections(base_url).call(
        url,
        method=request.method,
        headers=_headers(request.headers, claims),
        body=request.body,
        is_repeatable=request.method in ("GET", "HEAD"),
        deadline_seconds=_deadline_seconds(),
    )


def _return(answer: Answer, request: ForwardedRequest, base_url: str) -> RawResponse:
    content_type = answer.headers.get("content-type", "text/plain")
    returned = answers.choose_headers(
        answer.headers, method=request.method, base_url=base_url, prefix=request.prefix
    )
    cookies = tuple(
        answers.adapt_cookie(cookie, base_url=base_url, prefix=request.prefix, host=request.host)
        for cookie in answer.cookies
    )
    if not answers.is_sendable(content_type, returned, cookies):
        raise _unavailable()
    headers = {"content-security-policy": PAGE_POLICY} | returned
    return RawResponse(_as_text(answer.body), content_type, headers, answer.status, cookies)


def _as_text(body: bytes) -> str | bytes:
    """Return a body as text if it is short text: so it also reaches clients that accept nothing."""
    if len(body) <= MAX_TEXT_BYTES:
        try:
            return body.decode()
        except UnicodeDecodeError:
            pass
    return body


def _unavailable() -> Problem:
    return Problem(502, "monolith_unavailable", "The monolith did not answer.")


def _too_large() -> Problem:
    detail = (
        f"The monolith's answer is larger than {MAX_ANSWER_BYTES} bytes. Ask for parts of it by "
        "the header Range."
    )
    return Problem(502, "answer_too_large", detail)


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
        max_url_characters=MAX_URL_CHARACTERS + len(base_url),
    )
    return Connections(guard)


def _headers(received: Mapping[str, str], claims: Mapping[str, str] | None) -> dict[str, str]:
    chosen = forwarding.choose_headers(received)
    return (
        {name: _encodable(value) for name, value in chosen.items()}
        | _identity(claims)
        | {correlation.HEADER: correlation.current()}
    )


def _encodable(value: str) -> str:
    """Return a value that is sent as UTF-8 where ISO 8859-1, which is sent, has no such."""
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode().decode("latin-1")
    return value


def _identity(claims: Mapping[str, str] | None) -> dict[str, str]:
    """Return the identity headers."""
    if claims is None:
        return {}
    return {
        "x-user-id": claims["userId"],
        "x-user-email": claims["email"],
        "x-user-role": claims["role"],
    }
