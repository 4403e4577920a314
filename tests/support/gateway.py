"""API Gateway in front of a feature's app: Chalice's test client with what it lacks.

    client_for(app).get("/v1/health")                                     # anonymous
    client_for(app).as_user("usr_1", role=Role.ARTIST).post("/v1/x", json={})
    client_for(app).with_token(access_token).get("/v1/auth/me")           # by the real authorizer

The app itself stays as it is, so infra's tests read the same routes in the same process.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import msgspec
from chalice.app import Chalice
from chalice.config import Config
from chalice.local import LocalGateway, NotAuthorizedError, RouteMatcher
from chalice.test import HTTPResponse, TestHTTPClient

from infra.constructs.api_definition import share_actions
from infra.openapi import responses
from shared.http import actions
from shared.http.caller import Role
from shared.http.operations import Operation, RawResponse
from shared.http.problems import CONTENT_TYPE

ADDRESS = "198.51.100.7"
GREEDY = "/{proxy+}"
NEVER = 4_102_444_800  # the year 2100


def client_for(app: Chalice) -> "ApiClient":
    """Return a client of `app` that nobody is signed in to."""
    return ApiClient(app)


@dataclass(frozen=True)
class ApiClient:
    """Client of one app from one address, signed in or anonymous."""

    app: Chalice
    address: str = ADDRESS
    headers: Mapping[str, str] = field(default_factory=dict)
    authorizer: Mapping[str, str] | None = None  # the context that API Gateway would hand over

    def as_user(
        self,
        user_id: str,
        role: str = Role.CLIENT,
        *,
        email: str = "someone@example.com",
        session_id: str = "ses_1",
        expires_at: float = NEVER,
        authenticated_at: float | None = NEVER,
    ) -> "ApiClient":
        """Return the same client, signed in as this person."""
        context = {
            "userId": user_id,
            "email": email,
            "role": str(role),
            "sessionId": session_id,
            "expiresAt": str(expires_at),
        }
        if authenticated_at is not None:
            context["authTime"] = str(authenticated_at)
        return replace(self, authorizer=context)

    def with_assistant(self, acting_id: str, *scopes: str) -> "ApiClient":
        """Return the same client, used by an assistant of the person who is signed in."""
        acting = {
            "actingId": acting_id,
            "actingSessionId": f"ses_of_{acting_id}",
            "scope": " ".join(scopes),
        }
        return replace(self, authorizer={**(self.authorizer or {}), **acting})

    def with_token(self, access_token: str) -> "ApiClient":
        """Return the same client with a bearer token, which our own authorizer verifies."""
        return self.with_headers({"authorization": f"Bearer {access_token}"})

    def with_headers(self, headers: Mapping[str, str]) -> "ApiClient":
        """Return the same client, sending these headers each time."""
        return replace(self, headers={**self.headers, **headers})

    def from_address(self, address: str) -> "ApiClient":
        """Return the same client at another IP address."""
        return replace(self, address=address)

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = msgspec.UNSET,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> HTTPResponse:
        """Send a request; `json` is encoded and gets its content type."""
        sent = {**self.headers, **(headers or {})}
        if json is not msgspec.UNSET:
            body = msgspec.json.encode(json)
            sent = {"content-type": "application/json", **sent}
        response = _Http(self).request(method, path, headers=sent, body=body)
        self._check_declared(method, path, response)
        return response

    def _check_declared(self, method: str, path: str, response: HTTPResponse) -> None:
        """Fail when a route answers what its declaration, and so the document, does not say."""
        operation = self._operation(method, path)
        if operation is None or operation.answer is RawResponse:
            return
        route = f"{operation.method} {operation.path}"
        if response.headers.get("content-type") == CONTENT_TYPE:
            code = response.json_body["code"]
            declared = responses.codes_of(operation)
            assert code in declared.get(response.status_code, {}), (
                f"{route} answered {response.status_code} {code}: declare it in `errors`"
            )
        elif response.status_code < 300:
            assert response.status_code in (operation.status, operation.repeat_status), route

    def _operation(self, method: str, path: str) -> Operation | None:
        operations: Mapping[tuple[str, str], Operation] = getattr(self.app, "operations", {})
        try:
            match = RouteMatcher([route for _, route in operations]).match_route(path)
        except ValueError:
            return None
        return operations.get((method, match.route))

    def get(self, path: str, **options: Any) -> HTTPResponse:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> HTTPResponse:
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> HTTPResponse:
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> HTTPResponse:
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> HTTPResponse:
        return self.request("DELETE", path, **options)

    def options(self, path: str, **options: Any) -> HTTPResponse:
        return self.request("OPTIONS", path, **options)


class _Http(TestHTTPClient):
    """Chalice's test client, made safe for threads."""

    def __init__(self, client: ApiClient) -> None:
        config = Config()
        super().__init__(client.app, config)
        self._local_gateway = _Gateway(client, config)

    @contextmanager
    def _patched_env_vars(self, environment_variables: Mapping[str, str]) -> Iterator[None]:
        # Chalice puts a copy in place of os.environ meanwhile; of two threads, the second would
        # take the first one's copy for the original and leave it behind for all later tests.
        assert not environment_variables
        yield


class _Gateway(LocalGateway):
    """Chalice's local gateway with addresses, greedy paths and our authorizer."""

    def __init__(self, client: ApiClient, config: Any) -> None:
        super().__init__(client.app, config)
        self._client = client
        self._authorizer = self  # type: ignore[assignment]  # see authorize

    def _generate_lambda_event(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> dict[str, Any]:
        greedy = method in self._app_object.routes.get(GREEDY, {})
        if greedy and not self._declares(method, path):
            bare_path, _, query = path.partition("?")
            event = super()._generate_lambda_event(method, f"/-?{query}", headers, body)
            event["requestContext"]["path"] = bare_path
            event["pathParameters"] = {"proxy": bare_path.lstrip("/")}
        else:
            event = super()._generate_lambda_event(method, path, headers, body)
        event["requestContext"]["identity"]["sourceIp"] = self._client.address
        return event

    def _declares(self, method: str, path: str) -> bool:
        """Whether a route other than the greedy one serves this, which then wins."""
        routes = self._app_object.routes
        try:
            match = RouteMatcher([route for route in routes if route != GREEDY]).match_route(path)
        except ValueError:
            return False
        return method in routes[match.route]

    def authorize(self, path: str, event: Any, context: Any) -> tuple[Any, Any]:
        """Stand in for chalice's LocalGatewayAuthorizer, which knows no custom authorizers."""
        request = event["requestContext"]
        route = self._app_object.routes.get(request["resourcePath"], {}).get(request["httpMethod"])
        if route is None or route.authorizer is None:
            return event, context
        _share(event, self._app_object)
        allowed = self._client.authorizer or _judged(event["headers"].get("authorization"), path)
        if allowed is not None:
            request["authorizer"] = dict(allowed)
        return event, context


def _share(event: dict[str, Any], app: Chalice) -> None:
    """Send a request to the resource that API Gateway has for its path."""
    request = event["requestContext"]
    path = request["resourcePath"]
    resource = _shared_resources(app).get(path)
    if resource is not None:
        event["resource"] = request["resourcePath"] = resource
        event["pathParameters"] |= {actions.ACTION: path.rpartition("/")[2]}


@cache
def _shared_resources(app: Chalice) -> dict[str, str]:
    return share_actions({"": app})


def _judged(authorization: str | None, path: str) -> dict[str, str] | None:
    """Return the context that our authorizer gives the header; None without a header."""
    if authorization is None:
        return None  # the feature's own door must refuse this
    # Not every feature's tests need them.
    from authorizer.app import authorize  # noqa: PLC0415
    from shared.platform.invocation import Unauthorized  # noqa: PLC0415

    arn = f"arn:aws:execute-api:us-east-1:123456789012:api/api/GET{path}"
    event = {"type": "TOKEN", "authorizationToken": authorization, "methodArn": arn}
    try:
        policy = authorize(event, None)
    except Unauthorized:
        raise NotAuthorizedError({}, b"") from None
    if policy["policyDocument"]["Statement"][0]["Effect"] != "Allow":
        raise NotAuthorizedError({}, b"")
    context: dict[str, str] = policy["context"]
    return context
