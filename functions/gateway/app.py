"""The door of the gateway: the documents, everybody's health, and every path nobody owns."""

from chalice.app import Request

from domain.errors import NotFound
from gateway.schemas import GatewaySettings, PlatformHealth
from gateway.use_cases import documents, health, monolith
from shared.http.app import FeatureApp, HealthQuery, preflight_headers
from shared.http.operations import RawResponse
from shared.http.problems import Problem
from shared.platform.config import from_environment

app = FeatureApp("gateway")

_CACHED = {"cache-control": "public, max-age=300"}
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src *; base-uri 'none'; frame-ancestors 'none'"
)


@app.route("/v1/health", methods=["GET"], public=True, keyless=True, limit=None)
def platform_health(query: HealthQuery) -> PlatformHealth:
    """Whether every feature answers; with `ready=1` also whether what they need does."""
    return health.of_all(query.ready)


@app.route("/v1/openapi.json", methods=["GET"], public=True, keyless=True, limit="documents")
def openapi() -> RawResponse:
    """This description of the API."""
    return RawResponse(documents.openapi(), "application/json", _CACHED)


@app.route("/v1/docs", methods=["GET"], public=True, keyless=True, limit="documents")
def docs() -> RawResponse:
    """A page to read and try the API."""
    policy = {"content-security-policy": _DOCS_POLICY}
    return RawResponse(documents.DOCS_PAGE, "text/html; charset=utf-8", _CACHED | policy)


@app.route("/v1/docs/{name}", methods=["GET"], public=True, keyless=True, limit="documents")
def docs_asset(name: str) -> RawResponse:
    """A file that the docs page loads."""
    text, media_type = documents.asset(name)
    return RawResponse(text, f"{media_type}; charset=utf-8", _CACHED)


@app.route("/{proxy+}", methods=["OPTIONS"], public=True, keyless=True, limit=None)
def preflight(request: Request) -> RawResponse:
    """Answer a browser's preflight for any path.

    API Gateway hands a method that a path does not declare to `/{proxy+}`, so no route needs an
    OPTIONS method of its own.
    """
    methods = documents.methods_of(_path(request)) or ["GET", "POST", "PUT", "PATCH", "DELETE"]
    headers = preflight_headers(request.headers.get("origin"), methods)
    return RawResponse("", "text/plain", headers, status=204)


@app.route(
    "/{proxy+}",
    methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    public=True,
    limit="unowned",
)
def unowned(request: Request) -> RawResponse:
    """What no feature owns: 405 for a known path, else the monolith where there is one, or 404."""
    allowed = documents.methods_of(_path(request))
    if allowed:
        detail = f"This path serves {', '.join(allowed)}."
        headers = {"Allow": ", ".join(allowed)}
        raise Problem(405, "method_not_allowed", detail, headers=headers)
    monolith_url = from_environment(GatewaySettings).monolith_url
    if monolith_url:
        return monolith.forward(request, monolith_url)
    raise NotFound("There is no such path.")


def _path(request: Request) -> str:
    return "/" + (request.uri_params or {}).get("proxy", "")
