"""Routes of the gateway: platform health, API documents, and paths that no feature declares."""

from typing import Annotated

from chalice.app import CloudWatchEvent, Rate, Request
from msgspec import Meta

from domain.errors import NotFound
from gateway.rules import answers
from gateway.schemas import Compared, Comparison, Migration, MigrationReport, PlatformHealth
from gateway.use_cases import documents, migration, monitoring, monolith, old_api, shadow
from gateway.use_cases.feature_calls import Origin
from shared.http import health
from shared.http.app import FeatureApp
from shared.http.cors import preflight_headers
from shared.http.health import HealthQuery
from shared.http.operations import RawResponse, TypedResponse
from shared.http.problems import method_not_allowed
from shared.http.request import query_parameters, raw_body
from shared.platform import clock
from shared.platform.config import from_environment

app = FeatureApp("gateway", services=("lambda",), worker_services=("cloudwatch", "sqs"))

DocsFileName = Annotated[str, Meta(description="Name of the file.", examples=["swagger-ui.css"])]

_ALIVE = TypedResponse(PlatformHealth("ok", {}), health.CACHED)
_CACHED = {"cache-control": "public, max-age=300"}
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@app.route(
    "/v1/health",
    methods=["GET"],
    public=True,
    keyless=True,
    limit="health",
    response_headers=("Cache-Control",),
)
def get_platform_health(query: HealthQuery) -> TypedResponse[PlatformHealth]:  # noqa: ARG001
    """Get the health of the platform.

    Says that the gateway answers, and asks nothing else, with `ready=1` either. Each feature has a
    health route of its own.
    """
    return _ALIVE


@app.route(
    "/v1/openapi.json",
    methods=["GET"],
    public=True,
    keyless=True,
    limit="documents",
    response_headers=("Cache-Control",),
    media_types=("application/json",),
)
def get_openapi_document() -> RawResponse:
    """Get this description of the API."""
    return RawResponse(documents.get_openapi(), "application/json", _CACHED)


@app.route(
    "/v1/docs",
    methods=["GET"],
    public=True,
    keyless=True,
    limit="documents",
    response_headers=("Cache-Control",),
    media_types=("text/html",),
)
def get_docs_page() -> RawResponse:
    """Get the documentation page.

    An HTML page on which people read this description and try the API.
    """
    policy = {"content-security-policy": _DOCS_POLICY}
    return RawResponse(documents.get_docs_page(), "text/html; charset=utf-8", _CACHED | policy)


@app.route(
    "/v1/docs/{name}",
    methods=["GET"],
    public=True,
    keyless=True,
    limit="documents",
    errors=(NotFound,),
    response_headers=("Cache-Control",),
    media_types=("text/css", "text/javascript"),
)
def get_docs_file(name: DocsFileName) -> RawResponse:
    """Get a file of the documentation page."""
    text, media_type = documents.get_docs_file(name)
    return RawResponse(text, f"{media_type}; charset=utf-8", _CACHED)


@app.route("/{proxy+}", methods=["OPTIONS"], public=True, keyless=True, limit=None)
def answer_preflight(request: Request) -> RawResponse:
    """Answer a browser's CORS preflight for any path.

    API Gateway passes a method that a path does not declare to `/{proxy+}`, so no route needs an
    OPTIONS method of its own.
    """
    methods = documents.list_methods(_path(request)) or ["GET", "POST", "PUT", "PATCH", "DELETE"]
    headers = preflight_headers(request.headers.get("origin"), methods)
    return RawResponse("", "text/plain", headers, status=204)


@app.route(
    "/{proxy+}",
    methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    public=True,
    limit="unowned",
    max_body_bytes=monolith.MAX_BODY_BYTES,
)
def handle_undeclared_route(request: Request) -> RawResponse:
    """Answer a request that no feature declares.

    A declared path with another method is a 405. An old path of a feature is served as its switch
    says (docs/migration.md). Any other path goes to the monolith, or is a 404 where there is none.
    """
    allowed = documents.list_methods(_path(request))
    if allowed:
        raise method_not_allowed(allowed)
    received = monolith.ForwardedRequest(
        method=request.method,
        path=_path(request),
        query=query_parameters(request),
        headers=monolith.read_headers(
            request.headers, request.to_original_event().get("multiValueHeaders") or {}
        ),
        body=raw_body(request),
        prefix=answers.find_prefix(request.context["path"], _path(request)),
    )
    monolith_url = from_environment(monolith.MonolithSettings).monolith_url
    monolith.check(received)
    old_path = old_api.find(received)
    if old_path is not None:
        identity = request.context.get("identity") or {}

        def find_origin(claims: dict[str, str]) -> Origin:
            return Origin(claims, identity.get("sourceIp") or "", identity.get("userAgent") or "")

        return old_api.answer(received, old_path, monolith_url, find_origin, clock.now())
    if monolith_url:
        return monolith.forward(received, monolith_url, monolith.identify(received.headers))
    raise NotFound("There is no such path.")


@app.schedule(Rate(5, unit=Rate.MINUTES))
def monitor(event: CloudWatchEvent) -> None:  # noqa: ARG001
    """Report what functions cannot report themselves: crashes, dead letters, lag."""
    monitoring.run(clock.now())


@app.operator_function()
def compare(comparison: Comparison) -> Compared:
    """Compare the monolith's answer with that of ours. The gateway itself asks for it, later."""
    return shadow.compare(comparison, clock.now())


@app.operator_function(name="migration")
def migrate(request: Migration) -> MigrationReport:
    """Show and set switches, report differences, bring back what the monolith lacks."""
    monolith_url = from_environment(monolith.MonolithSettings).monolith_url
    return migration.run(request, monolith_url, clock.now())


def _path(request: Request) -> str:
    return "/" + (request.uri_params or {}).get("proxy", "")
