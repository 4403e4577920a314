"""Cost of offering slots: 60 days of an artist with 500 appointments.

The baseline is the naive search: it steps through each day by 30 minutes and compares every step
with all appointments. Both must find the same, and so must the searches that need less than the
whole list: the next slot, a page, and a plan of weekly sittings.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import moto

from appointments import store
from appointments.models import CalendarEntryKind, Service
from appointments.rules import sitting_plan, slots
from appointments.rules.calendar import Calendar, create_entry
from appointments.schemas import SittingFrequency, SlotsQuery
from appointments.use_cases import slot_search
from shared.platform import aws
from tests.support import aws_calls, fake_aws
from tests.unit.appointments import factories

Search = Callable[[], list[datetime]]

RUNS = 25
PAGE, SITTINGS = 20, 8
DAYS, APPOINTMENTS, STEP = 60, 500, timedelta(minutes=30)
OPENS, CLOSES = timedelta(hours=8), timedelta(hours=22)
WORK, CELL = timedelta(minutes=55), timedelta(minutes=70)
ZONE = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 3, 2, tzinfo=ZONE)  # the clock is put forward on the 29th
UNTIL = FIRST + timedelta(days=DAYS)
NOW = FIRST - timedelta(days=1)


@dataclass(frozen=True)
class Row:
    """One search: the least of its CPU times in milliseconds, and its ratio to the baseline."""

    name: str
    milliseconds: float
    ratio: float


def measure() -> list[Row]:
    """Search both ways in turns, so that noise hits both alike. Raises if the results differ."""
    calendar, service = _studio()
    return _compare(
        {
            "stepping by 30 minutes": lambda: list(_stepping(calendar, service)),
            "slots.find_starts": lambda: _starts(calendar, service),
        },
        _check_same,
    )


def measure_parts() -> list[Row]:
    """Search for less than the whole list, in turns with the whole. Raises if a result is wrong."""
    calendar, service = _studio()
    whole = list(_stepping(calendar, service))
    expected = [whole, whole[:1], whole[:PAGE], _step_plan(whole)]

    def check(*found: list[datetime]) -> None:
        for one, other in zip(found, expected, strict=True):
            _check_same(one, other)

    return _compare(
        {
            f"all {len(whole)} slots": lambda: _starts(calendar, service),
            "the next slot": lambda: _starts(calendar, service, 1),
            f"a page of {PAGE}": lambda: _starts(calendar, service, PAGE),
            f"a plan of {SITTINGS} weekly sittings": lambda: _plan(calendar, service),
        },
        check,
    )


def _compare(searches: dict[str, Search], check: Callable[..., None]) -> list[Row]:
    """Run searches in turns, and check what they found. The first one is the baseline.

    The least time counts: what else the machine does can only add to it.
    """
    samples: dict[str, list[float]] = {name: [] for name in searches}
    for _ in range(RUNS):
        found = []
        for name, search in searches.items():
            started = time.process_time()
            found.append(search())
            samples[name].append(time.process_time() - started)
        check(*found)
    least = {name: min(times) * 1000 for name, times in samples.items()}
    baseline = next(iter(least.values()))
    return [Row(name, time_, time_ / baseline) for name, time_ in least.items()]


def calls() -> dict[str, int]:
    """Count the AWS calls of the whole use case. Raises if it finds something else."""
    calendar, service = _studio()
    expected = _starts(calendar, service)
    query = SlotsQuery(
        artist_id=calendar.artist_id,
        service_id=service.id,
        from_=f"{FIRST:%Y-%m-%d}",
        to=f"{UNTIL - timedelta(days=1):%Y-%m-%d}",
        limit=len(expected),
    )
    with moto.mock_aws():
        fake_aws.create()
        aws.forget()
        store.commit(calendar=calendar, availability=calendar.availability, records=[service])
        with aws_calls.counted() as counted:
            found = slot_search.find_free(query, NOW)
    _check_same([slot.starts_at for slot in found.items], expected)
    return dict(counted)


def _starts(calendar: Calendar, service: Service, limit: int | None = None) -> list[datetime]:
    return list(islice(slots.find_starts(calendar, service, FIRST, UNTIL, NOW), limit))


def _plan(calendar: Calendar, service: Service) -> list[datetime]:
    planned = sitting_plan.create(
        calendar, service, SittingFrequency.WEEKLY, SITTINGS, starts_on=FIRST.date(), now=NOW
    )
    return [entry.starts_at for entry in planned]


def _step_plan(whole: list[datetime]) -> list[datetime]:
    """Return the first slot from each week on. The sittings are too far apart to meet."""
    weeks = (FIRST + timedelta(weeks=number) for number in range(SITTINGS))
    return [next(start for start in whole if start >= week) for week in weeks]


def _stepping(calendar: Calendar, service: Service) -> Iterator[datetime]:
    length = timedelta(minutes=service.duration_minutes)
    after = timedelta(minutes=service.buffer_after_minutes)
    booked = list(calendar.entries_by_id().values())
    for number in range(DAYS):
        midnight = FIRST + timedelta(days=number)
        start = (midnight + OPENS).astimezone(UTC)
        closes = (midnight + CLOSES).astimezone(UTC)
        while start + length <= closes:
            until = start + length + after
            if not any(start < entry.busy_until and entry.busy_from < until for entry in booked):
                yield start
            start += STEP


def _studio() -> tuple[Calendar, Service]:
    """Return the artist's calendar and services. Each day has several appointments."""
    service = factories.service(slot_interval_minutes=30, buffer_after_minutes=15)
    work = factories.service(duration_minutes=WORK // timedelta(minutes=1), buffer_after_minutes=15)
    availability = factories.hours(ZONE.key, "08:00-22:00", version=1)
    calendar = Calendar(service.artist_id, availability, {service.id: service})
    cells = [
        FIRST + timedelta(days=day) + OPENS + cell * CELL
        for day in range(DAYS)
        for cell in range((CLOSES - OPENS) // CELL)
    ]
    chosen = random.Random(60).sample(cells, APPOINTMENTS)
    for number, start in enumerate(chosen):
        entry = create_entry(
            work,
            start.astimezone(UTC),
            entry_id=f"apt_{number}",
            kind=CalendarEntryKind.APPOINTMENT,
        )
        calendar = calendar.put(entry, NOW)
    return calendar, service


def _check_same(one: list[datetime], other: list[datetime]) -> None:
    if one != other or not one:
        raise AssertionError(f"the searches differ: {len(one)} and {len(other)} slots")
