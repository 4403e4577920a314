"""Patience: waits grow, are spread, and last for hours."""

from datetime import UTC, datetime, timedelta

import pytest

from notifications.rules import patience

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BASE = 30
CLASSES = [*patience.BY_REASON.values(), patience.DEFAULT, patience.UNKNOWN]


@pytest.mark.parametrize("patient", CLASSES)
def test_every_class_is_tried_for_at_least_four_hours(patient: patience.Patience) -> None:
    now, failures = NOON, 0
    while not patience.is_over(patient, NOON, now):
        failures += 1
        now += patience.compute_wait(patient, failures, BASE, spread=lambda _, most: most)
    assert now - NOON >= timedelta(hours=4)
    assert failures > 5


@pytest.mark.parametrize("patient", CLASSES)
def test_waits_double_up_to_the_longest(patient: patience.Patience) -> None:
    waits = [
        patience.compute_wait(patient, failures, BASE, spread=lambda _, most: most)
        for failures in range(1, 60)
    ]
    assert waits[0] == timedelta(seconds=BASE * patient.base_factor)
    assert waits[1] == 2 * waits[0]
    assert waits == sorted(waits)
    assert waits[-1] == patient.longest


def test_waits_are_spread_between_half_and_all() -> None:
    waits = {patience.compute_wait(patience.DEFAULT, 3, BASE).total_seconds() for _ in range(200)}
    assert 60 <= min(waits) < 70
    assert 110 < max(waits) <= 120
    assert len(waits) > 20


@pytest.mark.parametrize(
    ("asked", "seconds"), [(0, 30), (10, 30), (31, 31), (600, 600), (10_000_000, 21_600)]
)
def test_a_provider_may_ask_for_a_longer_wait(asked: int, seconds: int) -> None:
    wait = patience.compute_wait(
        patience.DEFAULT, 1, BASE, after_seconds=asked, spread=lambda _, most: most
    )
    assert wait == timedelta(seconds=seconds)
