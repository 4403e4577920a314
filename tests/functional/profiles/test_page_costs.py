"""Calls to DynamoDB of people and pages in a warm container, rate limits included."""

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from botocore.session import Session

from shared.http.caller import Role
from tests.functional.profiles.people import (
    ARTIST,
    CLIENT,
    OWN_PAGE,
    SERVICE,
    People,
    consume,
    register_user,
    service_removed,
    service_saved,
    try_consume,
    update_page,
)
from tests.functional.profiles.test_artist_pages import FULL
from tests.support import aws_calls

GET, UPDATE, QUERY = "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:Query"
BATCH, TRANSACTION = "dynamodb:BatchGetItem", "dynamodb:TransactWriteItems"

# One UPDATE each counts the request against its rate limit; one GET of a write asks whether the
# account was deleted; one BATCH reads the rating, and one the standing of an artist whose page
# is found by other searches from then on.
COSTS = {
    "own person": {UPDATE: 1, GET: 1},
    "an artist": {UPDATE: 1, GET: 1},
    "a client": {UPDATE: 1, GET: 2},
    "change a client": {UPDATE: 1, GET: 2, TRANSACTION: 1},
    "change an artist": {UPDATE: 1, GET: 3, TRANSACTION: 1, BATCH: 1},
    "change nothing": {UPDATE: 1, GET: 2},
    "own page": {UPDATE: 1, GET: 1, BATCH: 1},
    "the public page": {UPDATE: 1, GET: 2, BATCH: 1},
    "the page by its artist": {UPDATE: 1, GET: 1},
    "the page for a client": {UPDATE: 1, GET: 2, BATCH: 1},
    "edit": {UPDATE: 1, GET: 2, TRANSACTION: 1, BATCH: 2},
    "another handle": {UPDATE: 1, GET: 3, QUERY: 2, TRANSACTION: 1, BATCH: 2},
    "a service": {GET: 1, TRANSACTION: 1, BATCH: 1},
    "the same service again": {GET: 1},
    "no service any more": {GET: 2, TRANSACTION: 1, BATCH: 1},
    "somebody new": {GET: 1, TRANSACTION: 1},
    "search": {UPDATE: 1, QUERY: 1, BATCH: 1},
    "health": {},
}
Step = Callable[[], Any]


@pytest.fixture
def steps(people: People) -> dict[str, Step]:
    """Return a call of each use case, in order, in a container that has served before."""
    people.register()
    update_page(people.artist, **FULL)
    consume("conversation.opened", conversationId="cnv_1", artistId=ARTIST, clientId=CLIENT)
    people.nobody.get("/v1/profiles/artists/mara.voss")
    people.client.get("/v1/profiles/me")  # the first request opens the window of the rate limit
    me, users, artists = "/v1/profiles/me", "/v1/profiles/users", "/v1/profiles/artists"
    service = service_saved(SERVICE)

    def patch(who: Any, path: str, **body: Any) -> Step:
        return lambda: who.patch(path, json=body)

    return {
        "own person": lambda: people.client.get(me),
        "an artist": lambda: people.client.get(f"{users}/{ARTIST}"),
        "a client": lambda: people.artist.get(f"{users}/{CLIENT}"),
        "change a client": patch(people.client, me, name="Cleo C."),
        "change an artist": patch(people.artist, me, name="Mara V."),
        "change nothing": patch(people.artist, me, name="Mara V."),
        "own page": lambda: people.artist.get(OWN_PAGE),
        "the public page": lambda: people.nobody.get(f"{artists}/mara.voss"),
        "the page by its artist": lambda: people.nobody.get(f"{artists}/{ARTIST}"),
        "the page for a client": lambda: people.client.get(f"{users}/{ARTIST}/page"),
        "edit": patch(people.artist, OWN_PAGE, version=1, city="Bonn"),
        "another handle": patch(people.artist, OWN_PAGE, version=2, handle="mara"),
        "a service": lambda: try_consume(service),
        "the same service again": lambda: try_consume(service),
        "no service any more": lambda: try_consume(service_removed()),
        "somebody new": lambda: register_user("usr_01JD0000000000000000000FFF", "New", Role.CLIENT),
        "search": lambda: people.nobody.get(f"{artists}?style=blackwork"),
        "health": lambda: people.nobody.get("/v1/profiles/health"),
    }


def test_each_use_case_makes_the_expected_calls(steps: dict[str, Step]) -> None:
    costs = {}
    for name, step in steps.items():
        with aws_calls.counted() as calls:
            answer = step()
        assert getattr(answer, "status_code", 200) in (200, 308), name
        # The key of cursors is read once in five minutes.
        costs[name] = {call: n for call, n in calls.items() if call.startswith("dynamodb")}
    assert costs == COSTS


def test_a_warm_container_creates_no_client(steps: dict[str, Step]) -> None:
    """Creating one takes longer than the call it is created for."""
    with mock.patch.object(Session, "create_client", side_effect=AssertionError("client created")):
        for name, step in steps.items():
            assert getattr(step(), "status_code", 200) in (200, 308), name


def test_readiness_queries_the_table(people: People) -> None:
    with aws_calls.counted() as calls:
        answer = people.nobody.get("/v1/profiles/health?ready=1")
    assert answer.json_body == {"status": "ok", "checks": {"dynamodb": "ok"}}
    assert calls[QUERY] == 1
