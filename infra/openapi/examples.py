"""Examples of requests and responses, composed from the examples of their properties."""

from typing import Any

from infra.openapi.schemas import COMPONENTS, Schema

FORMATS = {
    "date-time": "2030-01-31T09:30:00Z",
    "date": "2030-01-31",
    "time": "09:30:00",
    "duration": "PT1H",
}


class NoExample(LookupError):
    """A schema that neither gives an example nor lets one be derived; names the place."""


def with_example(schema: Schema, schemas: dict[str, Schema]) -> dict[str, Any]:
    """Return a media type object: the schema with an example, as long as one can be composed."""
    try:
        return {"schema": schema, "example": example_of(schema, schemas)}
    except NoExample:
        return {"schema": schema}


def example_of(schema: Schema, schemas: dict[str, Schema], at: str = "") -> Any:
    """Return an example that is valid against the schema.

    Raises:
        NoExample: A text has neither an example nor a form from which one follows.
    """
    given = [*schema.get("examples", []), *schema.get("enum", [])]
    if given or "const" in schema:
        return given[0] if given else schema["const"]
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(COMPONENTS)
        if f"<{name}>" in at:
            return None  # a schema that holds itself ends here
        return example_of(schemas[name], schemas, f"{at}<{name}>")
    for key in ("anyOf", "oneOf"):
        arms = [arm for arm in schema.get(key, []) if arm.get("type") != "null"]
        if arms:
            return example_of(arms[0], schemas, at)
    return _of_type(schema, schemas, at)


def _of_type(schema: Schema, schemas: dict[str, Schema], at: str) -> Any:
    default = schema.get("default")
    match schema.get("type"):
        case "object":
            return {
                name: example_of(property_, schemas, f"{at}.{name}")
                for name, property_ in schema.get("properties", {}).items()
            }
        case "array":
            items = schema.get("prefixItems") or [schema.get("items")]
            return [example_of(item, schemas, f"{at}[]") for item in items if item]
        case "boolean" | "null":
            return default if default is not None or schema["type"] == "null" else True
        case "string" if schema.get("format") in FORMATS:
            return FORMATS[schema["format"]]
    if default is None:
        raise NoExample(at)
    return default
