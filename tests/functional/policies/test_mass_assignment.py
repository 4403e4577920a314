"""No route of policies takes a field it does not declare."""

from typing import Any

import pytest

from policies.app import app
from tests.functional.policies.world import RULES, TEXT, ULID, World, kept

RIGHT_BODIES = {
    ("PUT", "/v1/policies/drafts/{kind}"): {"text": TEXT, "rules": RULES["cancellation"]},
    ("POST", "/v1/policies/drafts/{kind}/publish"): {},
    ("POST", "/v1/policies/{id}/acceptances"): {"textHash": "0" * 64, "signature": "Ada"},
}
RIGHT_QUERIES = {
    ("GET", "/v1/policies/health"): "",
    ("GET", "/v1/policies"): f"artistId=usr_{ULID}",
    ("GET", "/v1/policies/versions"): f"artistId=usr_{ULID}&kind=age",
    ("GET", "/v1/policies/drafts"): "",
    ("DELETE", "/v1/policies/drafts/{kind}"): "",
    ("DELETE", "/v1/policies/overrides/{kind}"): "",
    ("GET", "/v1/policies/acceptances"): "",
}
# What somebody might hope to set: fields of the records, other spellings, JavaScript's own.
HOPED_FOR = (
    "id",
    "artistId",
    "artist_id",
    "userId",
    "number",
    "versionId",
    "publishedAt",
    "withdrawnAt",
    "acceptedAt",
    "ip",
    "userAgent",
    "hash",
    "previous",
    "revision",
    "status",
    "isAdmin",
    "pk",
    "__proto__",
    "constructor",
)


def test_every_route_with_a_body_or_a_query_is_looked_at() -> None:
    operations = app.operations.items()
    assert {name for name, operation in operations if operation.body} == set(RIGHT_BODIES)
    assert {name for name, operation in operations if operation.query} == set(RIGHT_QUERIES)


def filled(path: str) -> str:
    return path.replace("{kind}", "cancellation").replace("{id}", f"pol_{ULID}_cancellation_1")


def errors_of(answer) -> dict[str, str]:
    assert answer.status_code == 422
    return {error["field"]: error["message"] for error in answer.json_body["errors"]}


@pytest.mark.parametrize("route", RIGHT_BODIES, ids=" ".join)
def test_undeclared_fields_are_refused_by_name_and_change_nothing(world: World, route: Any) -> None:
    world.publish()
    world.draft()
    before = kept()
    method, path = route
    body = RIGHT_BODIES[route] | dict.fromkeys(HOPED_FOR, "usr_2")
    answer = world.artist.request(method, filled(path), json=body)
    assert errors_of(answer) == {f"body.{name}": "is unknown" for name in HOPED_FOR}
    assert kept() == before


@pytest.mark.parametrize("route", RIGHT_QUERIES, ids=" ".join)
def test_undeclared_parameters_are_refused_by_name_and_change_nothing(
    world: World, route: Any
) -> None:
    world.publish()
    world.draft()
    before = kept()
    method, path = route
    given = RIGHT_QUERIES[route]
    hoped_for = [name for name in HOPED_FOR if name not in given]
    parameters = "&".join([given, *(f"{name}=usr_2" for name in hoped_for)])
    answer = world.artist.request(method, f"{filled(path)}?{parameters}")
    assert errors_of(answer) == {f"query.{name}": "is unknown" for name in hoped_for}
    assert kept() == before


@pytest.mark.parametrize("inside", ["rules", "tier", "fee"])
def test_undeclared_fields_within_the_rules_are_refused_too(world: World, inside: str) -> None:
    rules = {
        "rules": {"price": 1},
        "tier": {"tiers": [{"hoursBefore": 1, "fee": {"type": "fixed", "amount": 1}, "price": 1}]},
        "fee": {"tiers": [{"hoursBefore": 1, "fee": {"type": "fixed", "amount": 1, "price": 1}}]},
    }[inside]
    assert world.draft(**rules).status_code == 422
    assert kept() == []
