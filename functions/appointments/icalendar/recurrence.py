"""When an event repeats: the rules of RFC 5545, 3.3.10, by days, weeks, months or years.

The days of a period are looked at one by one, and only periods that the caller asks about. So a
rule costs as much as its answer is long. dateutil walks from an event's first day, and to the year
9999 for a rule that no day meets: 3 seconds for the 90 bytes of a daily 30th of February.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import product

import msgspec

MAX_TIMES_A_DAY = 24
_DEAR = 10  # to begin, and to use what is found, takes as long as to look at so many days
_DAYS = {"DAILY": 1, "WEEKLY": 7}
_MONTHS = {"MONTHLY": 1, "YEARLY": 12}
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS = {
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY",
    "BYDAY", "BYSETPOS", "BYHOUR", "BYMINUTE", "BYSECOND",
}  # fmt: skip


class TooMuch(Exception):
    """There is more to look at than we have patience for."""


class Patience:
    """How many days may still be looked at."""

    def __init__(self, days: int) -> None:
        self._days = days

    def spend(self, days: int) -> None:
        """Look at so many. Raises TooMuch when that is more than are left."""
        self._days -= days
        if self._days < 0:
            raise TooMuch


class Rule(msgspec.Struct, frozen=True):
    """A rule. Of its sets an empty one takes every day; numbers below zero count from the end.

    `week_days` holds pairs of which (of the month or year; 0 for each) and weekday, from Monday.
    `until` stays as written: which instant it means depends on the event's time zone.
    """

    frequency: str
    interval: int
    count: int | None
    until: str | None
    week_start: int
    months: frozenset[int]
    weeks: frozenset[int]
    year_days: frozenset[int]
    month_days: frozenset[int]
    week_days: frozenset[tuple[int, int]]
    positions: frozenset[int]
    times: tuple[time, ...]


def parse(text: str, first: datetime) -> Rule:
    """The rule of an event, which takes from its first start what it leaves open.

    Raises ValueError for what is not a rule, and TooMuch for one that repeats within the day.
    """
    parts = dict(part.split("=", 1) for part in text.upper().rstrip(";").split(";"))
    frequency = parts.get("FREQ", "")
    if frequency in ("SECONDLY", "MINUTELY", "HOURLY"):
        raise TooMuch
    interval = int(parts.get("INTERVAL", 1))
    if frequency not in _DAYS | _MONTHS or interval < 1 or parts.keys() - _PARTS:
        raise ValueError("not a rule")
    months = _numbers(parts, "BYMONTH")
    month_days = _numbers(parts, "BYMONTHDAY")
    week_days = frozenset(_week_day(name) for name in parts.get("BYDAY", "").split(",") if name)
    if frequency in _DAYS:  # every weekday is the only one of its kind there
        week_days = frozenset((0, day) for _, day in week_days)
    if not parts.keys() & {"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}:
        if frequency == "WEEKLY":
            week_days = frozenset({(0, first.weekday())})
        elif frequency in _MONTHS:
            month_days = frozenset({first.day})
        if frequency == "YEARLY":
            months = months or frozenset({first.month})
    return Rule(
        frequency=frequency,
        interval=interval,
        count=int(parts["COUNT"]) if "COUNT" in parts else None,
        until=parts.get("UNTIL"),
        week_start=_WEEKDAYS.index(parts.get("WKST", "MO")),
        months=months,
        weeks=_numbers(parts, "BYWEEKNO"),
        year_days=_numbers(parts, "BYYEARDAY"),
        month_days=month_days,
        week_days=week_days,
        positions=_numbers(parts, "BYSETPOS"),
        times=_times(parts, first.time()),
    )


def occurrences(
    rule: Rule, first: datetime, since: datetime, until: datetime, patience: Patience
) -> Iterator[datetime]:
    """The rule's starts in [since, until), in order and none before `first`; all are local times.

    Raises TooMuch when the patience ends.
    """
    patience.spend(_DEAR)
    number = 0
    # To know the tenth occurrence one has to have counted nine.
    for days in _periods(rule, first, first if rule.count is not None else since, until):
        patience.spend(1 + len(days) * len(rule.times))
        dates = [day for day in map(date.fromordinal, days) if _takes(rule, day)]
        starts = [datetime.combine(day, clock) for day in dates for clock in rule.times]
        for start in _positioned(starts, rule.positions):
            if start < first:
                continue
            number += 1
            if start >= until or (rule.count is not None and number > rule.count):
                return
            if start >= since:
                patience.spend(_DEAR)
                yield start


def _periods(
    rule: Rule, first: datetime, since: datetime, until: datetime
) -> Iterator[Sequence[int]]:
    """The days of each period, as ordinals, from the one that holds `since` or comes before it."""
    if rule.frequency in _DAYS:
        length = _DAYS[rule.frequency]
        base = first.toordinal() - (first.weekday() - rule.week_start) % length
        since_at, until_at = since.toordinal(), until.toordinal()
    else:
        length = _MONTHS[rule.frequency]
        base = _month(first) - _month(first) % length
        since_at, until_at = _month(since), _month(until)
    step = rule.interval * length
    begin = base + (since_at - base) // step * step
    for start in range(begin, until_at + 1, step):
        if rule.frequency in _DAYS:
            yield range(start, start + length)
        else:
            months = (month for month in range(start, start + length) if _has(rule, month))
            yield [day for month in months for day in range(_begin(month), _begin(month + 1))]


def _month(moment: datetime) -> int:
    return moment.year * 12 + moment.month - 1


def _has(rule: Rule, month: int) -> bool:
    return not rule.months or month % 12 + 1 in rule.months


def _begin(month: int) -> int:
    return date(month // 12, month % 12 + 1, 1).toordinal()


def _takes(rule: Rule, day: date) -> bool:
    return (
        (not rule.months or day.month in rule.months)
        and (not rule.week_days or _takes_week_day(rule, day))
        and (not rule.month_days or _is_among(rule.month_days, *_in_month(day)))
        and (not rule.year_days or _is_among(rule.year_days, *_in_year(day)))
        and (not rule.weeks or _is_among(rule.weeks, *_week(day, rule.week_start)))
    )


def _takes_week_day(rule: Rule, day: date) -> bool:
    weekday = day.weekday()
    if (0, weekday) in rule.week_days:
        return True
    is_monthly = rule.frequency == "MONTHLY" or bool(rule.months)
    index, length = _in_month(day) if is_monthly else _in_year(day)
    from_start, from_end = (index - 1) // 7 + 1, -((length - index) // 7 + 1)
    return (from_start, weekday) in rule.week_days or (from_end, weekday) in rule.week_days


def _is_among(numbers: frozenset[int], index: int, length: int) -> bool:
    return index in numbers or index - length - 1 in numbers


def _in_month(day: date) -> tuple[int, int]:
    return day.day, monthrange(day.year, day.month)[1]


def _in_year(day: date) -> tuple[int, int]:
    new_year = date(day.year, 1, 1).toordinal()
    return day.toordinal() - new_year + 1, date(day.year, 12, 31).toordinal() - new_year + 1


def _week(day: date, week_start: int) -> tuple[int, int]:
    """The number of the day's week and of the last of that year.

    A week belongs to the year that has most of it, so to the year of its fourth day.
    """
    start = day.toordinal() - (day.weekday() - week_start) % 7
    fourth = date.fromordinal(start + 3)
    last = date(fourth.year, 12, 28)  # always in the last week
    last_fourth = date.fromordinal(last.toordinal() - (last.weekday() - week_start) % 7 + 3)
    return (_in_year(fourth)[0] - 1) // 7 + 1, (_in_year(last_fourth)[0] - 1) // 7 + 1


def _positioned(starts: list[datetime], positions: frozenset[int]) -> list[datetime]:
    if not positions:
        return starts
    length = len(starts)
    return [start for i, start in enumerate(starts, 1) if _is_among(positions, i, length)]


def _numbers(parts: dict[str, str], name: str) -> frozenset[int]:
    return frozenset(int(number) for number in parts.get(name, "").split(",") if number)


def _week_day(name: str) -> tuple[int, int]:
    return int(name[:-2] or 0), _WEEKDAYS.index(name[-2:])


def _times(parts: dict[str, str], first: time) -> tuple[time, ...]:
    hours = _numbers(parts, "BYHOUR") or {first.hour}
    minutes = _numbers(parts, "BYMINUTE") or {first.minute}
    seconds = _numbers(parts, "BYSECOND") or {first.second}
    if len(hours) * len(minutes) * len(seconds) > MAX_TIMES_A_DAY:
        raise TooMuch
    return tuple(sorted(time(*numbers) for numbers in product(hours, minutes, seconds)))
