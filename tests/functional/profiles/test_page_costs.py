"""What cards and pages cost: calls to DynamoDB in a warm container, limits included."""

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from botocore.session import Session

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

# One UPDATE each is the request's count against its limit; one BATCH is the rating.
COSTS = {
    "my card": {UPDATE: 1, GET: 1},
    "an artist's card": {UPDATE: 1, GET: 1},
    "a client's card": {UPDATE: 1, GET: 2},
    "change a client's card": {UPDATE: 1, GET: 1, TRANSACTION: 1},
    "change an artist's card": {UPDATE: 1, GET: 2, TRANSACTION: 1},
    "change nothing": {UPDATE: 1, GET: 1},
    "my page": {UPDATE: 1, GET: 1, BATCH: 1},
    "the public page": {UPDATE: 1, GET: 2, BATCH: 1},
    "the page by its artist": {UPDATE: 1, GET: 1},
    "the page for a client": {UPDATE: 1, GET: 2, BATCH: 1},
    "edit": {UPDATE: 1, GET: 1, TRANSACTION: 1, BATCH: 1},
    "another handle": {UPDATE: 1, GET: 2, QUERY: 1, TRANSACTION: 1, BATCH: 1},
    "a service": {GET: 1, TRANSACTION: 1},
    "the same service again": {GET: 1},
    "no service any more": {GET: 2, TRANSACTION: 1},
    "somebody new": {GET: 1, TRANSACTION: 1},
    "search": {UPDATE: 1, QUERY: 1, BATCH: 1},
    "health": {},
}
Step = Callable[[], Any]


@pytest.fixture
def steps(people: People) -> dict[str, Step]:
    """Each use case, in their order, in a container that has served before."""
    people.register()
    update_page(people.artist, **FULL)
    consume("conversation.opened", conversationId="cnv_1", artistId=ARTIST, clientId=CLIENT)
    people.nobody.get("/v1/profiles/artists/mara.voss")
    people.client.get("/v1/profiles/me")  # everybody's first count begins their window
    me, users, artists = "/v1/profiles/me", "/v1/profiles/users", "/v1/profiles/artists"
    service = service_saved(SERVICE)

    def patch(who: Any, path: str, **body: Any) -> Step:
        return lambda: who.patch(path, json=body)

    return {
        "my card": lambda: people.client.get(me),
        "an artist's card": lambda: people.client.get(f"{users}/{ARTIST}"),
        "a client's card": lambda: people.artist.get(f"{users}/{CLIENT}"),
        "change a client's card": patch(people.client, me, name="Cleo C."),
        "change an artist's card": patch(people.artist, me, name="Mara V."),
        "change nothing": patch(people.artist, me, name="Mara V."),
        "my page": lambda: people.artist.get(OWN_PAGE),
        "the public page": lambda: people.nobody.get(f"{artists}/mara.voss"),
        "the page by its artist": lambda: people.nobody.get(f"{artists}/{ARTIST}"),
        "the page for a client": lambda: people.client.get(f"{users}/{ARTIST}/page"),
        "edit": patch(people.artist, OWN_PAGE, version=1, city="Bonn"),
        "another handle": patch(people.artist, OWN_PAGE, version=2, handle="mara"),
        "a service": lambda: try_consume(service),
        "the same service again": lambda: try_consume(service),
        "no service any more": lambda: try_consume(service_removed()),
        "somebody new": lambda: register_user("usr_01JD0000000000000000000FFF", "New", "client"),
        "search": lambda: people.nobody.get(f"{artists}?style=blackwork"),
        "health": lambda: people.nobody.get("/v1/profiles/health"),
    }


def test_each_use_case_costs_what_it_must(steps: dict[str, Step]) -> None:
    costs = {}
    for name, step in steps.items():
        with aws_calls.counted() as calls:
            answer = step()
        assert getattr(answer, "status_code", 200) in (200, 308), name
        # The cursor key is read once in five minutes.
        costs[name] = {call: n for call, n in calls.items() if call.startswith("dynamodb")}
    assert costs == COSTS


def test_a_warm_container_makes_no_client(steps: dict[str, Step]) -> None:
    """Making one takes longer than the call it is made for."""
    with mock.patch.object(Session, "create_client", side_effect=AssertionError("made a client")):
        for name, step in steps.items():
            assert getattr(step(), "status_code", 200) in (200, 308), name


def test_ready_asks_the_table(people: People) -> None:
    with aws_calls.counted() as calls:
        answer = people.nobody.get("/v1/profiles/health?ready=1")
    assert answer.json_body == {"status": "ok", "checks": {"dynamodb": "ok"}}
    assert calls[QUERY] == 1
