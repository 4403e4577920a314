"""Body and headers of a gateway response: what an API answers when no integration is reached.

docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(r"\$context\.([A-Za-z]+(?:\.[A-Za-z]+)*)")
_HEADER = "gatewayresponse.header."
_QUOTED = "'"


def body(template: str, context: Mapping[str, Any]) -> str:
    """Return the template with its variables replaced; API Gateway evaluates no other code in it.

    `$context.error.messageString` is the quoted message, all others are inserted as they are, and
    nothing where there is no such variable.
    """
    return _VARIABLE.sub(lambda match: _text(match[1], context), template)


def headers(parameters: Mapping[str, str], context: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of the response parameters: text in single quotes, or a variable."""
    found = {}
    for name, value in parameters.items():
        if not name.startswith(_HEADER):
            continue
        header = name.removeprefix(_HEADER)
        if value.startswith(_QUOTED) and value.endswith(_QUOTED):
            found[header] = value[1:-1]
        elif value.startswith("context."):
            found[header] = _text(value.removeprefix("context."), context)
    return found


def _text(path: str, context: Mapping[str, Any]) -> str:
    value: Any = context
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if path == "error.messageString":
        return json.dumps(value)
    return "" if value is None else str(value)
