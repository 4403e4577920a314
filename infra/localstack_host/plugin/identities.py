"""Identity sources of an authorizer: the parts of a request that say who calls."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Request(NamedTuple):
    """What identity sources can name.

    Attributes:
        headers: A mapping that finds a name however it is capitalized.
        query: The last value of each query parameter.
        context: Variables of the request, `$context` of mapping templates.
        stage_variables: Variables of the stage.
    """

    headers: Mapping[str, str]
    query: Mapping[str, str]
    context: Mapping[str, Any]
    stage_variables: Mapping[str, str]


def values(sources: str, request: Request) -> list[str | None]:
    """Return the value of every source, None where the request has none.

    Args:
        sources: As `method.request.header.Authorization,context.identity.sourceIp`.
        request: Request that they are read from.
    """
    return [_value(source.strip(), request) for source in sources.split(",") if source.strip()]


def _value(source: str, request: Request) -> str | None:
    parts = source.split(".")
    match parts:
        case ["method", "request", "header", *name]:
            return request.headers.get(".".join(name))
        case ["method", "request", "querystring", *name]:
            return request.query.get(".".join(name))
        case ["stageVariables", *name]:
            return request.stage_variables.get(".".join(name))
        case ["context", *path]:
            value: Any = request.context
            for part in path:
                value = (value or {}).get(part)
            return None if value is None else str(value)
    return None
