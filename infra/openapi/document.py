"""The OpenAPI 3.1 document."""

import tomllib
from importlib import import_module
from typing import Any

import msgspec

from infra import features
from infra.generated import as_json
from infra.openapi import docstrings, examples, responses, schemas
from infra.openapi.schemas import COMPONENTS, Schema
from infra.paths import ROOT
from shared.http.operations import Operation, RawResponse
from shared.http.problems import ProblemDetails

IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes the request safe to repeat: the same key and body are answered with the "
    "same response for 24 hours.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "examples": ["0c7a6d7e-2f0c-4d6e-9d3b-1f5d6a3b9c11"],
    },
}


def document() -> dict[str, Any]:
    """Build the whole description."""
    operations = _operations()
    roots: set[Any] = {ProblemDetails}
    for _, operation in operations:
        roots |= {each for each in (operation.body, operation.query) if each}
        roots |= {each for each in responses.answers_of(operation) if _is_described(each)}
    references, components = schemas.components(roots)
    paths: dict[str, dict[str, Any]] = {}
    for tag, operation in operations:
        described = _described(operation, tag, references, components)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    shared = responses.share(paths)
    referenced = schemas.referenced([paths, shared], components)
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": "..", "description": "The stage this document was loaded from"}],
        "tags": _tags({tag for tag, _ in operations}),
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {
                "apiKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "x-api-key",
                    "description": "Names the client application. It is not a secret.",
                },
                "accessToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "Names the person: the access token that signing in returns.",
                },
            },
            "headers": responses.header_components(),
            "responses": shared,
            # Queries are described as parameters.
            "schemas": {
                name: schema for name, schema in sorted(components.items()) if name in referenced
            },
        },
    }


def text() -> str:
    """Return the document as it is stored and served."""
    return as_json(document())


def _info() -> dict[str, Any]:
    return {
        "title": "Artist Booking",
        "version": tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"],
        "summary": "The open backend for artists who take bookings.",
        "description": "Errors are RFC 9457 problem details with a stable `code`. Lists are read "
        "page by page: send a page's `nextCursor` as `cursor` to get the next one. Instants are "
        "RFC 3339 in UTC, money is in minor units of an ISO 4217 currency.",
        "contact": {"name": "The maintainers of Artist Booking"},
        "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
    }


def _tags(groups: set[str]) -> list[dict[str, str]]:
    return [
        {"name": group, "description": docstrings.body(import_module(group))}
        for group in sorted(groups)
    ]


def _operations() -> list[tuple[str, Operation]]:
    """Return every operation with its feature; `{proxy+}` is not a path that can be called."""
    return [
        (group, operation)
        for group, app in features.load_all().items()
        for operation in getattr(app, "operations", {}).values()
        if "+}" not in operation.path
    ]


def _described(
    operation: Operation,
    tag: str,
    references: dict[Any, Schema],
    components: dict[str, Schema],
) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [tag],
        "summary": operation.summary,
        "description": _description(operation),
        "security": [_security(operation)],
    }
    if operation.roles:
        described["x-roles"] = sorted(operation.roles)
    parameters = _parameters(operation, references, components)
    if parameters:
        described["parameters"] = parameters
    if operation.body:
        reference = references[operation.body]
        described["requestBody"] = {
            "required": not _accepts_nothing(operation.body),
            "content": {responses.JSON: examples.with_example(reference, components)},
        }
    described["responses"] = responses.responses_of(operation, references, components)
    return described


def _description(operation: Operation) -> str:
    """Return the description, which also says who may call."""
    parts = [operation.description or operation.summary + "."]
    if operation.roles:
        roles = " or ".join(sorted(operation.roles))
        parts.append(f"Only for the role {roles}.")
    return "\n\n".join(parts)


def _accepts_nothing(body: type[Any]) -> bool:
    """Return whether a request may leave its body out, which counts as `{}`."""
    try:
        msgspec.convert({}, body)
    except msgspec.ValidationError:
        return False
    return True


def _security(operation: Operation) -> dict[str, list[str]]:
    needed: dict[str, list[str]] = {} if operation.keyless else {"apiKey": []}
    return needed if operation.public else needed | {"accessToken": []}


def _parameters(
    operation: Operation, references: dict[Any, Schema], components: dict[str, Schema]
) -> list[dict[str, Any]]:
    parameters = [
        _parameter(name, "path", schemas.schema_of(type_), required=True)
        for name, type_ in operation.path_parameters.items()
    ]
    if operation.query:
        schema = components[_name(references[operation.query])]
        required = schema.get("required", [])
        parameters += [
            _parameter(name, "query", property_, required=name in required)
            for name, property_ in schema["properties"].items()
        ]
    return [*parameters, IDEMPOTENCY_KEY] if operation.idempotent else parameters


def _parameter(name: str, place: str, schema: Schema, *, required: bool) -> dict[str, Any]:
    parameter = {"name": name, "in": place, "required": required}
    description = schemas.description_of(schema)
    if description:
        parameter["description"] = description
    return parameter | {"schema": schema}


def _name(reference: Schema) -> str:
    name: str = reference["$ref"].removeprefix(COMPONENTS)
    return name


def _is_described(answer: Any) -> bool:
    if answer in (None, RawResponse):
        return False
    return bool(schemas.struct_types([answer]))
