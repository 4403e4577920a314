"""JSON Schemas of the API's structs, with the descriptions and examples of their docstrings."""

from collections.abc import Iterable
from enum import Enum
from typing import Any

import msgspec
from msgspec import inspect

from infra.openapi import docstrings

Schema = dict[str, Any]
COMPONENTS = "#/components/schemas/"


def struct_types(roots: Iterable[Any]) -> set[type]:
    """Return every struct and enum that the types of the API hold."""
    found: set[type] = set()
    for info in inspect.multi_type_info(roots):
        _collect(info, found)
    return found


def _collect(info: Any, found: set[type]) -> None:
    if isinstance(info, inspect.StructType | inspect.EnumType):
        if info.cls in found:
            return
        found.add(info.cls)
    if isinstance(info, inspect.StructType):
        for field in info.fields:
            _collect(field.type, found)
        return
    for name in ("type", "item_type", "key_type", "value_type"):
        inner = getattr(info, name, None)
        if isinstance(inner, inspect.Type):
            _collect(inner, found)
    for name in ("types", "item_types"):
        inner = getattr(info, name, None)
        if isinstance(inner, tuple):
            for each in inner:
                _collect(each, found)


def components(
    roots: Iterable[Any], prefix: str = COMPONENTS
) -> tuple[dict[Any, Schema], dict[str, Schema]]:
    """Return the reference to each struct and enum, and the components they refer to."""
    ordered = sorted(struct_types(roots), key=lambda type_: (type_.__name__, type_.__module__))
    found, schemas = msgspec.json.schema_components(ordered, ref_template=prefix + "{name}")
    references = dict(zip(ordered, found, strict=True))
    for type_, reference in references.items():
        _describe(type_, schemas[reference["$ref"].removeprefix(prefix)])
    return references, schemas


def schema_of(type_: Any) -> Schema:
    """Return the schema of a type without components, such as an annotated text."""
    schema: Schema = msgspec.json.schema(type_)
    return schema


def _describe(type_: type, schema: Schema) -> None:
    schema["description"] = docstrings.body(type_)
    if issubclass(type_, Enum):
        return
    described = docstrings.fields(type_)
    assert issubclass(type_, msgspec.Struct)
    config = type_.__struct_config__
    if config.tag_field is not None:
        tag = schema["properties"][config.tag_field]
        tag["description"] = f"Always `{config.tag}`, which tells this schema from others."
    for field in msgspec.structs.fields(type_):
        documented = described.get(field.name)
        if documented is None:
            continue
        property_ = schema["properties"][field.encode_name]
        if documented.description:
            property_["description"] = documented.description
        if documented.example is not msgspec.UNSET:
            property_["examples"] = [documented.example]


def description_of(schema: Schema) -> str:
    """Return the description of a property: its own, or that of the only type it can have."""
    if "description" in schema:
        return str(schema["description"])
    arms = [arm for arm in schema.get("anyOf", []) if arm.get("type") != "null"]
    return description_of(arms[0]) if len(arms) == 1 else ""


def referenced(values: Any, schemas: dict[str, Schema]) -> set[str]:
    """Return the names of the components that the values refer to, directly or not."""
    found: set[str] = set()
    pending = [values]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            name = str(value.get("$ref", "")).removeprefix(COMPONENTS)
            if name in schemas and name not in found:
                found.add(name)
                pending.append(schemas[name])
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return found
