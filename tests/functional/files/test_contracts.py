"""What files takes, tells and hears fits what was agreed."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from files.app import app
from files.consumers import HANDLERS
from infra.paths import EVENTS
from tests.functional.files import samples
from tests.functional.files.world import FILES, World, kept, sha256, told
from tests.support import streams
from tests.support.captured_logs import Logs

JPEG = samples.image(size=(40, 30))
RIGHT_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/files"): {
        "name": "a.jpg",
        "size": len(JPEG),
        "contentType": "image/jpeg",
        "sha256": sha256(JPEG),
        "purpose": "message",
    },
    ("POST", "/v1/files/{id}/parts"): {"parts": [{"number": 1, "sha256": sha256(JPEG)}]},
}
RIGHT_QUERIES = {
    ("GET", "/v1/files"): "limit=1",
    ("GET", "/v1/files/public"): "ids=fil_1",
    ("GET", "/v1/files/health"): "",
}
# What somebody might hope to set: fields of the records, other spellings, JavaScript's own.
HOPED_FOR = ("id", "ownerId", "owner_id", "key", "bucket", "status", "kept", "reserved", "version")
HOPED_FOR += ("uploadId", "reason", "dueAt", "readers", "public", "acl", "pk", "__proto__")


def test_every_route_with_a_body_or_a_query_is_looked_at() -> None:
    operations = app.operations.items()
    assert {name for name, operation in operations if operation.body} == set(RIGHT_BODIES)
    assert {name for name, operation in operations if operation.query} == set(RIGHT_QUERIES)


@pytest.mark.parametrize("route", RIGHT_BODIES, ids=" ".join)
def test_undeclared_fields_are_refused_by_name_and_change_nothing(world: World, route: Any) -> None:
    method, path = route
    body = RIGHT_BODIES[route] | dict.fromkeys(HOPED_FOR, "x")
    answer = world.client.request(method, path.replace("{id}", "fil_1"), json=body)
    assert answer.status_code == 422
    errors = {error["field"]: error["message"] for error in answer.json_body["errors"]}
    assert errors == {f"body.{name}": "is unknown" for name in HOPED_FOR}
    assert kept() == []


@pytest.mark.parametrize("route", RIGHT_QUERIES, ids=" ".join)
def test_undeclared_parameters_are_refused_by_name(world: World, route: Any) -> None:
    method, path = route
    parameters = "&".join([RIGHT_QUERIES[route], *(f"{name}=x" for name in HOPED_FOR)])
    answer = world.client.request(method, f"{path}?{parameters.lstrip('&')}")
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json_body["errors"]} == {
        f"query.{name}" for name in HOPED_FOR
    }


def test_what_is_told_fits_its_contract_and_is_all_there_is(world: World) -> None:
    file_id = world.clean()
    world.remove(file_id)
    world.sent(samples.SVG)
    events = told()
    assert {event.type for event in events} == {data.type for data in app.published}
    for event in events:
        agreed = json.loads((EVENTS / f"{event.type}.json").read_text())
        Draft202012Validator(agreed["schema"], format_checker=FormatChecker()).validate(event.data)
        assert set(event.data) == set(agreed["example"])
        assert (event.source, event.subject) == ("/artist-booking/files", event.data["fileId"])


def test_the_relay_publishes_them(world: World, logs: Logs) -> None:
    world.clean()
    records = [streams.record(item, str(n)) for n, item in enumerate(streams.items("files"))]
    app.handler_map["outbox"]({"Records": records}, None)
    published = {line["event_id"] for line in logs.named("event") if line["outcome"] == "published"}
    assert published == {event.id for event in told()}


def test_every_event_that_has_a_contract_is_understood() -> None:
    """Handlers of events whose publishers are not here yet wait for them."""
    agreed = {path.stem for path in EVENTS.glob("*.json")}
    assert set(app.consumed["files-events"]) <= set(HANDLERS)
    assert set(HANDLERS) & agreed >= set(app.consumed["files-events"])


def test_names_and_links_stand_in_no_log(world: World, logs: Logs) -> None:
    file_id = world.clean(name="my-secret-name.jpg")
    world.client.get(f"{FILES}/{file_id}")
    world.remove(file_id)
    assert "my-secret-name" not in logs.text
    assert "X-Amz-" not in logs.text
