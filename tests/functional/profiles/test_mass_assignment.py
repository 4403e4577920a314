"""Mass assignment: no route of profiles accepts fields it does not declare."""

import re
from typing import Any

import pytest

from profiles.app import app
from shared.http.operations import Operation
from tests.functional.profiles.people import ARTIST, People, error_fields, everything

# Fields an attacker might try: those of records, other spellings, and JavaScript's own.
HOPED_FOR = (
    "artistId",
    "artist_id",
    "userId",
    "ownerId",
    "recordVersion",
    "revision",
    "index",
    "likes",
    "total",
    "count",
    "redeemedAt",
    "createdAt",
    "isAdmin",
    "role",
    "pk",
    "__proto__",
    "constructor",
)
OPERATIONS = app.operations
WITH_BODY = [route for route, operation in OPERATIONS.items() if operation.body]
WITH_QUERY = [route for route, operation in OPERATIONS.items() if operation.query]


def declared(operation: Operation, part: str) -> set[str]:
    model = operation.body if part == "body" else operation.query
    assert model is not None
    return set(model.__struct_encode_fields__)


def filled(path: str) -> str:
    return re.sub(r"{\w+}", ARTIST, path)


def test_undeclared_fields_are_named_and_change_nothing(people: People) -> None:
    people.register(ARTIST)
    before = everything()
    for route in WITH_BODY:
        method, path = route
        hoped_for = set(HOPED_FOR) - declared(OPERATIONS[route], "body")
        assert len(hoped_for) > len(HOPED_FOR) - 4
        body = dict.fromkeys(hoped_for, "usr_2")
        answer = people.artist.request(method, filled(path), json=body)
        unknown = {field for field, what in error_fields(answer).items() if what == "is unknown"}
        assert unknown == {f"body.{name}" for name in hoped_for}, route
    assert everything() == before


def test_undeclared_parameters_are_named_and_change_nothing(people: People) -> None:
    people.register(ARTIST)
    before = everything()
    for route in WITH_QUERY:
        method, path = route
        hoped_for = set(HOPED_FOR) - declared(OPERATIONS[route], "query")
        parameters = "&".join(f"{name}=usr_2" for name in sorted(hoped_for))
        answer = people.artist.request(method, f"{filled(path)}?{parameters}")
        unknown = {field for field, what in error_fields(answer).items() if what == "is unknown"}
        assert unknown == {f"query.{name}" for name in hoped_for}, route
    assert everything() == before


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"coordinates": {"lat": 1, "lon": 1, "alt": 1}}, "body.coordinates.alt"),
        ({"priceFloor": {"amount": 1, "currency": "EUR", "x": 1}}, "body.priceFloor.x"),
        ({"socials": {"x": "https://x.example"}}, "body.socials.x"),
    ],
)
def test_undeclared_nested_fields_are_refused(people: People, fields: Any, wrong: str) -> None:
    answer = people.artist.patch("/v1/profiles/me/page", json={"version": 0, **fields})
    assert wrong in error_fields(answer)
    assert everything() == []
