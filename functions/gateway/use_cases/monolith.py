"""The strangler route: what no feature owns yet goes to the monolith that still does.

The monolith believes `x-user-*` headers, so none from outside may reach it: they are set here, from
a token we verified, or not at all.
"""

from urllib.parse import quote, urlencode

import urllib3
from chalice.app import Request

from domain.errors import NotFound, Unauthenticated
from shared.http.app import query_parameters
from shared.http.operations import RawResponse
from shared.http.problems import Problem
from shared.platform import correlation
from shared.platform.invocation import authorize

PATH_CHARACTERS = "/:@!$&'()*+,;=-._~%"  # as they may stand in a path (RFC 3986, 3.3), or encode
TIMEOUT = urllib3.Timeout(connect=2, read=20)
# Of one connection only (RFC 9110, 7.6.1), or ours to set.
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
FORWARDED_BACK = ("location", "etag", "cache-control", "retry-after")

_http = urllib3.PoolManager(timeout=TIMEOUT, retries=False)


def forward(request: Request, base_url: str) -> RawResponse:
    """Pass the request on and its answer back.

    Raises a 404 Problem for a path that climbs, a 401 one for a token that is not valid, a 502 one
    when the monolith does not answer or answers something that is not text.
    """
    path = "/" + (request.uri_params or {}).get("proxy", "")
    if {".", ".."} & set(path.split("/")):
        raise NotFound("There is no such path.")
    query = urlencode(query_parameters(request), doseq=True)
    url = base_url.rstrip("/") + quote(path, safe=PATH_CHARACTERS) + (f"?{query}" if query else "")
    try:
        answer = _http.request(
            request.method,
            url,
            body=request.raw_body or None,
            headers=_headers(request),
            redirect=False,
        )
        body = answer.data.decode()
    except (urllib3.exceptions.HTTPError, UnicodeDecodeError) as error:
        raise Problem(502, "monolith_unavailable", "The monolith gave no answer.") from error
    return RawResponse(
        body,
        content_type=answer.headers.get("content-type", "text/plain"),
        headers={name: answer.headers[name] for name in FORWARDED_BACK if name in answer.headers},
        status=answer.status,
    )


def _headers(request: Request) -> dict[str, str]:
    kept = {
        name: value
        for name, value in request.headers.items()
        if name not in NOT_FORWARDED and not _claims_identity(name)
    }
    return (
        kept
        | _identity(request.headers.get("authorization"))
        | {correlation.HEADER: correlation.current()}
    )


def _claims_identity(name: str) -> bool:
    # Many servers (CGI, WSGI, PHP) do not tell `x_user_id` from `x-user-id`.
    return name.replace("_", "-").startswith("x-user-")


def _identity(authorization: str | None) -> dict[str, str]:
    """Who is calling, as the authorizer says: this route stands open, so it was not asked yet."""
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
