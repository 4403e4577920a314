"""Gaps in the document: missing descriptions and examples, and names that are not unique."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from infra.openapi.document import document
from infra.openapi.schemas import Schema, description_of, referenced

_GIVE_EXAMPLE = {"examples", "enum", "const", "format"}


def find(*tags: str) -> list[str]:
    """Return one line for each thing that is not described, for all features or for some."""
    described = document()
    chosen = [
        (f"{method.upper()} {path}", operation)
        for path, item in described["paths"].items()
        for method, operation in item.items()
        if not tags or operation["tags"][0] in tags
    ]
    found = [*_operations(chosen, described)]
    names = referenced([operation for _, operation in chosen], described["components"]["schemas"])
    for name in sorted(names):
        found += _component(name, described["components"]["schemas"][name])
    for tag in described["tags"]:
        if not tag["description"] and (not tags or tag["name"] in tags):
            found.append(f"{tag['name']}: no docstring in functions/{tag['name']}/__init__.py")
    return found


def _operations(chosen: list[tuple[str, Any]], described: dict[str, Any]) -> Iterator[str]:
    ids = Counter(
        operation["operationId"]
        for item in described["paths"].values()
        for operation in item.values()
    )
    for route, operation in chosen:
        if ids[operation["operationId"]] > 1:
            yield f"{route}: operationId {operation['operationId']} is not unique"
        for parameter in operation.get("parameters", []):
            if "description" not in parameter:
                yield f"{route}: parameter {parameter['name']} is not described"
        body = operation.get("requestBody", {}).get("content", {})
        if any("example" not in content for content in body.values()):
            yield f"{route}: no example of a request"
        for status, response in operation["responses"].items():
            if "$ref" in response:
                continue
            if not response["description"].strip("."):
                yield f"{route}: response {status} is not described"
            for kind, content in response.get("content", {}).items():
                raw = content["schema"] == {"type": "object"}  # a document, not a schema of ours
                if kind == "application/json" and not raw and "example" not in content:
                    yield f"{route}: no example of response {status}"


def _component(name: str, schema: Schema) -> Iterator[str]:
    if "." in name or "_" in name:
        yield f"schema {name}: another feature has a schema of this name"
    if not schema.get("description"):
        yield f"schema {name}: not described"
    for field, property_ in schema.get("properties", {}).items():
        if not description_of(property_):
            yield f"schema {name}: property {field} is not described"
        for text in _texts(property_):
            if not _GIVE_EXAMPLE & text.keys() and not text.get("default"):
                yield f"schema {name}: property {field} has no example"


def _texts(schema: Schema) -> Iterator[Schema]:
    if "examples" in schema:
        return
    if schema.get("type") in {"string", "integer", "number"}:
        yield schema
    for inner in [*schema.get("anyOf", []), schema.get("items")]:
        if isinstance(inner, dict):
            yield from _texts(
                {**inner, "default": schema["default"]}
                if schema.get("default") is not None
                else inner
            )
