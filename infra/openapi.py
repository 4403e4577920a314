"""The OpenAPI document, made of the routes and the types of their handlers.

python -m infra.openapi            write docs/openapi.json
python -m infra.openapi --check    fail when it would change
"""

import re
import sys
from types import UnionType
from typing import Any, get_args

import msgspec
from msgspec.structs import fields

from infra import features
from infra.generated import as_json, write_or_check
from infra.paths import OPENAPI
from shared.http.operations import Operation, RawResponse
from shared.http.problems import ProblemDetails

JSON = "application/json"
PROBLEM = "application/problem+json"


def document() -> dict[str, Any]:
    """The whole description (OpenAPI 3.1)."""
    operations = _operations()
    types: set[Any] = {
        type_
        for _, operation in operations
        for type_ in (operation.body, operation.query, *_answers(operation))
        if _is_struct(type_)
    }
    ordered = sorted(types | {ProblemDetails}, key=lambda type_: str(type_.__name__))
    schemas, components = msgspec.json.schema_components(
        ordered, ref_template="#/components/schemas/{name}"
    )
    references = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for tag, operation in operations:
        described = _described(operation, tag, references, components)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Artist Booking",
            "version": "1.0.0",
            "description": "The open backend for artists who take bookings.",
        },
        "servers": [{"url": "..", "description": "The stage this document was loaded from"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {
                "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"},
                "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
            "schemas": dict(sorted(components.items())),
        },
    }


def text() -> str:
    """The document as it is stored and served."""
    return as_json(document())


def _operations() -> list[tuple[str, Operation]]:
    """Every operation with the group it belongs to; `{proxy+}` is no path one can call."""
    return [
        (group, operation)
        for group, app in features.load_all().items()
        for operation in getattr(app, "operations", {}).values()
        if "+}" not in operation.path
    ]


def _described(
    operation: Operation, tag: str, references: dict[Any, Any], components: dict[str, Any]
) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": _camel(f"{tag}_{operation.name}"),
        "tags": [tag],
        "summary": operation.summary,
        "security": [_security(operation)],
        "responses": _responses(operation, references),
    }
    if operation.description:
        described["description"] = operation.description
    if operation.roles:
        described["x-roles"] = sorted(operation.roles)
    parameters = _parameters(operation, references, components)
    if parameters:
        described["parameters"] = parameters
    if operation.body:
        described["requestBody"] = {
            "required": any(field.required for field in fields(operation.body)),
            "content": {JSON: {"schema": references[operation.body]}},
        }
    return described


def _security(operation: Operation) -> dict[str, list[str]]:
    needed: dict[str, list[str]] = {} if operation.keyless else {"apiKey": []}
    return needed if operation.public else needed | {"accessToken": []}


def _parameters(
    operation: Operation, references: dict[Any, Any], components: dict[str, Any]
) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in operation.path_parameters
    ]
    if operation.query:
        schema = components[references[operation.query]["$ref"].rpartition("/")[2]]
        required = schema.get("required", [])
        parameters += [
            {"name": name, "in": "query", "required": name in required, "schema": property_}
            for name, property_ in schema["properties"].items()
        ]
    if operation.idempotent:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            }
        )
    return parameters


def _responses(operation: Operation, references: dict[Any, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "Done."}
    answers = [references[answer] for answer in _answers(operation) if answer in references]
    if answers:
        schema = answers[0] if len(answers) == 1 else {"oneOf": answers}
        success["content"] = {JSON: {"schema": schema}}
    problem = {
        "description": "What went wrong (RFC 9457).",
        "content": {PROBLEM: {"schema": references[ProblemDetails]}},
    }
    return {str(operation.status): success, "default": problem}


def _answers(operation: Operation) -> tuple[Any, ...]:
    """What the operation may answer: one type, or each of a union."""
    answer = operation.answer
    return get_args(answer) if isinstance(answer, UnionType) else (answer,)


def _is_struct(type_: Any) -> bool:
    return (
        isinstance(type_, type) and issubclass(type_, msgspec.Struct) and type_ is not RawResponse
    )


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


if __name__ == "__main__":
    write_or_check({OPENAPI: text()}, check="--check" in sys.argv)
