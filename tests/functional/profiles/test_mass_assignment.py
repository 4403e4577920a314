"""Mass assignment: no route of profiles accepts fields it does not declare."""

import re
from typing import Any

import pytest

from profiles.app import app
from shared.http.operations import Operation
from tests.functional.profiles.people import ARTIST, People, error_fields, everything

# Fields an attacker might try: those of records, other spellings, and JavaScript's own.
UNDECLARED = (
    "artistId",
    "artist_id",
    "userId",
    "ownerId",
    "recordVersion",
    "revision",
    "index",
    "searchKeys",
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


def list_declared(operation: Operation, part: str) -> set[str]:
    model = operation.body if part == "body" else operation.query
    assert model is not None
    return set(model.__struct_encode_fields__)


def fill_path(path: str) -> str:
    return re.sub(r"{\w+}", ARTIST, path)


def test_undeclared_fields_are_named_and_change_nothing(people: People) -> None:
    people.register(ARTIST)
    before = everything()
    for route in WITH_BODY:
        method, path = route
        undeclared = set(UNDECLARED) - list_declared(OPERATIONS[route], "body")
        assert len(undeclared) > len(UNDECLARED) - 4
        body = dict.fromkeys(undeclared, "usr_2")
        answer = people.artist.request(method, fill_path(path), json=body)
        unknown = {field for field, what in error_fields(answer).items() if what == "is unknown"}
        assert unknown == {f"body.{name}" for name in undeclared}, route
    assert everything() == before


def test_undeclared_parameters_are_named_and_change_nothing(people: People) -> None:
    people.register(ARTIST)
    before = everything()
    for route in WITH_QUERY:
        method, path = route
        undeclared = set(UNDECLARED) - list_declared(OPERATIONS[route], "query")
        parameters = "&".join(f"{name}=usr_2" for name in sorted(undeclared))
        answer = people.artist.request(method, f"{fill_path(path)}?{parameters}")
        unknown = {field for field, what in error_fields(answer).items() if what == "is unknown"}
        assert unknown == {f"query.{name}" for name in undeclared}, route
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
