"""OpenAPI document: true, valid, and complete."""

import json
import tomllib
from typing import Any

import msgspec
import pytest

from infra import features, openapi
from infra.openapi import gaps
from infra.paths import OPENAPI, ROOT
from shared.http.decoding import decode_json


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
            own = [value["$ref"]] if "schemas" in value.get("$ref", "") else []
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
    # Calendar programs, what shows a notification, Twilio and Meta have no key.
    secrets = {
        "/v1/appointments/calendar/{file}",
        "/v1/notifications/callbacks/twilio/inbound",
        "/v1/notifications/callbacks/twilio/status/{id}",
        "/v1/notifications/unsubscribe/{token}",
        "/v1/quick-actions/links/{token}",
        "/v1/social/callbacks/{provider}/data-deletion",
        "/v1/social/callbacks/{provider}/deauthorize",
        "/v1/social/google-calendar/notifications",
        "/v1/social/webhooks/{provider}",
    }
    # Browsers are led to them by a provider.
    secrets |= {"/v1/auth/providers/{provider}/callback", "/v1/social/accounts/{id}/callback"}
    # People open the page that Meta links to.
    secrets.add("/v1/social/deletions/{code}")
    # What makes link previews, and search engines, read them.
    shared = {
        "/v1/files/public/{id}/picture",
        "/v1/profiles/artists/{handle}/share",
    }
    health = {path for path in keyless if path.endswith("/health")}
    assert keyless - documents - secrets - shared == health


def test_nothing_is_left_for_the_reader_to_guess() -> None:
    assert gaps.find() == []


def test_every_example_of_a_request_is_accepted(document: dict[str, Any]) -> None:
    for app in features.load_all().values():
        for operation in getattr(app, "operations", {}).values():
            if operation.body is None or "+}" in operation.path:
                continue
            described = document["paths"][operation.path][operation.method.lower()]
            example = described["requestBody"]["content"]["application/json"]["example"]
            decode_json(msgspec.json.encode(example), operation.body)


def test_every_error_status_names_its_codes(document: dict[str, Any]) -> None:
    shared = document["components"]["responses"]
    for path, item in document["paths"].items():
        for operation in item.values():
            for status, response in operation["responses"].items():
                if status < "400":
                    continue
                resolved = (
                    shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
                )
                assert resolved["x-error-codes"], path


def test_every_operation_says_when_to_try_again_after_an_outage() -> None:
    described = json.loads(openapi.text())
    for path, item in described["paths"].items():
        for method, operation in item.items():
            response = operation["responses"]["503"]
            if "$ref" in response:
                name = response["$ref"].rpartition("/")[2]
                response = described["components"]["responses"][name]
            assert "unavailable" in response["x-error-codes"], (method, path)
            assert "Retry-After" in response["headers"], (method, path)


def test_the_version_is_the_projects(document: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert document["info"]["version"] == project["version"]
    assert document["info"]["license"]["identifier"] == "Apache-2.0"
