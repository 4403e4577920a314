"""Contracts of files: requests without undeclared fields, and events as documented."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from files.app import app
from files.consumers import HANDLERS
from infra.paths import EVENTS
from tests.functional.files import samples
from tests.functional.files.world import FILES, World, published_events, sha256, stored_items
from tests.support import streams
from tests.support.captured_logs import Logs

JPEG = samples.image(size=(40, 30))
VALID_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/files"): {
        "name": "a.jpg",
        "size": len(JPEG),
        "contentType": "image/jpeg",
        "sha256": sha256(JPEG),
        "purpose": "message",
    },
    ("PATCH", "/v1/files/{id}"): {"altText": "A swallow"},
    ("POST", "/v1/files/{id}/parts"): {"parts": [{"number": 1, "sha256": sha256(JPEG)}]},
}
VALID_QUERIES = {
    ("GET", "/v1/files"): "limit=1",
    ("GET", "/v1/files/public"): "ids=fil_1",
    ("GET", "/v1/files/health"): "",
}
# Fields that a client might try to set: of the records, in other spellings, and JavaScript's own.
UNDECLARED = (
    *("id", "ownerId", "owner_id", "key", "bucket", "status", "kept", "reserved", "version"),
    *("uploadId", "reason", "dueAt", "readers", "public", "acl", "pk", "__proto__"),
)


def test_every_route_with_a_body_or_a_query_is_covered() -> None:
    operations = app.operations.items()
    assert {name for name, operation in operations if operation.body} == set(VALID_BODIES)
    assert {name for name, operation in operations if operation.query} == set(VALID_QUERIES)


@pytest.mark.parametrize("route", VALID_BODIES, ids=" ".join)
def test_undeclared_fields_are_refused_by_name_and_change_nothing(world: World, route: Any) -> None:
    method, path = route
    body = VALID_BODIES[route] | dict.fromkeys(UNDECLARED, "x")
    answer = world.client.request(method, path.replace("{id}", "fil_1"), json=body)
    assert answer.status_code == 422
    errors = {error["field"]: error["message"] for error in answer.json_body["errors"]}
    assert errors == {f"body.{name}": "is unknown" for name in UNDECLARED}
    assert stored_items() == []


@pytest.mark.parametrize("route", VALID_QUERIES, ids=" ".join)
def test_undeclared_parameters_are_refused_by_name(world: World, route: Any) -> None:
    method, path = route
    parameters = "&".join([VALID_QUERIES[route], *(f"{name}=x" for name in UNDECLARED)])
    answer = world.client.request(method, f"{path}?{parameters.lstrip('&')}")
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json_body["errors"]} == {
        f"query.{name}" for name in UNDECLARED
    }


def test_published_events_match_their_contracts_and_are_complete(world: World) -> None:
    file_id = world.new_clean_file()
    world.remove(file_id)
    world.upload(samples.SVG)
    events = published_events()
    # Those of exports: tests/functional/erasure/test_export.py.
    exports = {"export.ready", "export.downloaded"}
    assert {event.type for event in events} | exports == {data.type for data in app.published}
    for event in events:
        contract = json.loads((EVENTS / f"{event.type}.json").read_text())
        Draft202012Validator(contract["schema"], format_checker=FormatChecker()).validate(
            event.data
        )
        assert set(event.data) == set(contract["example"])
        assert (event.source, event.subject) == ("/artist-booking/files", event.data["fileId"])


def test_the_relay_publishes_the_events(world: World, logs: Logs) -> None:
    world.new_clean_file()
    expected = {event.id for event in published_events()}
    records = [streams.record(item, str(n)) for n, item in enumerate(streams.items("files"))]
    app.handler_map["outbox"]({"Records": records}, None)
    published = {line["event_id"] for line in logs.named("event") if line["outcome"] == "published"}
    assert published == expected
    assert published_events() == []


def test_every_consumed_event_has_a_contract_and_a_handler() -> None:
    contracts = {path.stem for path in EVENTS.glob("*.json")}
    assert set(app.consumed["files-events"]) <= set(HANDLERS)
    assert set(HANDLERS) & contracts >= set(app.consumed["files-events"])


def test_names_and_links_are_never_logged(world: World, logs: Logs) -> None:
    file_id = world.new_clean_file(name="my-secret-name.jpg")
    world.client.get(f"{FILES}/{file_id}")
    world.remove(file_id)
    assert "my-secret-name" not in logs.text
    assert "X-Amz-" not in logs.text
