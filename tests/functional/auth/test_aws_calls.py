"""The AWS calls of each use case in a warm container, its rate limit included."""

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from botocore.session import Session

from tests.functional.auth.people import PASSWORD, People
from tests.support import aws_calls

GET, PUT, UPDATE = "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"
QUERY, DELETE, TRANSACTION = (
    "dynamodb:Query",
    "dynamodb:DeleteItem",
    "dynamodb:TransactWriteItems",
)
BATCH = "dynamodb:BatchWriteItem"

# One UPDATE counts requests, per IP address, user or session. `register` counts mails with two.
# `verify` takes a try; `login` and `delete` keep the device known. One of `refresh` rotates the
# session. Two GETs find an account by its address; the others read counters of wrong passwords: one
# for a known device, three for others. `login` reads the device and the account once more, to mail
# its owner and to notice that all sessions were ended. The TRANSACTION of wrong passwords counts
# them. Whoever ends all sessions lists them twice, because one may have started meanwhile, and the
# assistants whose tokens end with them. One query finds the end of the audit log.
COSTS = {
    "register": {UPDATE: 3, GET: 2, TRANSACTION: 1},
    "register again": {UPDATE: 3, GET: 2, TRANSACTION: 1},
    "resend": {UPDATE: 3, GET: 1, TRANSACTION: 1},
    "verify": {UPDATE: 2, GET: 1, QUERY: 1, TRANSACTION: 1},
    "login": {UPDATE: 2, GET: 4, PUT: 2, QUERY: 2},
    "wrong password": {UPDATE: 2, GET: 4, TRANSACTION: 1},
    "unknown address": {UPDATE: 2, GET: 5, TRANSACTION: 1},
    "refresh": {UPDATE: 2, GET: 2},
    "forged refresh": {UPDATE: 1},
    "me": {UPDATE: 1, GET: 2},
    "logout": {UPDATE: 1, GET: 2, QUERY: 1, TRANSACTION: 1},
    "logout everywhere": {UPDATE: 1, GET: 3, QUERY: 4, TRANSACTION: 1},
    "delete": {UPDATE: 2, GET: 4, TRANSACTION: 1, QUERY: 8, BATCH: 1},
    "audit log": {UPDATE: 1, QUERY: 2},
    "keys": {UPDATE: 1},
    "health": {},
}
Step = Callable[[], Any]


@pytest.fixture
def steps(people: People) -> dict[str, Step]:
    """Each use case, in a container that has opened all rate windows and loaded all keys."""
    tokens = people.sign_up()
    forged = tokens["refreshToken"][:-4] + "AAAA"
    mara = people.signed_in(tokens)
    mara.get("/v1/auth/me")
    laptop = people.signed_in(people.login().json_body)
    people.client.get("/.well-known/jwks.json")
    people.register()
    new = "new@example.com"
    people.register(new)
    attempt, again = people.register(new), people.register(new)
    people.verify(attempt, "000000" if attempt.sent_code != "000000" else "000001")
    noah = people.signed_in(people.sign_up("noah@example.com"))
    noah.get("/v1/auth/me")
    return {
        "register": lambda: people.register(new),
        "register again": people.register,
        "resend": lambda: people.resend(again),
        "verify": lambda: people.verify(attempt),
        "login": people.login,
        "wrong password": lambda: people.login(password="wrong"),
        "unknown address": lambda: people.login("nobody@example.com"),
        "refresh": lambda: people.refresh(tokens["refreshToken"]),
        "forged refresh": lambda: people.refresh(forged),
        "me": lambda: mara.get("/v1/auth/me"),
        "logout": lambda: mara.post("/v1/auth/logout"),
        "logout everywhere": lambda: laptop.post("/v1/auth/logout?everywhere=1"),
        "delete": lambda: noah.delete("/v1/auth/me", json={"password": PASSWORD}),
        "audit log": lambda: mara.get("/v1/auth/audit"),
        "keys": lambda: people.client.get("/.well-known/jwks.json"),
        "health": lambda: people.client.get("/v1/auth/health"),
    }


def test_each_use_case_makes_the_expected_calls(steps: dict[str, Step]) -> None:
    costs = {}
    for name, step in steps.items():
        with aws_calls.counted() as calls:
            step()
        del calls["dynamodb:Scan"]  # the tests read the outbox
        costs[name] = dict(calls)
    assert costs == COSTS


def test_a_warm_container_creates_no_client(steps: dict[str, Step]) -> None:
    """Creating one takes longer than the call it is created for."""
    with mock.patch.object(
        Session, "create_client", side_effect=AssertionError("created a client")
    ):
        statuses = {name: status_of(step()) for name, step in steps.items()}
    assert {name for name, status in statuses.items() if status >= 500} == set()


def status_of(answer: Any) -> int:
    """Return the status of an answer, or of an attempt's answer."""
    status: int = getattr(answer, "answer", answer).status_code
    return status
