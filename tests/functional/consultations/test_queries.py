"""Lists of consultations and their counts, and the AWS calls of each operation."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.functional.consultations.people import (
    ARTIST,
    CLIENT,
    HOME,
    OTHER_ARTIST,
    People,
    id_in,
    publish,
    send_message,
)
from tests.support import aws_calls
from tests.support.gateway import ApiClient
from tests.support.responses import error_fields

GET, PUT, UPDATE = "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"
QUERY, BATCH = "dynamodb:Query", "dynamodb:BatchGetItem"
TRANSACTION = "dynamodb:TransactWriteItems"


def pages(by: ApiClient, query: str = "limit=2") -> list[list[str]]:
    """Return the ids in a list, page by page."""
    listed, cursor = [], ""
    while True:
        answer = by.get(f"{HOME}?{query}{cursor}")
        assert answer.status_code == 200, answer.body
        if answer.json_body["items"]:
            listed.append([item["id"] for item in answer.json_body["items"]])
        if answer.json_body["nextCursor"] is None:
            return listed
        cursor = f"&cursor={answer.json_body['nextCursor']}"


def counts(by: ApiClient) -> dict[str, int]:
    counted: dict[str, int] = by.get(HOME).json_body["counts"]
    return {name: number for name, number in counted.items() if number}


def create_five(people: People) -> list[str]:
    """Create five: two are responded, one pending, two declined, and one of those archived."""
    paths = [people.create_consultation(), people.create_consultation()]
    send_message(ARTIST)
    paths += [people.create_consultation(people.other_client) for _ in range(3)]
    people.artist.post(f"{paths[2]}/decline", json={"reason": "No."})
    people.artist.post(f"{paths[3]}/decline", json={"reason": "No."})
    people.artist.post(f"{paths[3]}/archive")
    return [id_in(path) for path in paths]


def test_each_side_lists_its_own_newest_first(people: People) -> None:
    one, two, three, four, five_ = create_five(people)
    people.create_consultation(artistId=OTHER_ARTIST)
    assert pages(people.artist) == [[five_, three], [two, one]]
    assert pages(people.artist, "limit=2&status=responded") == [[two, one]]
    assert pages(people.artist, "limit=2&status=pending") == [[five_]]
    assert pages(people.artist, "limit=2&status=declined") == [[three]]
    assert pages(people.artist, "limit=2&status=archived") == [[four]]
    assert pages(people.other_client) == [[five_, four], [three]]
    assert pages(people.other_client, "limit=9&status=declined") == [[four, three]]
    assert counts(people.artist) == {"responded": 2, "pending": 1, "declined": 1, "archived": 1}
    assert counts(people.other_client) == {"pending": 1, "declined": 2}
    assert counts(people.client) == {"responded": 2, "pending": 1}
    assert counts(people.admin) == {}


def test_pages_stay_stable_while_consultations_are_added(people: People) -> None:
    ids = [id_in(people.create_consultation()) for _ in range(3)]
    first = people.client.get(f"{HOME}?limit=1").json_body
    people.create_consultation(artistId=OTHER_ARTIST)
    second = people.client.get(f"{HOME}?limit=9&cursor={first['nextCursor']}").json_body
    assert [item["id"] for item in (*first["items"], *second["items"])] == ids[::-1]


def test_a_cursor_belongs_to_its_list(people: People) -> None:
    create_five(people)
    cursor = people.artist.get(f"{HOME}?limit=1").json_body["nextCursor"]
    assert people.artist.get(f"{HOME}?limit=1&cursor={cursor}").status_code == 200
    for by, query in (
        (people.artist, "&status=pending"),
        (people.client, ""),
        (people.other_artist, ""),
    ):
        answer = by.get(f"{HOME}?cursor={cursor}{query}")
        assert list(error_fields(answer)) == ["query.cursor"]
    changed = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
    assert people.artist.get(f"{HOME}?cursor={changed}").status_code == 422


@pytest.mark.parametrize("query", ["status=none", "limit=0", "limit=51", "role=artist"])
def test_invalid_queries_are_refused(people: People, query: str) -> None:
    assert people.artist.get(f"{HOME}?{query}").status_code == 422


def test_a_list_holds_summaries_only(people: People) -> None:
    people.create_consultation(placement="Hip")
    (item,) = people.artist.get(HOME).json_body["items"]
    assert set(item) == {
        *("id", "artist", "client", "subject", "status", "archived"),
        *("viewedAt", "createdAt", "updatedAt"),
    }


def test_names_follow_profiles(people: People) -> None:
    path = people.create_consultation()
    profile = {"userId": CLIENT, "role": "client", "avatar": "fil_1"}
    publish("user.profile.updated", profile | {"name": "Ada B.", "recordVersion": 3})
    publish("user.profile.updated", profile | {"name": "Old", "recordVersion": 2})
    publish("user.verified", {"userId": CLIENT, "name": "Older", "role": "client"})
    for seen in (people.artist.get(path).json_body, people.artist.get(HOME).json_body["items"][0]):
        assert seen["client"] == {"id": CLIENT, "name": "Ada B.", "avatar": "fil_1"}


# ---- costs -------------------------------------------------------------------------------------

# One UPDATE counts the request against the rate limit. Names are one batch, however many. A request
# reads whether the artist is banned.
COSTS: dict[str, dict[str, int]] = {
    "request": {UPDATE: 1, GET: 2, BATCH: 2, QUERY: 3, TRANSACTION: 1},
    "list": {UPDATE: 1, QUERY: 1, BATCH: 1, GET: 1},
    "list of one status": {UPDATE: 1, QUERY: 1, BATCH: 1, GET: 1},
    "first view": {UPDATE: 1, GET: 1, TRANSACTION: 1, BATCH: 1},
    "second view": {UPDATE: 1, GET: 1, BATCH: 1},
    # One GET of each asks whether the caller's account was deleted.
    "decline": {UPDATE: 1, GET: 2, TRANSACTION: 1, BATCH: 1},
    "archive": {UPDATE: 1, GET: 2, TRANSACTION: 1, BATCH: 1},
    "draft": {UPDATE: 1, GET: 1},
    "intake": {UPDATE: 1, QUERY: 1},
}


@pytest.mark.parametrize("act", COSTS)
def test_aws_calls_of_an_operation(people: People, act: str) -> None:
    paths = [people.create_consultation(), people.create_consultation(people.other_client)]
    people.artist.get(paths[0])
    if act == "archive":
        people.client.post(f"{paths[0]}/cancel", json={})
    people.nobody.get(f"{HOME}/intake?artistId={ARTIST}")
    acts: dict[str, Callable[[], Any]] = {
        "request": people.send_request,
        "list": lambda: people.artist.get(HOME),
        "list of one status": lambda: people.artist.get(f"{HOME}?status=pending"),
        "first view": lambda: people.artist.get(paths[1]),
        "second view": lambda: people.artist.get(paths[0]),
        "decline": lambda: people.artist.post(f"{paths[0]}/decline", json={"reason": "No."}),
        "archive": lambda: people.artist.post(f"{paths[0]}/archive"),
        "draft": lambda: people.artist.get(f"{paths[0]}/proposal-draft"),
        "intake": lambda: people.nobody.get(f"{HOME}/intake?artistId={ARTIST}"),
    }
    people.artist.get(HOME)  # reads the secret that signs cursors
    with aws_calls.counted() as calls:
        answer = acts[act]()
    assert answer.status_code in (200, 201), answer.body
    assert calls == Counter(COSTS[act])
