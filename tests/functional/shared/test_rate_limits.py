"""Rate limits in DynamoDB: exact, per subject, in windows of fifteen minutes."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from shared.data import rate_limit_store
from shared.http import leases, rate_limits
from shared.http.leases import Leases
from shared.http.problems import Problem
from tests.support import fake_aws
from tests.support.aws_calls import counted
from tests.support.threads import together

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ADDRESS = "203.0.113.77"

UNSPENT = leases.UNSPENT  # the part of a limit that may lie in containers


@pytest.fixture(autouse=True)
def leasing(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let containers lease tokens, as outside of tests."""
    monkeypatch.setattr(leases, "UNSPENT", UNSPENT)


def count(
    at: datetime = NOON, *, subject: str = ADDRESS, name: str = "sign-in"
) -> rate_limits.Allowance:
    return rate_limits.count(name, subject, 100, at)


def test_the_request_after_the_hundredth_is_refused_with_retry_after() -> None:
    for used in range(1, 101):
        allowance = count(NOON + timedelta(seconds=used))
        rate_limits.enforce(allowance)
    assert allowance.headers() == {
        "RateLimit-Policy": '"sign-in";q=100;w=900',
        "RateLimit": '"sign-in";r=0;t=801',
    }
    refused = count(NOON + timedelta(seconds=301))
    with pytest.raises(Problem) as caught:
        rate_limits.enforce(refused)
    assert (caught.value.status, caught.value.code) == (429, "too_many_requests")
    assert caught.value.headers == {"Retry-After": "600", **refused.headers()}
    assert refused.headers()["RateLimit"] == '"sign-in";r=0;t=600'


def test_a_window_opens_with_the_first_request() -> None:
    first = NOON + timedelta(minutes=14, seconds=50)
    count(first)
    assert count(first + timedelta(seconds=899)).remaining == 98
    assert count(first + timedelta(seconds=900)).remaining == 99


def test_refused_requests_do_not_extend_the_window() -> None:
    for _ in range(150):
        count(NOON)
    late = count(NOON + timedelta(seconds=899))
    assert (late.exceeded, late.reset_seconds) == (True, 1)
    assert not count(NOON + timedelta(seconds=900)).exceeded


def test_subjects_and_limits_have_separate_windows() -> None:
    count()
    assert count(subject="203.0.113.78").remaining == 99
    assert count(name="refresh").remaining == 99
    assert count().remaining == 98


def test_counting_is_one_write_and_refusing_none() -> None:
    with counted() as calls:
        for _ in range(150):
            count()
    assert calls == Counter({"dynamodb:UpdateItem": 100})


def test_a_hundred_requests_of_a_person_to_a_warm_container_are_eight_writes() -> None:
    with counted() as calls:
        for _ in range(100):
            assert not rate_limits.spend(rate_limits.USER, "usr_mara", NOON).exceeded
    assert calls == Counter({"dynamodb:UpdateItem": 8})


def test_a_container_that_ends_does_not_give_its_tokens_to_others() -> None:
    for _ in range(12):
        rate_limits.spend(rate_limits.USER, "usr_mara", NOON)
    rate_limits.forget()
    (window,) = fake_aws.client("dynamodb").scan(TableName="artist-booking-local-limits")["Items"]
    granted = int(window["hits"]["N"])
    assert granted > 12
    found = rate_limits.spend(rate_limits.USER, "usr_mara", NOON)
    assert found.remaining == 1000 - granted - 1


@pytest.mark.parametrize("before", [None, NOON - timedelta(hours=1)], ids=["first", "expired"])
def test_concurrent_requests_are_counted_exactly(before: Any) -> None:
    if before:
        count(before)
    counts = together(20, lambda: [count() for _ in range(10)])
    admitted = [found for each in counts for found in each if not found.exceeded]
    assert sorted(str(found.remaining) for found in admitted) == sorted(map(str, range(100)))


@pytest.mark.parametrize("before", [None, NOON - timedelta(hours=1)], ids=["first", "expired"])
@pytest.mark.parametrize("leased", [True, False])
def test_racing_containers_never_admit_more_than_the_limit(leased: bool, before: Any) -> None:
    """Each thread is a container, and they share nothing but the table."""
    if before:
        rate_limits.count("user", ADDRESS, 300, before)

    def serve() -> list[bool]:
        container = Leases(rate_limit_store)
        key = f"user#{sha256(ADDRESS.encode()).hexdigest()}"
        counts = [
            container.count(key, 300, int(NOON.timestamp()), 900, leased=leased) for _ in range(60)
        ]
        return [found.admitted for found in counts]

    admitted = sum(sum(each) for each in together(8, serve))
    # Those that were served first hold what they did not spend: 2 % at most.
    assert 300 - 300 // 50 * leased <= admitted <= 300


def test_addresses_are_stored_as_hashes() -> None:
    count()
    (window,) = fake_aws.client("dynamodb").scan(TableName="artist-booking-local-limits")["Items"]
    assert ADDRESS not in str(window)
