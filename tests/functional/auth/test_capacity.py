"""What signing in and refreshing cost at list prices: calls of KMS and units of DynamoDB."""

from collections.abc import Callable
from typing import Any

from auth.use_cases import token_keys
from tests.functional.auth.people import People
from tests.support import aws_calls, capacity

# List prices of us-east-1, in dollars a million: docs/performance.md.
READ_UNIT, WRITE_UNIT = 0.125, 0.625
KMS = {"kms:Sign": 15.00, "kms:GenerateMac": 3.00, "kms:VerifyMac": 3.00}
# API, invocation, and 40 ms of 1,024 MiB on arm64. The hash of a password takes more, as it must.
REQUEST = 3.50 + 0.20 + 0.53
TARGET = 8.00
NEW_DEVICE = 8.80


def measure(step: Callable[[], Any]) -> float:
    """Return what the calls of a step cost in a warm container, in dollars a million."""
    with capacity.counted() as used, aws_calls.counted() as calls:
        assert step().status_code == 200
    dollars = used.read_units * READ_UNIT + used.write_units * WRITE_UNIT
    return dollars + sum(KMS.get(call, 0) * count for call, count in calls.items())


def test_signing_in_costs_less_than_eight_dollars(people: People) -> None:
    people.sign_up()  # the device is known from now on
    assert measure(people.login) + REQUEST <= TARGET


def test_a_new_device_costs_two_write_units_more(people: People) -> None:
    """Those of the device and of the event that mails its owner."""
    people.sign_up()
    elsewhere = people.from_elsewhere()
    with capacity.counted() as used:
        assert elsewhere.login().status_code == 200
    assert dict(used.parts) == {
        "sign-in": 1,
        "USER GUESSES": 1,
        "OUTBOX": 1,
        "USER DEVICE": 1,
        "USER SESSION": 1,
        "AUDIT ENTRY": 1,
    }
    assert measure(people.from_elsewhere(2).login) + REQUEST <= NEW_DEVICE


def test_refreshing_costs_less_than_eight_dollars(people: People) -> None:
    tokens = people.sign_up()
    refreshing = measure(lambda: people.refresh(tokens["refreshToken"]))
    assert refreshing + REQUEST <= TARGET


def test_a_new_key_costs_cents_a_day(people: People) -> None:
    """Its calls are made once per term by one container, and one call by each other one."""
    with aws_calls.counted() as calls:
        people.sign_up()
    made = {call: calls[call] for call in KMS if call in calls}
    assert made == {"kms:Sign": 1, "kms:GenerateMac": 3}  # a key of each kind, and of the outbox
    with aws_calls.counted() as calls:
        token_keys.forget()
        people.login()
    assert {call: calls[call] for call in KMS if call in calls} == {"kms:GenerateMac": 2}
