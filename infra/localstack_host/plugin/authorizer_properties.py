"""Properties of the CloudFormation type AWS::ApiGateway::Authorizer, and their calls."""

from collections.abc import Mapping
from typing import Any

TYPE = "AWS::ApiGateway::Authorizer"
_ID = "AuthorizerId"
_TTL = "authorizerResultTtlInSeconds"
_STRINGS = (
    _ID,
    "RestApiId",
    "Name",
    "Type",
    "AuthType",
    "AuthorizerUri",
    "AuthorizerCredentials",
    "IdentitySource",
    "IdentityValidationExpression",
)
SCHEMA: Mapping[str, Any] = {
    "typeName": TYPE,
    "primaryIdentifier": [f"/properties/{_ID}"],
    "readOnlyProperties": [f"/properties/{_ID}"],
    "createOnlyProperties": ["/properties/RestApiId"],
    "required": ["RestApiId", "Type", "Name"],
    "properties": {
        **{name: {"type": "string"} for name in _STRINGS},
        "AuthorizerResultTtlInSeconds": {"type": "integer"},
        "ProviderARNs": {"type": "array", "items": {"type": "string"}},
    },
}


def arguments(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of CreateAuthorizer."""
    named = {
        _argument(name): value
        for name, value in properties.items()
        if name != _ID and value is not None
    }
    if _TTL in named:
        named[_TTL] = int(named[_TTL])  # CloudFormation may hold a number as text
    return named


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the patch operations of UpdateAuthorizer that lead from one state to the other."""
    old, new = arguments(before), arguments(after)
    replaced = [
        {"op": "replace", "path": f"/{name}", "value": str(value)}
        for name, value in sorted(new.items())
        if name != "restApiId" and old.get(name) != value
    ]
    removed = [{"op": "remove", "path": f"/{name}"} for name in sorted(old.keys() - new.keys())]
    return replaced + removed


def _argument(name: str) -> str:
    return "providerARNs" if name == "ProviderARNs" else f"{name[0].lower()}{name[1:]}"
