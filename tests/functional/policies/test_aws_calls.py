"""AWS calls of each use case in a warm container, those of the rate limit included."""

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from botocore.session import Session

from tests.functional.policies.world import (
    ARTIST,
    DRAFTS,
    OTHER_ARTIST,
    SERVICE,
    ULID,
    World,
    query,
)
from tests.support import aws_calls

GET, UPDATE = "dynamodb:GetItem", "dynamodb:UpdateItem"
QUERY, DELETE, BATCH = "dynamodb:Query", "dynamodb:DeleteItem", "dynamodb:BatchGetItem"
TRANSACTION = "dynamodb:TransactWriteItems"

# One UPDATE each is the rate limit, and one GET of a write asks whether the account was deleted.
COSTS = {
    # The terms of all, and the texts of a page.
    "in force": {UPDATE: 1, QUERY: 1, BATCH: 1},
    "in force for a service": {UPDATE: 1, QUERY: 1, BATCH: 1},
    "in force by default": {UPDATE: 1, QUERY: 1},
    "version": {UPDATE: 1, GET: 1},
    "default version": {UPDATE: 1},
    "history": {UPDATE: 1, QUERY: 1},
    "save draft": {UPDATE: 1, GET: 1, TRANSACTION: 1},
    "list drafts": {UPDATE: 1, QUERY: 1},
    "publish": {UPDATE: 1, GET: 3, TRANSACTION: 1},
    "save another": {UPDATE: 1, GET: 1, TRANSACTION: 1},
    "publish the first": {UPDATE: 1, GET: 3, QUERY: 2, TRANSACTION: 1},
    "delete draft": {UPDATE: 1, GET: 1, DELETE: 1},
    # The version, the earlier acceptance, the version in force, and the head of the chain.
    "accept": {UPDATE: 1, GET: 5, TRANSACTION: 1},
    "accept for an appointment": {UPDATE: 1, GET: 6, TRANSACTION: 1},
    "accept again": {UPDATE: 1, GET: 4},
    "accept a default": {UPDATE: 1, GET: 4, TRANSACTION: 1},
    "received": {UPDATE: 1, QUERY: 1},
    "given": {UPDATE: 1, QUERY: 1, BATCH: 1},
    "verify": {UPDATE: 1, GET: 1, QUERY: 1},
    "withdraw": {UPDATE: 1, GET: 2, TRANSACTION: 1},
    "health": {},
}
APPOINTMENT = "apt_01JD33C4D5E6F7G8H9J0KMNPQR"
Step = Callable[[], Any]


@pytest.fixture
def steps(world: World) -> dict[str, Step]:
    """Return each use case, in a container that has served requests before."""
    version = world.publish()
    world.publish(service=SERVICE)
    default = world.in_force()["deposit"]
    kept = world.publish("no_show")
    world.consume_booking(APPOINTMENT)
    world.accept(version)
    history = "/v1/policies/versions?" + query(artistId=ARTIST, kind="cancellation", limit=1)
    cursor = world.anybody.get(history).json_body["nextCursor"]
    override = "/v1/policies/overrides/cancellation?" + query(serviceId=SERVICE)
    saved: dict[str, str] = {}

    def save(kind: str) -> Any:
        answer = world.draft(kind)
        saved[kind] = answer.json_body["version"]
        return answer

    return {
        "in force": world.in_force,
        "in force for a service": lambda: world.in_force(SERVICE),
        "in force by default": lambda: world.in_force(artist=OTHER_ARTIST),
        "version": lambda: world.version(version["versionId"]),
        "default version": lambda: world.version(f"pol_{ULID}_deposit_1"),
        "history": lambda: world.anybody.get(f"{history}&" + query(cursor=cursor)),
        "save draft": lambda: save("cancellation"),
        "list drafts": lambda: world.artist.get(DRAFTS),
        "publish": lambda: world.publish_draft(version=saved["cancellation"]),
        "save another": lambda: save("age"),
        "publish the first": lambda: world.publish_draft("age", version=saved["age"]),
        "delete draft": lambda: world.artist.delete(f"{DRAFTS}/age"),
        "accept": lambda: world.accept(kept, by=world.other_client),
        "accept for an appointment": lambda: world.accept(kept, appointmentId=APPOINTMENT),
        "accept again": lambda: world.accept(kept, by=world.other_client),
        "accept a default": lambda: world.accept(default),
        "received": lambda: world.artist.get("/v1/policies/acceptances"),
        "given": lambda: world.client.get("/v1/policies/acceptances"),
        "verify": world.verify,
        "withdraw": lambda: world.artist.delete(override),
        "health": lambda: world.anybody.get("/v1/policies/health"),
    }


def test_each_use_case_makes_the_expected_calls(steps: dict[str, Step]) -> None:
    costs = {}
    for name, step in steps.items():
        with aws_calls.counted() as calls:
            step()
        # The cursor key is read once in five minutes.
        costs[name] = {call: n for call, n in calls.items() if call.startswith("dynamodb")}
    assert costs == COSTS


def test_a_warm_container_creates_no_client(steps: dict[str, Step]) -> None:
    """Creating one takes longer than the call that needs it."""
    with mock.patch.object(Session, "create_client", side_effect=AssertionError("made a client")):
        for name, step in steps.items():
            answer = step()
            assert getattr(answer, "status_code", 200) < 300, name


def test_listing_policies_in_force_takes_one_query(world: World) -> None:
    for number in range(12):
        world.publish(text=f"Text {number}.", service=SERVICE if number % 2 else None)
    with aws_calls.counted() as calls:
        world.in_force(SERVICE)
    assert calls[QUERY] == 1


def test_readiness_asks_the_table(world: World) -> None:
    with aws_calls.counted() as calls:
        answer = world.anybody.get("/v1/policies/health?ready=1")
    assert answer.json_body == {"status": "ok", "checks": {"dynamodb": "ok"}}
    assert calls[QUERY] == 1
