"""Breaking changes of the API are found, and need a new version."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from infra.openapi.compatibility import announces_breaks, breaking_changes

Document = dict[str, Any]
REFERENCE = {"$ref": "#/components/schemas/Service"}
DOCUMENT: Document = {
    "paths": {
        "/v1/services": {
            "post": {
                "operationId": "createService",
                "parameters": [{"name": "dryRun", "in": "query", "required": False}],
                "requestBody": {
                    "required": False,
                    "content": {"application/json": {"schema": REFERENCE}},
                },
                "responses": {
                    "201": {"content": {"application/json": {"schema": REFERENCE}}},
                    "422": {},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Service": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "mode": {"enum": ["direct", "request"]},
                    "parts": {"type": "array", "items": REFERENCE},
                    "price": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                },
                "required": ["name"],
            }
        }
    },
}


def operation(document: Document) -> Any:
    return document["paths"]["/v1/services"]["post"]


def service(document: Document) -> Any:
    return document["components"]["schemas"]["Service"]


def remove_operation(document: Document) -> None:
    del document["paths"]["/v1/services"]["post"]


def rename_operation(document: Document) -> None:
    operation(document)["operationId"] = "addService"


def remove_parameter(document: Document) -> None:
    operation(document)["parameters"] = []


def require_parameter(document: Document) -> None:
    operation(document)["parameters"][0]["required"] = True


def require_body(document: Document) -> None:
    operation(document)["requestBody"]["required"] = True


def change_status(document: Document) -> None:
    responses = operation(document)["responses"]
    responses["200"] = responses.pop("201")


def remove_property(document: Document) -> None:
    del service(document)["properties"]["name"]


def require_property(document: Document) -> None:
    service(document)["required"].append("mode")


def change_type(document: Document) -> None:
    service(document)["properties"]["price"]["anyOf"][0]["type"] = "string"


def remove_value(document: Document) -> None:
    service(document)["properties"]["mode"]["enum"] = ["direct"]


def add_value(document: Document) -> None:
    service(document)["properties"]["mode"]["enum"].append("walk_in")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (remove_operation, "POST /v1/services: removed"),
        (rename_operation, "POST /v1/services: operationId is now addService"),
        (remove_parameter, "POST /v1/services: parameter dryRun was removed"),
        (require_parameter, "POST /v1/services: parameter dryRun is now required"),
        (require_body, "POST /v1/services: the body is now required"),
        (change_status, "POST /v1/services: no longer answers 201"),
        (remove_property, "POST /v1/services: response 201.name was removed"),
        (require_property, "POST /v1/services: body.mode is now required"),
        (change_type, "POST /v1/services: response 201.price is string now, not integer"),
        (remove_value, "POST /v1/services: body.mode no longer takes request"),
        (add_value, "POST /v1/services: response 201.mode may now be walk_in"),
    ],
)
def test_a_breaking_change_is_named(change: Callable[[Document], None], found: str) -> None:
    new = deepcopy(DOCUMENT)
    change(new)
    assert found in breaking_changes(DOCUMENT, new)


def add_operation(document: Document) -> None:
    document["paths"]["/v1/other"] = {"get": operation(document)}


def add_optional_property(document: Document) -> None:
    service(document)["properties"]["note"] = {"type": "string"}


def describe(document: Document) -> None:
    operation(document)["summary"] = "Create a service"
    service(document)["properties"]["name"]["description"] = "Name."


@pytest.mark.parametrize("change", [add_operation, add_optional_property, describe])
def test_an_addition_breaks_nothing(change: Callable[[Document], None]) -> None:
    new = deepcopy(DOCUMENT)
    change(new)
    assert breaking_changes(DOCUMENT, new) == []


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ("0.1.0", "0.2.0", True),
        ("0.1.0", "0.1.1", False),
        ("0.9.0", "1.0.0", True),
        ("1.0.0", "1.1.0", False),
        ("1.1.0", "2.0.0", True),
        ("2.0.0", "2.0.0", False),
        ("2.0.0", "1.0.0", False),
    ],
)
def test_the_version_announces_breaking_changes(old: str, new: str, allowed: bool) -> None:
    assert announces_breaks(old, new) is allowed
