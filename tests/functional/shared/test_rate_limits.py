"""Rate limits: exact, per subject, in windows of fifteen minutes."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.http import rate_limits
from shared.http.problems import Problem
from tests.support import fake_aws
from tests.support.aws_calls import counted
from tests.support.threads import together

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ADDRESS = "203.0.113.77"

pytestmark = pytest.mark.usefixtures("aws")


def count(
    at: datetime = NOON, *, subject: str = ADDRESS, name: str = "anonymous"
) -> rate_limits.Allowance:
    return rate_limits.count(name, subject, 100, at)


def test_the_request_after_the_hundredth_is_refused_with_retry_after() -> None:
    for used in range(1, 101):
        allowance = count(NOON + timedelta(seconds=used))
        rate_limits.enforce(allowance)
    assert allowance.headers() == {
        "RateLimit-Policy": '"anonymous";q=100;w=900',
        "RateLimit": '"anonymous";r=0;t=801',
    }
    refused = count(NOON + timedelta(seconds=301))
    with pytest.raises(Problem) as caught:
        rate_limits.enforce(refused)
    assert (caught.value.status, caught.value.code) == (429, "too_many_requests")
    assert caught.value.headers == {"Retry-After": "600"}
    assert refused.headers()["RateLimit"] == '"anonymous";r=0;t=600'


def test_a_window_opens_with_the_first_request() -> None:
    first = NOON + timedelta(minutes=14, seconds=50)
    count(first)
    assert count(first + timedelta(seconds=899)).used == 2
    assert count(first + timedelta(seconds=900)).used == 1


def test_refused_requests_do_not_extend_the_window() -> None:
    for _ in range(150):
        count(NOON)
    late = count(NOON + timedelta(seconds=899))
    assert (late.exceeded, late.reset_seconds) == (True, 1)
    assert not count(NOON + timedelta(seconds=900)).exceeded


def test_subjects_and_limits_have_separate_windows() -> None:
    count()
    assert count(subject="203.0.113.78").used == 1
    assert count(name="documents").used == 1
    assert count().used == 2


def test_counting_in_an_open_window_is_one_write() -> None:
    count()
    with counted() as calls:
        count()
    assert calls == Counter({"dynamodb:UpdateItem": 1})


@pytest.mark.parametrize("before", [None, NOON - timedelta(hours=1)], ids=["first", "expired"])
def test_concurrent_requests_are_counted_exactly(before: Any) -> None:
    if before:
        count(before)
    used = together(20, lambda: [count().used for _ in range(10)])
    assert sorted(number for numbers in used for number in numbers) == list(range(1, 201))


def test_addresses_are_stored_as_hashes() -> None:
    count()
    (window,) = fake_aws.client("dynamodb").scan(TableName="artist-booking-local-limits")["Items"]
    assert ADDRESS not in str(window)
