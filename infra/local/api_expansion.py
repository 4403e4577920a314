"""Expansion of a REST API's body into the resources that it stands for.

MiniStack 1.5.33 drops gateway responses, timeouts and methods for ANY from an imported body, and
cannot change one: it creates a second API whose fixed id is taken, and fails. It runs the same API
made of single resources, and updates only those that changed. It is for MiniStack alone: LocalStack
and AWS import the body.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

Resources = dict[str, Any]

# Properties of the API that only say how a body is imported.
_IMPORT_OPTIONS = {"Body", "FailOnWarnings", "Mode", "Parameters"}
_API_KEY_SOURCE = "x-amazon-apigateway-api-key-source"
_BINARY_MEDIA_TYPES = "x-amazon-apigateway-binary-media-types"
_GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"
_AUTHORIZER = "x-amazon-apigateway-authorizer"
_INTEGRATION = "x-amazon-apigateway-integration"

_BODY = {
    "openapi",
    "info",
    "paths",
    "components",
    _API_KEY_SOURCE,
    _BINARY_MEDIA_TYPES,
    _GATEWAY_RESPONSES,
}
_OPERATION = {"responses", "parameters", "security", _INTEGRATION}
_SCHEME = {"type", "name", "in", "x-amazon-apigateway-authtype", _AUTHORIZER}
_INTEGRATION_PROPERTIES = {
    "type": "Type",
    "httpMethod": "IntegrationHttpMethod",
    "uri": "Uri",
    "timeoutInMillis": "TimeoutInMillis",
}
_AUTHORIZER_PROPERTIES = {
    "type": "Type",
    "authorizerUri": "AuthorizerUri",
    "authorizerResultTtlInSeconds": "AuthorizerResultTtlInSeconds",
    "identityValidationExpression": "IdentityValidationExpression",
}
_RESPONSE_PROPERTIES = {
    "statusCode": "StatusCode",
    "responseParameters": "ResponseParameters",
    "responseTemplates": "ResponseTemplates",
}


def expand(resources: Mapping[str, Any]) -> Resources:
    """Return the resources of a template with every API's body expanded.

    Deployments of such an API wait for all of its parts.

    Raises:
        ValueError: A body says something that would be lost.
    """
    expanded = dict(resources)
    for api_id, api in resources.items():
        if api.get("Type") == "AWS::ApiGateway::RestApi" and "Body" in api.get("Properties", {}):
            parts = _parts(api_id, api["Properties"]["Body"])
            expanded |= {api_id: _without_body(api), **parts}
            expanded |= {
                name: _after(resource, parts)
                for name, resource in resources.items()
                if resource.get("Type") == "AWS::ApiGateway::Deployment"
                and resource["Properties"]["RestApiId"] == {"Ref": api_id}
            }
    return expanded


def _without_body(api: Mapping[str, Any]) -> dict[str, Any]:
    properties = api["Properties"]
    body = properties["Body"]
    kept = {name: value for name, value in properties.items() if name not in _IMPORT_OPTIONS}
    kept["ApiKeySourceType"] = body.get(_API_KEY_SOURCE, "HEADER")
    kept["BinaryMediaTypes"] = body.get(_BINARY_MEDIA_TYPES, [])
    return {**api, "Properties": kept}


def _after(resource: Mapping[str, Any], parts: Iterable[str]) -> dict[str, Any]:
    before = resource.get("DependsOn", [])
    before = [before] if isinstance(before, str) else before
    return {**resource, "DependsOn": sorted({*before, *parts})}


def _parts(api_id: str, body: Mapping[str, Any]) -> Resources:
    _require_known(body, _BODY, "the body")
    schemes = body.get("components", {}).get("securitySchemes", {})
    parts: Resources = {}
    for name, scheme in schemes.items():
        _require_known(scheme, _SCHEME, f"the scheme {name}")
        if _AUTHORIZER in scheme:
            parts[_authorizer_id(api_id, name)] = _authorizer(api_id, name, scheme)
    for type_, response in body.get(_GATEWAY_RESPONSES, {}).items():
        parts[_logical_id(api_id, "Response", type_)] = _resource(
            "GatewayResponse",
            api_id,
            ResponseType=type_,
            **_renamed(response, _RESPONSE_PROPERTIES, f"the response {type_}"),
        )
    for path, methods in body["paths"].items():
        resource_id = _add_path(parts, api_id, path)
        for method, operation in methods.items():
            logical_id = _logical_id(api_id, "Method", f"{method.upper()} {path}")
            parts[logical_id] = _resource(
                "Method",
                api_id,
                ResourceId=resource_id,
                HttpMethod=method.upper(),
                **_method(api_id, schemes, f"{method.upper()} {path}", operation),
            )
    return parts


def _authorizer(api_id: str, name: str, scheme: Mapping[str, Any]) -> dict[str, Any]:
    properties = _renamed(scheme[_AUTHORIZER], _AUTHORIZER_PROPERTIES, f"the authorizer {name}")
    if properties["Type"] != "token":
        raise ValueError(f"MiniStack's deployer knows no authorizer of type {properties['Type']}.")
    return _resource(
        "Authorizer",
        api_id,
        Name=name,
        IdentitySource=f"method.request.header.{scheme['name']}",
        **(properties | {"Type": "TOKEN"}),
    )


def _add_path(parts: Resources, api_id: str, path: str) -> Any:
    """Add what is missing of a path, and return the reference of its last segment."""
    reference: Any = {"Fn::GetAtt": [api_id, "RootResourceId"]}
    above = ""
    for segment in filter(None, path.split("/")):
        above = f"{above}/{segment}"
        logical_id = _logical_id(api_id, "Resource", above)
        parts.setdefault(
            logical_id, _resource("Resource", api_id, ParentId=reference, PathPart=segment)
        )
        reference = {"Ref": logical_id}
    return reference


def _method(
    api_id: str, schemes: Mapping[str, Any], route: str, operation: Mapping[str, Any]
) -> dict[str, Any]:
    _require_known(operation, _OPERATION, route)
    integration = _renamed(operation[_INTEGRATION], _INTEGRATION_PROPERTIES, route)
    properties: dict[str, Any] = {
        "ApiKeyRequired": False,
        "AuthorizationType": "NONE",
        "Integration": integration | {"Type": integration["Type"].upper()},
    }
    for requirement in operation.get("security", []):
        for name in requirement:
            if _AUTHORIZER in schemes[name]:
                properties["AuthorizationType"] = "CUSTOM"
                properties["AuthorizerId"] = {"Ref": _authorizer_id(api_id, name)}
            else:
                properties["ApiKeyRequired"] = True
    return properties


def _resource(type_: str, api_id: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": f"AWS::ApiGateway::{type_}",
        "Properties": {"RestApiId": {"Ref": api_id}, **properties},
    }


def _renamed(said: Mapping[str, Any], names: Mapping[str, str], where: str) -> dict[str, Any]:
    _require_known(said, names, where)
    return {names[name]: value for name, value in said.items()}


def _require_known(said: Iterable[str], known: Iterable[str], where: str) -> None:
    unknown = sorted(set(said) - set(known))
    if unknown:
        raise ValueError(f"{where}: {', '.join(unknown)} would be lost on MiniStack.")


def _authorizer_id(api_id: str, name: str) -> str:
    return _logical_id(api_id, "Authorizer", name)


def _logical_id(api_id: str, kind: str, name: str) -> str:
    # Letters and digits are all that a logical id may have; the hash tells /a/b from /ab.
    readable = re.sub(r"[^A-Za-z0-9]", "", name)
    return f"{api_id}{kind}{readable}{hashlib.sha256(name.encode()).hexdigest()[:8]}"
