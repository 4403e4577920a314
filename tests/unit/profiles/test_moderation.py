"""Which of several decisions about content counts, in whatever order they arrive."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from profiles.models.moderation import Moderation
from profiles.rules.moderation import follow, is_hidden

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def decide(report_id: str, hour: int, *, hidden: bool) -> Moderation:
    return Moderation(report_id, NOON + timedelta(hours=hour), hidden, "")


def follow_all(*decisions: Moderation) -> Moderation | None:
    known: Moderation | None = None
    for decided in decisions:
        known = follow(known, decided)
    return known


@pytest.mark.parametrize("order", list(permutations([0, 1, 1])))
def test_a_reversed_decision_stays_reversed_in_any_order(order: tuple[int, ...]) -> None:
    decisions = [decide("a", 0, hidden=True), decide("a", 1, hidden=False)]
    assert not is_hidden(follow_all(*(decisions[number] for number in order)))


def test_what_another_report_hides_is_not_shown_because_of_the_first() -> None:
    hides, also, shows = (
        decide("a", 0, hidden=True),
        decide("b", 1, hidden=True),
        decide("a", 2, hidden=False),
    )
    assert is_hidden(follow_all(hides, also, shows))
    assert not is_hidden(follow_all(hides, also, shows, decide("b", 3, hidden=False)))


def test_nothing_is_hidden_that_nobody_decided_about() -> None:
    assert not is_hidden(None)
