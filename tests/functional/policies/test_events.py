"""Events of policies: they match the contracts, and belong to one transaction with the change."""

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
    outbox,
    query,
    stored_items,
)
from tests.support import aws_calls, streams
from tests.support.captured_logs import Logs

DOWN = ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")
LOST = EndpointConnectionError(endpoint_url="https://dynamodb")
END = "/v1/policies/overrides/cancellation?" + query(serviceId=SERVICE)


def contract(event_type: str) -> dict[str, Any]:
    contract_: dict[str, Any] = json.loads((EVENTS / f"{event_type}.json").read_text())
    return contract_


@pytest.fixture
def published(world: World, clock: TimeMachineFixture) -> list[DomainEvent]:
    """Return the events of a policy's life, a minute apart."""
    version = world.publish(service=SERVICE)
    clock.shift(timedelta(minutes=1))
    world.accept(version)
    clock.shift(timedelta(minutes=1))
    assert world.artist.delete(END).status_code == 204
    return outbox()


def test_every_declared_event_is_published(published: list[DomainEvent]) -> None:
    assert [event.type for event in published] == [
        "policy.published",
        "policy.accepted",
        "policy.withdrawn",
    ]
    assert {event.type for event in published} == {data.type for data in app.published}


def test_every_event_matches_its_contract(published: list[DomainEvent]) -> None:
    for event in published:
        expected = contract(event.type)
        validator = Draft202012Validator(expected["schema"], format_checker=FormatChecker())
        validator.validate(event.data)
        assert event.dataversion == expected["version"]
        assert set(event.data) == set(expected["example"])
        assert (event.source, event.subject) == ("/artist-booking/policies", ARTIST)


def test_a_published_version_is_sent_without_its_text(published: list[DomainEvent]) -> None:
    data = published[0].data
    assert TEXT not in str(published)
    assert set(data["terms"]) == set(Terms.__struct_encode_fields__)
    assert data["terms"]["textHash"] == text_hash(TEXT)


def test_an_acceptance_is_sent_without_its_signature(published: list[DomainEvent]) -> None:
    assert published[1].data["userId"] == CLIENT
    assert "Ada" not in str(published)
    (link,) = stored_items("LINK#")
    assert published[1].data["hash"] == link["hash"]["S"]


def test_the_relay_publishes_the_events(published: list[DomainEvent], logs: Logs) -> None:
    records = [streams.record(item, str(n)) for n, item in enumerate(streams.items("policies"))]
    app.handler_map["outbox"]({"Records": records}, None)
    relayed = {line["event_id"] for line in logs.named("event") if line["outcome"] == "published"}
    assert relayed == {event.id for event in published}


CHANGES = {
    "publish": lambda world: world.publish_draft(),
    "end": lambda world: world.artist.delete(END),
    "accept": lambda world: world.accept(world.in_force()["deposit"]),
}


@pytest.fixture
def prepared(world: World) -> World:
    """Return a world in which each of the changes is possible."""
    world.publish(service=SERVICE)
    world.draft()
    return world


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_and_its_event_are_one_transaction(prepared: World, change: Any) -> None:
    before = len(outbox())
    with aws_calls.counted() as calls:
        assert CHANGES[change](prepared).status_code in (201, 204)
    writes = {name for name in calls if "Put" in name or "Write" in name or "Delete" in name}
    assert writes == {"dynamodb:TransactWriteItems"}
    assert calls["dynamodb:TransactWriteItems"] == 1
    assert len(outbox()) == before + 1


@pytest.mark.parametrize("change", CHANGES)
def test_a_failed_change_leaves_everything_as_it_was(prepared: World, change: Any) -> None:
    before = stored_items()
    with aws_calls.failing("TransactWriteItems", DOWN):
        assert CHANGES[change](prepared).status_code == 503
    assert stored_items() == before
    assert CHANGES[change](prepared).status_code in (201, 204)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_whose_response_was_lost_is_made_and_published(
    prepared: World, change: Any
) -> None:
    before = len(outbox())
    with aws_calls.failing("TransactWriteItems", LOST, after=True):
        assert CHANGES[change](prepared).status_code == 503
    assert len(outbox()) == before + 1
