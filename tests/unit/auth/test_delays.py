"""The wait after wrong passwords and codes grows, and ends."""

from datetime import timedelta

import pytest

from auth.rules.delays import ACCOUNT, LONGEST_DELAY, Schedule


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (9, 480), (10, 960), (1_000_000, 960)],
)
def test_the_wait_doubles_up_to_sixteen_minutes(failures: int, seconds: int) -> None:
    assert ACCOUNT.delay(failures) == timedelta(seconds=seconds)


def test_less_than_a_hundred_wrong_secrets_fit_into_a_day() -> None:
    """NIST SP 800-63B, 3.2.2: at most 100 consecutive failures."""
    spent, failures = timedelta(), 0
    while spent < timedelta(days=1):
        failures += 1
        spent += ACCOUNT.delay(failures)
    assert failures <= 100
    assert Schedule(free=0, memory=timedelta()).delay(10) == LONGEST_DELAY
