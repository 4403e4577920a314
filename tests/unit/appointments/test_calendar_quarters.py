"""Quarters of an hour that an entry of the calendar touches."""

from datetime import UTC, date, datetime

import pytest

from appointments.models import CalendarEntry
from appointments.rules.calendar import list_quarters
from tests.unit.appointments import factories

DAY = date(2026, 3, 2)


def entry(begins: str, ends: str) -> CalendarEntry:
    begin, end = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (begins, ends))
    return factories.busy(begin, minutes=round((end - begin).total_seconds() / 60))


@pytest.mark.parametrize(
    ("begins", "ends", "quarters"),
    [
        ("2026-03-02T10:00", "2026-03-02T10:15", [40]),
        ("2026-03-02T10:00", "2026-03-02T10:16", [40, 41]),
        ("2026-03-02T10:14", "2026-03-02T10:31", [40, 41, 42]),
        ("2026-03-01T23:50", "2026-03-02T00:10", [0]),
        ("2026-03-02T23:50", "2026-03-03T00:10", [95]),
    ],
)
def test_quarters_are_those_that_an_entry_touches_on_the_day(
    begins: str, ends: str, quarters: list[int]
) -> None:
    assert list(list_quarters(entry(begins, ends), DAY)) == quarters
