"""No route of auth takes a field it does not declare."""

from typing import Any

import pytest

from auth.app import app
from tests.functional.auth.people import EMAIL, PASSWORD, People, kept, outbox

RIGHT_BODIES = {
    ("POST", "/v1/auth/register"): {
        "email": EMAIL,
        "password": PASSWORD,
        "name": "Mara",
        "role": "client",
    },
    ("POST", "/v1/auth/verify-email"): {"email": EMAIL, "code": "123456"},
    ("POST", "/v1/auth/login"): {"email": EMAIL, "password": PASSWORD},
    ("POST", "/v1/auth/refresh"): {"refreshToken": "a.b.0.c"},
    ("DELETE", "/v1/auth/me"): {"password": PASSWORD},
}
# What somebody might hope to set: fields of the records, other spellings, JavaScript's own.
HOPED_FOR = (
    "id",
    "userId",
    "user_id",
    "isAdmin",
    "is_admin",
    "roles",
    "createdAt",
    "passwordHash",
    "password_hash",
    "emailVerified",
    "generation",
    "expiresAt",
    "pk",
    "__proto__",
    "constructor",
)


def test_every_route_with_a_body_is_looked_at() -> None:
    with_body = {name for name, operation in app.operations.items() if operation.body}
    assert with_body == set(RIGHT_BODIES)


@pytest.mark.parametrize("route", RIGHT_BODIES, ids=" ".join)
def test_undeclared_fields_are_refused_by_name_and_change_nothing(
    people: People, route: Any
) -> None:
    tokens = people.sign_up()
    before, told = kept(""), outbox()
    body = RIGHT_BODIES[route] | dict.fromkeys(HOPED_FOR, "admin")
    answer = people.signed_in(tokens).request(*route, json=body)
    assert answer.status_code == 422
    errors = {error["field"]: error["message"] for error in answer.json_body["errors"]}
    assert errors == {f"body.{name}": "is unknown" for name in HOPED_FOR}
    assert (kept(""), outbox()) == (before, told)
