"""Usage plans with production's numbers: wide enough for a peak, and nobody ends everybody's day.

API Gateway throttles by token buckets (docs.aws.amazon.com, "Throttle requests to your REST APIs"):
a bucket holds the burst, and fills by the rate.
"""

from random import Random

import pytest

from infra.environments import ENVIRONMENTS, UsagePlan

# The peak that infra/environments.py states.
PEOPLE = 2000
SECONDS_BETWEEN_PAGES = 20.0
REQUESTS_PER_PAGE = 8
DAY_SECONDS = 24 * 60 * 60

OURS = ("web", "mobile")


def throttled(plan: UsagePlan, arrivals: list[float]) -> int:
    """Return how many of the requests, sorted by time, find the bucket empty."""
    tokens, last, refused = float(plan.burst), 0.0, 0
    for at in arrivals:
        tokens = min(plan.burst, tokens + (at - last) * plan.requests_per_second)
        last = at
        if tokens >= 1:
            tokens -= 1
        else:
            refused += 1
    return refused


def peak(seconds: float, seed: int) -> list[float]:
    """Return when people send requests: each opens pages, independently of all others."""
    random = Random(seed)
    arrivals = []
    for _ in range(PEOPLE):
        at = random.uniform(0, SECONDS_BETWEEN_PAGES)
        while at < seconds:
            arrivals += [at + random.uniform(0, 0.3) for _ in range(REQUESTS_PER_PAGE)]
            at += random.expovariate(1 / SECONDS_BETWEEN_PAGES)
    return sorted(arrivals)


@pytest.mark.parametrize("name", OURS)
def test_nobody_is_throttled_in_the_busiest_minutes(name: str) -> None:
    plan = ENVIRONMENTS["prod"].usage_plans[name]
    arrivals = peak(120, seed=1)
    assert len(arrivals) > 120 * 800 * 0.95
    assert throttled(plan, arrivals) == 0
    # The numbers of before would have failed here.
    assert throttled(UsagePlan(50, 100, 500_000), arrivals) > 0.9 * len(arrivals) - 120 * 50


@pytest.mark.parametrize("name", OURS)
def test_a_page_that_everybody_opens_at_once_fits_into_the_burst(name: str) -> None:
    plan = ENVIRONMENTS["prod"].usage_plans[name]
    at_once = sorted(peak(60, seed=2) + [30.0] * 400 * REQUESTS_PER_PAGE)
    assert throttled(plan, at_once) == 0


@pytest.mark.parametrize("name", OURS)
def test_a_machine_that_floods_all_day_leaves_the_others_their_requests(name: str) -> None:
    plan = ENVIRONMENTS["prod"].usage_plans[name]
    flood = [number / 500 for number in range(60 * 500)]  # 500 requests a second
    assert throttled(plan, sorted(peak(60, seed=3) + flood)) == 0
    # However long it goes on: there is no quota of a day to use up.
    assert plan.requests_per_day is None


def test_the_key_of_a_customer_has_a_quota_of_its_own() -> None:
    plan = ENVIRONMENTS["prod"].usage_plans["partner"]
    assert plan.requests_per_day is not None
    assert plan.requests_per_day < plan.requests_per_second * DAY_SECONDS


def test_the_local_stack_runs_with_the_numbers_of_production() -> None:
    """So all tests of the embedded stack do."""
    assert ENVIRONMENTS["local"].usage_plans == ENVIRONMENTS["prod"].usage_plans
    assert ENVIRONMENTS["local"].limits == ENVIRONMENTS["prod"].limits
