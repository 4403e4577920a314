"""Fairness: a recipient or an origin uses no more than its part of a batch."""

from datetime import UTC, datetime, timedelta

from notifications.rules.fairness import (
    MAX_REMEMBERED,
    RECIPIENT_PLACES,
    REMEMBERED_FOR,
    SLOW_BUDGET,
    BatchBudget,
    SlowTime,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SLOW = SLOW_BUDGET + SECOND  # a second is what a delivery usually takes


def test_a_recipient_has_a_number_of_places_in_each_batch() -> None:
    slow_time = SlowTime()
    budget = BatchBudget(slow_time)
    taken = [budget.take("usr_a", None, NOON) for _ in range(10)]
    assert taken == [None] * RECIPIENT_PLACES + [NOON] * (10 - RECIPIENT_PLACES)
    assert budget.take("usr_b", None, NOON) is None
    assert BatchBudget(slow_time).take("usr_a", None, NOON) is None


def test_an_origin_that_was_slow_waits_for_a_minute_and_others_do_not() -> None:
    slow_time = SlowTime()
    BatchBudget(slow_time).count("usr_a", "https://slow", SLOW, NOON)
    budget = BatchBudget(slow_time)
    assert budget.take("usr_b", "https://slow", NOON) == NOON + REMEMBERED_FOR
    assert budget.take("usr_a", "https://fast", NOON) == NOON + REMEMBERED_FOR
    assert budget.take("usr_b", "https://fast", NOON) is None
    assert budget.take("usr_b", "https://slow", NOON + REMEMBERED_FOR) is None


def test_slow_time_adds_up_and_usual_time_does_not() -> None:
    slow_time = SlowTime()
    budget = BatchBudget(slow_time)
    for number in range(10):
        assert budget.take(f"usr_{number}", "https://busy", NOON) is None
        budget.count(f"usr_{number}", "https://busy", SECOND, NOON)
    assert BatchBudget(slow_time).take("usr_a", "https://busy", NOON) is None
    for number in range(2):
        assert slow_time.find_end(("origin", "https://busy"), NOON) is None
        budget.count(f"usr_{number}", "https://busy", SLOW_BUDGET / 2 + SECOND, NOON)
    assert slow_time.find_end(("origin", "https://busy"), NOON) == NOON + REMEMBERED_FOR


def test_a_slow_provider_of_all_is_nobodys_fault() -> None:
    slow_time = SlowTime()
    BatchBudget(slow_time).count("usr_a", None, SLOW, NOON)
    assert BatchBudget(slow_time).take("usr_a", None, NOON) is None


def test_memory_is_bounded() -> None:
    slow_time = SlowTime()
    for number in range(MAX_REMEMBERED + 1):
        slow_time.add([number], SLOW, NOON)
    assert slow_time.find_end(0, NOON) is None
    assert slow_time.find_end(1, NOON) is not None
