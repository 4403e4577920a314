"""OpenAPI document: true, valid, and complete."""

import json
from typing import Any

import pytest

from infra import features, openapi
from infra.paths import OPENAPI


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(OPENAPI.read_text())
    return stored


def test_the_stored_document_is_the_one_the_routes_make() -> None:
    assert OPENAPI.read_text() == openapi.text(), "run `make generate`"


def test_every_route_is_described(document: dict[str, Any]) -> None:
    declared = {
        (path, method.lower())
        for app in features.load_all().values()
        for path, methods in app.routes.items()
        for method in methods
        if "+}" not in path
    }
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert described == declared


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
    ]
    assert len(ids) == len(set(ids))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if "$ref" in value else []
            return own + [found for inner in value.values() for found in references(inner)]
        if isinstance(value, list):
            return [found for inner in value for found in references(inner)]
        return []

    for reference in references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas


def test_only_keyless_routes_need_no_api_key(document: dict[str, Any]) -> None:
    keyless = {
        path
        for path, item in document["paths"].items()
        for operation in item.values()
        if "apiKey" not in operation["security"][0]
    }
    documents = {"/v1/openapi.json", "/v1/docs", "/v1/docs/{name}", "/.well-known/jwks.json"}
    # Calendar programs, and what shows a notification, have no key.
    secrets = {"/v1/appointments/calendar/{file}", "/v1/quick-actions/links/{token}"}
    assert keyless - documents - secrets == {path for path in keyless if path.endswith("/health")}
