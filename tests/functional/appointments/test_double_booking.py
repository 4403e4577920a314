"""Double booking: of two hundred concurrent attempts exactly one gets the time, with every seed."""

import pytest

from tests.race import driver, expectations
from tests.race.driver import SEEDS
from tests.race.scenarios import SCENARIOS


def test_the_seeds_are_one_of_each_kind() -> None:
    assert {(seed % 4, seed % 3) for seed in SEEDS} == {(a, b) for a in range(4) for b in range(3)}
    assert len(SEEDS) == 12
    # All clocks before the instant, and all at it or later.
    assert {0, 1, 18, 19} <= set(SEEDS)


def test_every_scenario_has_an_expectation() -> None:
    assert expectations.EXPECTED.keys() == SCENARIOS.keys()


@pytest.mark.parametrize("scenario", expectations.EXPECTED)
def test_exactly_one_attempt_gets_the_time(aws: None, scenario: str) -> None:
    races = driver.run_in_memory(scenario)
    assert [race.seed for race in races] == list(SEEDS)
    expectations.assert_one_attempt_gets_the_time(scenario, races)
    winners = {side for race in races for side, _ in race.result.winners}
    assert winners >= expectations.EXPECTED[scenario].certain
