"""Double booking on the running stack, whose database is another process."""

import msgspec
import pytest

from tests.race import expectations
from tests.race.driver import SEEDS_ON_STACK, Race
from tests.support import driven
from tests.support.stack import RunningStack


@pytest.mark.parametrize("scenario", expectations.EXPECTED)
def test_exactly_one_attempt_gets_the_time(stack: RunningStack, scenario: str) -> None:
    printed = driven.run(stack, "tests.race.driver", scenario)
    races = msgspec.json.decode(printed, type=list[Race])
    assert [race.seed for race in races] == list(SEEDS_ON_STACK)
    expectations.assert_one_attempt_gets_the_time(scenario, races)
