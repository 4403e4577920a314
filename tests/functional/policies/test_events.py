"""What policies tells the others fits the contracts, with the change it tells of or not at all."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from jsonschema import Draft202012Validator, FormatChecker
from time_machine import TimeMachineFixture

from domain.policy_terms import Terms, text_hash
from infra.paths import EVENTS
from policies.app import app
from shared.events.domain_events import DomainEvent
from tests.functional.policies.world import (
    ARTIST,
    CLIENT,
    SERVICE,
    TEXT,
    World,
    kept,
    outbox,
    query,
)
from tests.support import aws_calls, streams
from tests.support.captured_logs import Logs

DOWN = ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")
LOST = EndpointConnectionError(endpoint_url="https://dynamodb")
END = "/v1/policies/overrides/cancellation?" + query(serviceId=SERVICE)


def contract(event_type: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EVENTS / f"{event_type}.json").read_text())
    return found


@pytest.fixture
def told(world: World, clock: TimeMachineFixture) -> list[DomainEvent]:
    """The events of a policy's life, each at a time of its own."""
    version = world.publish(service=SERVICE)
    clock.shift(timedelta(minutes=1))
    world.accept(version)
    clock.shift(timedelta(minutes=1))
    assert world.artist.delete(END).status_code == 204
    return outbox()


def test_everything_that_is_published_is_told(told: list[DomainEvent]) -> None:
    assert [event.type for event in told] == [
        "policy.published",
        "policy.accepted",
        "policy.withdrawn",
    ]
    assert {event.type for event in told} == {data.type for data in app.published}


def test_every_event_fits_its_contract(told: list[DomainEvent]) -> None:
    for event in told:
        agreed = contract(event.type)
        validator = Draft202012Validator(agreed["schema"], format_checker=FormatChecker())
        validator.validate(event.data)
        assert event.dataversion == agreed["version"]
        assert set(event.data) == set(agreed["example"])
        assert (event.source, event.subject) == ("/artist-booking/policies", ARTIST)


def test_what_is_published_is_told_without_its_text(told: list[DomainEvent]) -> None:
    data = told[0].data
    assert TEXT not in str(told)
    assert set(data["terms"]) == set(Terms.__struct_encode_fields__)
    assert data["terms"]["textHash"] == text_hash(TEXT)


def test_who_signed_how_is_not_told(told: list[DomainEvent]) -> None:
    assert told[1].data["userId"] == CLIENT
    assert "Ada" not in str(told)
    (link,) = kept("LINK#")
    assert told[1].data["hash"] == link["hash"]["S"]


def test_the_relay_of_policies_publishes_them(told: list[DomainEvent], logs: Logs) -> None:
    records = [streams.record(item, str(n)) for n, item in enumerate(streams.items("policies"))]
    app.handler_map["outbox"]({"Records": records}, None)
    published = {line["event_id"] for line in logs.named("event") if line["outcome"] == "published"}
    assert published == {event.id for event in told}


CHANGES = {
    "publish": lambda world: world.publish_draft(),
    "end": lambda world: world.artist.delete(END),
    "accept": lambda world: world.accept(world.in_force()["deposit"]),
}


@pytest.fixture
def prepared(world: World) -> World:
    """A world where each of the changes can happen."""
    world.publish(service=SERVICE)
    world.draft()
    return world


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_and_its_event_are_one_transaction(prepared: World, change: Any) -> None:
    told = len(outbox())
    with aws_calls.counted() as calls:
        assert CHANGES[change](prepared).status_code in (201, 204)
    writes = {name for name in calls if "Put" in name or "Write" in name or "Delete" in name}
    assert writes == {"dynamodb:TransactWriteItems"}
    assert calls["dynamodb:TransactWriteItems"] == 1
    assert len(outbox()) == told + 1


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_fails_leaves_all_as_it_was(prepared: World, change: Any) -> None:
    before = kept()
    with aws_calls.failing("TransactWriteItems", DOWN):
        assert CHANGES[change](prepared).status_code == 500
    assert kept() == before
    assert CHANGES[change](prepared).status_code in (201, 204)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_whose_answer_was_lost_is_made_and_told(prepared: World, change: Any) -> None:
    told = len(outbox())
    with aws_calls.failing("TransactWriteItems", LOST, after=True):
        assert CHANGES[change](prepared).status_code == 500
    assert len(outbox()) == told + 1
