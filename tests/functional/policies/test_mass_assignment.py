"""No route of policies accepts a field that it does not declare."""

from typing import Any

import pytest
from chalice.test import HTTPResponse

from policies.app import app
from tests.functional.policies.world import RULES, TEXT, ULID, World, stored_items

VALID_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("PUT", "/v1/policies/drafts/{kind}"): {"text": TEXT, "rules": RULES["cancellation"]},
    ("POST", "/v1/policies/drafts/{kind}/publish"): {"version": "rev_1"},
    ("POST", "/v1/policies/{id}/acceptances"): {"textHash": "0" * 64, "signature": "Ada"},
}
VALID_QUERIES = {
    ("GET", "/v1/policies/health"): "",
    ("GET", "/v1/policies"): f"artistId=usr_{ULID}",
    ("GET", "/v1/policies/versions"): f"artistId=usr_{ULID}&kind=age",
    ("GET", "/v1/policies/drafts"): "",
    ("DELETE", "/v1/policies/drafts/{kind}"): "",
    ("DELETE", "/v1/policies/overrides/{kind}"): "",
    ("GET", "/v1/policies/acceptances"): "",
}
# Fields that a client might try to set: of the records, in other spellings, and JavaScript's own.
UNDECLARED = (
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


def test_every_route_with_a_body_or_a_query_is_covered() -> None:
    operations = app.operations.items()
    assert {name for name, operation in operations if operation.body} == set(VALID_BODIES)
    assert {name for name, operation in operations if operation.query} == set(VALID_QUERIES)


def fill_in(path: str) -> str:
    return path.replace("{kind}", "cancellation").replace("{id}", f"pol_{ULID}_cancellation_1")


def errors_of(answer: HTTPResponse) -> dict[str, str]:
    assert answer.status_code == 422
    return {error["field"]: error["message"] for error in answer.json_body["errors"]}


@pytest.mark.parametrize("route", VALID_BODIES, ids=" ".join)
def test_undeclared_fields_are_refused_by_name_and_change_nothing(world: World, route: Any) -> None:
    world.publish()
    world.draft()
    before = stored_items()
    method, path = route
    body = VALID_BODIES[route] | dict.fromkeys(UNDECLARED, "usr_2")
    answer = world.artist.request(method, fill_in(path), json=body)
    assert errors_of(answer) == {f"body.{name}": "is unknown" for name in UNDECLARED}
    assert stored_items() == before


@pytest.mark.parametrize("route", VALID_QUERIES, ids=" ".join)
def test_undeclared_parameters_are_refused_by_name_and_change_nothing(
    world: World, route: Any
) -> None:
    world.publish()
    world.draft()
    before = stored_items()
    method, path = route
    valid = VALID_QUERIES[route]
    undeclared = [name for name in UNDECLARED if name not in valid]
    parameters = "&".join([valid, *(f"{name}=usr_2" for name in undeclared)])
    answer = world.artist.request(method, f"{fill_in(path)}?{parameters}")
    assert errors_of(answer) == {f"query.{name}": "is unknown" for name in undeclared}
    assert stored_items() == before


@pytest.mark.parametrize("inside", ["rules", "tier", "fee"])
def test_undeclared_fields_within_the_rules_are_refused_too(world: World, inside: str) -> None:
    rules: dict[str, dict[str, Any]] = {
        "rules": {"price": 1},
        "tier": {"tiers": [{"hoursBefore": 1, "fee": {"type": "fixed", "amount": 1}, "price": 1}]},
        "fee": {"tiers": [{"hoursBefore": 1, "fee": {"type": "fixed", "amount": 1, "price": 1}}]},
    }
    assert world.draft(**rules[inside]).status_code == 422
    assert stored_items() == []
