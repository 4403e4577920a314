"""Response times: classes, the median and the window of 90 days."""

from datetime import date, timedelta

import pytest

from messaging.rules import response_times
from messaging.rules.response_times import Standing

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("minutes", "class_"),
    [(0, 15), (15, 15), (15.1, 60), (60, 60), (1441, 2880), (10_080, 10_080), (99_999, 10_080)],
)
def test_a_time_has_the_class_that_holds_it(minutes: float, class_: int) -> None:
    assert response_times.classify(timedelta(minutes=minutes)) == class_


@pytest.mark.parametrize(
    ("counts", "unanswered", "standing"),
    [
        ({}, 5, Standing()),
        ({"15": 2}, 0, Standing()),  # too few
        ({"15": 3}, 0, Standing(15, 1.0)),
        ({"15": 2, "60": 1, "1440": 1}, 0, Standing(15, 1.0)),
        ({"15": 2, "60": 1, "1440": 2}, 0, Standing(60, 1.0)),
        ({"15": 19}, 1, Standing(15, 0.9)),  # 95 percent are nine tenths and a half
        ({"2880": 3}, 1_000, Standing(2880, 0.0)),
    ],
)
def test_the_median_and_the_share_are_classes(
    counts: dict[str, int], unanswered: int, standing: Standing
) -> None:
    assert response_times.compute({"2026-03-01": counts}, unanswered, TODAY) == standing


def test_only_the_last_90_days_count() -> None:
    first = TODAY - timedelta(days=89)
    days = {
        (first - timedelta(days=1)).isoformat(): {"15": 100},
        first.isoformat(): {"60": 2},
        TODAY.isoformat(): {"60": 1},
    }
    assert response_times.compute(days, 0, TODAY) == Standing(60, 1.0)
    assert response_times.list_past(days, TODAY) == [(first - timedelta(days=1)).isoformat()]
    tomorrow = TODAY + timedelta(days=1)
    assert response_times.compute(days, 0, tomorrow) == Standing()
