"""What auth tells the others fits the contracts in events/domain/ and goes out by the relay."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from auth.app import app
from infra.paths import EVENTS
from shared.events.domain_events import DomainEvent
from tests.functional.auth.people import PASSWORD, People, outbox
from tests.support import streams
from tests.support.captured_logs import Logs


def contract(event_type: str) -> dict[str, Any]:
    """The contract of this type of event."""
    found: dict[str, Any] = json.loads((EVENTS / f"{event_type}.json").read_text())
    return found


@pytest.fixture
def told(people: People) -> list[DomainEvent]:
    """The events of a whole life of an account."""
    code = people.register().code
    tokens = people.verify(code).json_body
    people.register()
    people.signed_in(tokens).delete("/v1/auth/me", json={"password": PASSWORD})
    return outbox()


def test_every_event_that_auth_publishes_is_told_in_the_life_of_an_account(
    told: list[DomainEvent],
) -> None:
    assert {event.type for event in told} == {data.type for data in app.published}


def test_every_event_fits_its_contract(told: list[DomainEvent]) -> None:
    for event in told:
        agreed = contract(event.type)
        validator = Draft202012Validator(agreed["schema"], format_checker=FormatChecker())
        validator.validate(event.data)
        assert event.dataversion == agreed["version"]
        assert set(event.data) == set(agreed["example"])


def test_every_event_says_where_it_comes_from_and_of_whom_it_tells(told: list[DomainEvent]) -> None:
    for event in told:
        assert event.source == "/artist-booking/auth"
        assert event.subject == event.data["userId"]
        assert event.id.startswith("evt_")
    assert len({event.id for event in told}) == len(told)


def test_events_carry_the_correlation_id_of_their_request(people: People) -> None:
    people.client = people.client.with_headers({"x-correlation-id": "request-1"})
    people.register()
    assert {event.correlationid for event in outbox()} == {"request-1"}


def test_the_relay_of_auth_publishes_them(
    people: People, told: list[DomainEvent], logs: Logs
) -> None:
    records = [streams.record(item, str(n)) for n, item in enumerate(streams.items("auth"))]
    app.handler_map["outbox"]({"Records": records}, None)
    published = {line["event_id"] for line in logs.named("event") if line["outcome"] == "published"}
    assert published == {event.id for event in told}


def test_the_events_of_one_subject_keep_their_order(people: People) -> None:
    tokens = people.sign_up()
    people.signed_in(tokens).delete("/v1/auth/me", json={"password": PASSWORD})
    ids = {event.type: event.id for event in outbox()}
    assert ids["user.registered"] < ids["user.verified"] < ids["user.deleted"]
