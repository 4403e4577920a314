"""Calls to DynamoDB of likes, boards, clients, reviews and vouchers in a warm container."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.functional.profiles.activity import (
    FILE,
    HOME,
    build_appointment,
    complete_visit,
    create_item,
    create_template,
    issue_voucher,
)
from tests.functional.profiles.people import ARTIST, CLIENT, People, consume
from tests.support import aws_calls

GET, UPDATE, QUERY = "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:Query"
PUT = "dynamodb:PutItem"
BATCH, TRANSACTION = "dynamodb:BatchGetItem", "dynamodb:TransactWriteItems"

# One UPDATE each counts the request against its rate limit; one GET of a write asks whether the
# account was deleted.
COSTS = {
    "add an item": {UPDATE: 1, GET: 3, TRANSACTION: 1},
    "change an item": {UPDATE: 1, GET: 2, TRANSACTION: 1},
    "like": {UPDATE: 1, GET: 3, TRANSACTION: 1},
    "like again": {UPDATE: 1, GET: 3},
    "unlike": {UPDATE: 1, GET: 3, TRANSACTION: 1},
    "begin a board": {UPDATE: 1, GET: 2, TRANSACTION: 1},
    "consume a visit": {GET: 2, TRANSACTION: 1},
    "consume it again": {GET: 2},
    "consume a booking": {GET: 2, PUT: 3, BATCH: 1},
    "consume its change": {GET: 2, PUT: 2, BATCH: 1},
    "consume that again": {GET: 2, BATCH: 1},
    "a client": {UPDATE: 1, GET: 2, QUERY: 1},
    "note": {UPDATE: 1, GET: 3, TRANSACTION: 1},
    "notes": {UPDATE: 1, GET: 1, QUERY: 1},
    "review": {UPDATE: 1, GET: 5, BATCH: 1, TRANSACTION: 1},
    "reviews": {UPDATE: 1, GET: 2, QUERY: 1, BATCH: 1},
    "issue": {UPDATE: 1, GET: 4, TRANSACTION: 1},  # one of them for a ban of the client
    "issued": {UPDATE: 1, QUERY: 1},
    "held": {UPDATE: 1, QUERY: 1},
    "redeem": {UPDATE: 1, GET: 3, TRANSACTION: 1},
    "delete an item": {UPDATE: 1, GET: 3, TRANSACTION: 1},
}
Step = Callable[[], Any]


@pytest.fixture
def steps(people: People) -> dict[str, Step]:
    """Return a call of each use case, in a container that has counted all rate limits before."""
    people.register()
    visit, data = complete_visit(), build_appointment()
    booked = build_appointment(status="confirmed")
    moved = booked | {"recordVersion": booked["recordVersion"] + 1}
    item_id, template_id = create_item(people.artist), create_template(people.artist)
    code = issue_voucher(people.artist, templateId=template_id, clientId=CLIENT)["code"]
    for person in (people.client, people.artist, people.nobody):
        person.get(f"{HOME}/artists/{ARTIST}/reviews?limit=1")
        person.get(f"{HOME}/vouchers")
    item, like = f"{HOME}/me/portfolio/{item_id}", f"{HOME}/portfolio/{item_id}/like"
    client, reviews = f"{HOME}/clients/{CLIENT}", f"{HOME}/reviews"
    artist = people.artist
    issue = {"templateId": template_id, "clientId": CLIENT}
    return {
        "add an item": lambda: artist.post(f"{HOME}/me/portfolio", json={"fileId": FILE}),
        "change an item": lambda: artist.patch(item, json={"caption": "New."}),
        "like": lambda: people.client.put(like),
        "like again": lambda: people.client.put(like),
        "unlike": lambda: people.client.delete(like),
        "begin a board": lambda: people.client.post(f"{HOME}/boards", json={"name": "Ideas"}),
        "consume a visit": lambda: consume("appointment.completed", **data),
        "consume it again": lambda: consume("appointment.completed", **data),
        "consume a booking": lambda: consume("appointment.confirmed", **booked),
        "consume its change": lambda: consume("appointment.rescheduled", **moved),
        "consume that again": lambda: consume("appointment.rescheduled", **moved),
        "a client": lambda: artist.get(client),
        "note": lambda: artist.post(f"{client}/notes", json={"text": "Late."}),
        "notes": lambda: artist.get(f"{client}/notes"),
        "review": lambda: people.client.post(reviews, json={"appointmentId": visit, "rating": 5}),
        "reviews": lambda: people.nobody.get(f"{HOME}/artists/{ARTIST}/reviews"),
        "issue": lambda: artist.post(f"{HOME}/vouchers", json=issue),
        "issued": lambda: artist.get(f"{HOME}/vouchers"),
        "held": lambda: people.client.get(f"{HOME}/vouchers"),
        "redeem": lambda: artist.post(f"{HOME}/vouchers/redeem", json={"code": code}),
        "delete an item": lambda: artist.delete(item),
    }


def test_each_use_case_makes_the_expected_calls(steps: dict[str, Step]) -> None:
    costs = {}
    for name, step in steps.items():
        with aws_calls.counted() as calls:
            answer = step()
        assert getattr(answer, "status_code", 200) < 300, (name, answer.body)
        costs[name] = {call: n for call, n in calls.items() if call.startswith("dynamodb")}
    assert costs == COSTS
