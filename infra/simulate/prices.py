"""Prices of a simulated day: the list prices of us-east-1 on 2026-11-30, as in infra/costs.py.

MongoDB, mails, SMS and what leaves AWS over the network are not part of it.
"""

from collections import Counter
from collections.abc import Mapping

from infra.simulate import behaviour
from infra.simulate.replay import PER_TEN, POSTS_PER_MESSAGE, Outcome
from infra.simulate.use_cases import UseCase

MILLION = 1_000_000
PER_MILLION = {
    "dynamodb write units": 0.625,
    "dynamodb read units": 0.125,
    "requests to the REST API": 3.50,
    "messages of WebSockets": 1.00,
    "invocations": 0.20,
    "thousandths of GB-seconds": 0.0133334,
    "messages to the topic": 0.50,
    "requests to SQS": 0.40,
    "calls of KMS": 3.00,
    "kilobytes of logs": 0.50,
}
GIGABYTES = 0.5  # of a function's memory
SECONDS = 0.040  # of a request or a message, as docs/performance.md counts
QUEUE_REQUESTS = 2  # received and deleted, each message alone in its batch
LOG_KILOBYTES = 1.0


def count(outcome: Outcome, cases: Mapping[str, UseCase]) -> Counter[str]:
    """Return the amounts of a day that have a price."""
    amounts: Counter[str] = Counter()
    invocations = 0.0
    for name, times in outcome.uses.items():
        each = times / 10 if name in PER_TEN else times
        invocations += each
        case = cases[name]
        _add(amounts, "dynamodb write units", each * case.write_units)
        _add(amounts, "dynamodb read units", each * case.read_units)
        for call, calls in case.aws.items():
            service = call.partition(":")[0]
            if service in _SERVICES:
                _add(amounts, _SERVICES[service], each * calls)
    messages = sum(lag.arrived for lag in outcome.queues.values())
    _add(amounts, "requests to SQS", QUEUE_REQUESTS * messages)
    _add(amounts, "requests to the REST API", outcome.requests)
    # A message is posted to a device of each side.
    _add(amounts, "messages of WebSockets", POSTS_PER_MESSAGE * outcome.uses[behaviour.DELIVER])
    _add(amounts, "invocations", invocations)
    _add(amounts, "thousandths of GB-seconds", 1000 * invocations * SECONDS * GIGABYTES)
    _add(amounts, "kilobytes of logs", LOG_KILOBYTES * invocations)
    return amounts


def price(amounts: Mapping[str, float]) -> dict[str, float]:
    """Return the dollars of each amount."""
    return {name: amounts[name] / MILLION * PER_MILLION[name] for name in PER_MILLION}


_SERVICES = {"sns": "messages to the topic", "sqs": "requests to SQS", "kms": "calls of KMS"}


def _add(amounts: Counter[str], name: str, amount: float) -> None:
    amounts[name] += amount  # type: ignore[assignment]  # parts of units
