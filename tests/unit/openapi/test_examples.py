"""Examples are composed from properties, and never made up."""

from typing import Any

import pytest

from infra.openapi.examples import NoExample, example_of

COMPONENTS = {
    "Money": {
        "type": "object",
        "properties": {"amount": {"type": "integer", "examples": [12000]}},
    },
    "Node": {
        "type": "object",
        "properties": {"child": {"anyOf": [{"$ref": "#/components/schemas/Node"}]}},
    },
}


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"type": "string", "examples": ["Ada"]}, "Ada"),
        ({"enum": ["pending", "confirmed"]}, "pending"),
        ({"const": "email"}, "email"),
        ({"type": "string", "format": "date-time"}, "2030-01-31T09:30:00Z"),
        ({"type": "boolean"}, True),
        ({"type": "boolean", "default": False}, False),
        ({"type": "integer", "default": 20}, 20),
        ({"$ref": "#/components/schemas/Money"}, {"amount": 12000}),
        ({"anyOf": [{"type": "null"}, {"type": "string", "examples": ["x"]}]}, "x"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Money"}}, [{"amount": 12000}]),
        ({"type": "array"}, []),
        ({"type": "object"}, {}),
        ({"$ref": "#/components/schemas/Node"}, {"child": None}),
    ],
)
def test_an_example_follows_from_the_schema(schema: dict[str, Any], example: Any) -> None:
    assert example_of(schema, COMPONENTS) == example


@pytest.mark.parametrize("type_", ["string", "integer", "number"])
def test_a_value_without_form_needs_an_example(type_: str) -> None:
    schema = {"type": "object", "properties": {"name": {"type": type_}}}
    with pytest.raises(NoExample, match="name"):
        example_of(schema, COMPONENTS)
