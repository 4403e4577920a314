"""Body and headers of a gateway response: what an API answers when no integration is reached.

docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(r"\$context\.([A-Za-z]+(?:\.[A-Za-z]+)*)")
_HEADER = "gatewayresponse.header."
_REQUEST_HEADER = "method.request.header."
_QUOTED = "'"
_DECLARED = "x-amazon-apigateway-gateway-responses"


def declared(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what an OpenAPI definition declares, as arguments of PutGatewayResponse."""
    return [
        {
            "responseType": type_,
            "responseParameters": response.get("responseParameters") or {},
            "responseTemplates": response.get("responseTemplates") or {},
            **({"statusCode": str(response["statusCode"])} if "statusCode" in response else {}),
        }
        for type_, response in (definition.get(_DECLARED) or {}).items()
    ]


def body(template: str, context: Mapping[str, Any]) -> str:
    """Return the template with its variables replaced; API Gateway evaluates no other code in it.

    `$context.error.messageString` is the quoted message, all others are inserted as they are, and
    nothing where there is no such variable.
    """
    return _VARIABLE.sub(lambda match: _text(match[1], context), template)


def headers(
    parameters: Mapping[str, str], context: Mapping[str, Any], request: Mapping[str, str]
) -> dict[str, str]:
    """Return the headers of the response parameters.

    Args:
        parameters: Headers with their values: text in single quotes, a variable of the context, or
            a header of the request, without which there is none in the response.
        context: Variables of the request.
        request: Headers of the request; finds a name however it is capitalized.
    """
    found = {}
    for name, value in parameters.items():
        if not name.startswith(_HEADER):
            continue
        header = name.removeprefix(_HEADER)
        if value.startswith(_QUOTED) and value.endswith(_QUOTED):
            found[header] = value[1:-1]
        elif value.startswith("context."):
            found[header] = _text(value.removeprefix("context."), context)
        elif value.startswith(_REQUEST_HEADER):
            sent = request.get(value.removeprefix(_REQUEST_HEADER))
            if sent is not None:
                found[header] = sent
    return found


def _text(path: str, context: Mapping[str, Any]) -> str:
    value: Any = context
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if path == "error.messageString":
        return json.dumps(value)
    return "" if value is None else str(value)
