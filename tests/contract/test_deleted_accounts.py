"""Deleted accounts: an access token that outlived its account writes nothing, on any route."""

import re
from collections.abc import Iterator
from typing import Any

from infra import features
from shared.data import tombstones
from shared.http.caller import Role
from shared.http.operations import Operation
from shared.platform import clock
from tests.support import fake_aws
from tests.support.gateway import client_for

GONE = "usr_01JD2Z5Q0V8XKM3F7T9B4N6RWC"
# Counts of requests, which expire within minutes, and the tombstones themselves.
NOT_ABOUT_PEOPLE = {"artist-booking-local-limits", "artist-booking-local-tombstones"}


def list_writes() -> Iterator[tuple[str, Any, Operation]]:
    """Yield every operation that writes for a signed-in caller."""
    for app in features.load_all().values():
        for (method, path), operation in getattr(app, "operations", {}).items():
            if method != "GET" and not operation.public:
                yield f"{method} {path}", app, operation


WRITES = {name: (app, operation) for name, app, operation in list_writes()}


def stored() -> dict[str, list[Any]]:
    """Return everything in all tables that hold something about people."""
    client = fake_aws.client("dynamodb")
    names = set(client.list_tables()["TableNames"]) - NOT_ABOUT_PEOPLE
    return {name: client.scan(TableName=name)["Items"] for name in sorted(names)}


def test_no_route_writes_for_a_deleted_account(aws: None) -> None:
    """There are no exemptions. The answer comes before the body is read."""
    tombstones.mark_deleted(GONE, clock.now())
    before = stored()
    refused = {}
    for name, (app, operation) in WRITES.items():
        role = min(operation.roles) if operation.roles else Role.CLIENT
        path = re.sub(r"{\w+}", "x", operation.path)
        answer = client_for(app).as_user(GONE, role).request(operation.method, path)
        refused[name] = (answer.status_code, answer.json_body["code"])
    assert {name for name, answer in refused.items() if answer != (401, "session_ended")} == set()
    assert len(refused) > 100
    assert stored() == before
