"""Definition of the REST API: an OpenAPI document for API Gateway, made from the decorators.

It says who may call each route and which function answers. The public document
(docs/openapi.json) is another one: API Gateway refuses OpenAPI 3.1 and much of JSON Schema
("Amazon API Gateway important notes for REST APIs", AWS), and functions validate anyway. So this
one has no schemas and no descriptions.

Everything that a deployment of API Gateway freezes is in here: routes, integrations, the
authorizer, key requirements, gateway responses, binary media types. CDK derives the logical id of
the deployment from it, so a change of any of them reaches the stage.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalice.app import Chalice, RouteEntry

from shared.http import actions, security_headers
from shared.http.problems import CONTENT_TYPE
from shared.platform.config import path_name

Definition = dict[str, Any]

# API Gateway's longest wait for a function, in milliseconds. Raising it needs a quota increase.
INTEGRATION_TIMEOUT = 29_000

API_KEY = "apiKey"
ACCESS_TOKEN = "accessToken"  # noqa: S105 - the name of a security scheme
BEARER = r"^[Bb]earer [-0-9a-zA-Z._~+/]+=*$"

# Requests of these types reach a function base64-encoded, and Chalice decodes them; all others are
# text to API Gateway, which would replace bytes that are not UTF-8. Whether it decodes a response
# depends on the first type that the client accepts: `text/html` for a browser that opens a
# download. So it has to be all types ("Return binary media from a Lambda proxy integration in API
# Gateway", AWS). Text responses stay text: a response says what it is.
BINARY_MEDIA_TYPES = ("*/*",)

# Errors that the gateway answers without a function: response type -> status, code, detail. Only
# our authorizer denies access, and only for a bad token, so ACCESS_DENIED is a 401; roles are the
# features'. UNAUTHORIZED is a token that is missing, malformed, or refused for a few seconds.
GATEWAY_PROBLEMS: dict[str, tuple[int, str, str]] = {
    "UNAUTHORIZED": (401, "unauthorized", "A valid access token is needed."),
    "ACCESS_DENIED": (401, "unauthorized", "The access token is not valid."),
    "INVALID_API_KEY": (403, "invalid_api_key", "A valid x-api-key is needed."),
    "WAF_FILTERED": (403, "blocked", "This address sends too many requests."),
    "MISSING_AUTHENTICATION_TOKEN": (404, "not_found", "There is no such path."),
    "RESOURCE_NOT_FOUND": (404, "not_found", "There is no such path."),
    "REQUEST_TOO_LARGE": (413, "body_too_large", "The body is too large."),
    "UNSUPPORTED_MEDIA_TYPE": (415, "unsupported_media_type", "Send application/json."),
    "THROTTLED": (429, "too_many_requests", "This application sends requests too fast."),
    "QUOTA_EXCEEDED": (429, "quota_exceeded", "This application used up its daily quota."),
    "INTEGRATION_TIMEOUT": (504, "timeout", "The feature took too long to answer."),
    "INTEGRATION_FAILURE": (502, "bad_gateway", "The feature did not answer."),
    # The authorizer raises while KMS does not answer. A bug of its own would look the same.
    "AUTHORIZER_FAILURE": (503, "unavailable", "Something that is needed does not respond."),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "internal_error", "Something went wrong on our side."),
    "DEFAULT_4XX": (400, "bad_request", "The request cannot be served."),
    "DEFAULT_5XX": (500, "internal_error", "Something went wrong on our side."),
}
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
_EXTRA_HEADERS = {
    401: {"WWW-Authenticate": "'Bearer'"},
    429: {"Retry-After": "'1'"},
    503: {"Retry-After": "'5'"},
}

_PARAMETER = re.compile(r"{(\w+)\+?}")


@dataclass(frozen=True)
class TokenAuthorizer:
    """Function that verifies access tokens. Its answers are cached for `ttl` seconds."""

    function: str
    ttl: int


def define(
    apps: Mapping[str, Chalice],
    *,
    title: str,
    allowed_origins: tuple[str, ...],
    invocation: Callable[[str], str],
) -> Definition:
    """Build the definition.

    Args:
        apps: Chalice apps by the names of their groups.
        title: Name of the API.
        allowed_origins: Origins that may read the gateway's own errors.
        invocation: Returns the URI by which API Gateway invokes the function of a name.
    """
    authorizer = authorizer_of(apps)
    return {
        "openapi": "3.0.1",
        "info": {"title": title, "version": "1"},
        "paths": _paths(apps, invocation),
        "components": {
            "securitySchemes": {
                API_KEY: {"type": "apiKey", "name": "x-api-key", "in": "header"},
                ACCESS_TOKEN: {
                    "type": "apiKey",  # the only type that API Gateway reads
                    "name": "Authorization",
                    "in": "header",
                    "x-amazon-apigateway-authtype": "custom",
                    "x-amazon-apigateway-authorizer": {
                        "type": "token",
                        "authorizerUri": invocation(authorizer.function),
                        "authorizerResultTtlInSeconds": authorizer.ttl,
                        "identityValidationExpression": BEARER,
                    },
                },
            }
        },
        "x-amazon-apigateway-api-key-source": "HEADER",
        "x-amazon-apigateway-binary-media-types": list(BINARY_MEDIA_TYPES),
        "x-amazon-apigateway-gateway-responses": {
            type_: _gateway_response(*problem, allowed_origins)
            for type_, problem in GATEWAY_PROBLEMS.items()
        },
    }


def authorizer_of(apps: Mapping[str, Chalice]) -> TokenAuthorizer:
    """Return the authorizer that the group `authorizer` declares."""
    (declared,) = apps["authorizer"].builtin_auth_handlers
    return TokenAuthorizer(f"authorizer-{declared.name}", declared.ttl_seconds or 0)


def api_function(group: str) -> str:
    """Return the name of the function that answers the routes of a group."""
    return f"{path_name(group)}-api"


def share_actions(apps: Mapping[str, Chalice]) -> dict[str, str]:
    """Return the resources that actions of a record share, by path (`shared.http.actions`)."""
    guarded: set[str] = set()
    others: set[str] = set()
    for app in apps.values():
        for path, methods in app.routes.items():
            is_guarded = all(
                route.authorizer is not None and route.api_key_required
                for route in methods.values()
            )
            (guarded if is_guarded else others).add(path)
    return actions.share(guarded, others)


def _paths(
    apps: Mapping[str, Chalice], invocation: Callable[[str], str]
) -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = {}
    shared = share_actions(apps)
    for group, app in apps.items():
        for path, methods in app.routes.items():
            resource = shared.get(path, path)
            for method, route in methods.items():
                operation = _operation(resource, route, invocation(api_function(group)))
                paths.setdefault(resource, {})[method.lower()] = operation
    return {path: dict(sorted(methods.items())) for path, methods in sorted(paths.items())}


def _operation(path: str, route: RouteEntry, uri: str) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "responses": {"200": {"description": "The function's answer"}},
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": uri,
            "timeoutInMillis": INTEGRATION_TIMEOUT,
        },
    }
    parameters = _PARAMETER.findall(path)
    if parameters:
        operation["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in parameters
        ]
    security: list[dict[str, list[str]]] = []
    if route.authorizer is not None:
        security.append({ACCESS_TOKEN: []})
    if route.api_key_required:
        # API Gateway writes a key beside an authorizer as a second requirement, and needs both.
        security.append({API_KEY: []})
    return operation | ({"security": security} if security else {})


def _gateway_response(
    status: int, code: str, detail: str, allowed_origins: tuple[str, ...]
) -> dict[str, Any]:
    headers = {
        "Content-Type": f"'{CONTENT_TYPE}'",
        "Access-Control-Allow-Origin": _allowed_origin(allowed_origins),
        "Access-Control-Expose-Headers": "'retry-after, x-correlation-id'",
        "Vary": "'origin'",
        "Cache-Control": "'no-store'",
        "x-correlation-id": "context.requestId",
        **{name: _static(value) for name, value in security_headers.HEADERS.items()},
        **_EXTRA_HEADERS.get(status, {}),
    }
    body = {
        "type": f"urn:artist-booking:problem:{code}",
        "title": _TITLES[status],
        "status": status,
        "code": code,
        "detail": detail,
        "correlationId": "$context.requestId",
    }
    return {
        "statusCode": str(status),
        "responseParameters": {
            f"gatewayresponse.header.{name}": value for name, value in headers.items()
        },
        "responseTemplates": {"application/json": json.dumps(body)},
    }


def _static(value: str) -> str:
    """Return a static value of a response parameter: the outer quotes are taken off, no others."""
    return f"'{value}'"


def _allowed_origin(origins: tuple[str, ...]) -> str:
    # A gateway response cannot choose among origins. With several it repeats the caller's: the
    # body says nothing but the status, and credentials are never allowed (docs/adr/0004).
    return f"'{origins[0]}'" if len(origins) == 1 else "method.request.header.Origin"
