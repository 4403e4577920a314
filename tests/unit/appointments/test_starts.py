"""Starts are whole minutes in UTC."""

from datetime import UTC, datetime, timedelta

import pytest

from appointments.rules.placement import parse_start
from domain.errors import InvalidFields

MINUTE = datetime(2030, 1, 31, 10, 0, tzinfo=UTC)


def test_a_whole_minute_is_a_start() -> None:
    assert parse_start(MINUTE) == MINUTE


@pytest.mark.parametrize("over", [timedelta(seconds=1), timedelta(microseconds=1)])
def test_a_part_of_a_minute_is_refused(over: timedelta) -> None:
    with pytest.raises(InvalidFields) as raised:
        parse_start(MINUTE + over, "body.dates[0]")
    assert [error.field for error in raised.value.errors] == ["body.dates[0]"]
