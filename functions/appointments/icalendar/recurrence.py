"""Recurrence rules of RFC 5545, 3.3.10, by days, weeks, months or years.

The days of a period are checked one by one, and only in the requested time, so that the work is
proportional to the length of the result. dateutil walks from an event's first day, and to the year
9999 for a rule that no day matches: 3 seconds for the 90 bytes of a daily 30th of February.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import product

import msgspec

MAX_TIMES_A_DAY = 24
_OVERHEAD_DAYS = 10  # a rule, and each of its occurrences, takes as long as checking so many days
_DAYS = {"DAILY": 1, "WEEKLY": 7}
_MONTHS = {"MONTHLY": 1, "YEARLY": 12}
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS = {
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY",
    "BYDAY", "BYSETPOS", "BYHOUR", "BYMINUTE", "BYSECOND",
}  # fmt: skip


class TooMuchWork(Exception):
    """Reading takes more work than is allowed."""


class WorkBudget:
    """A limit on the number of days to check."""

    def __init__(self, days: int) -> None:
        self._days = days

    def spend(self, days: int) -> None:
        """Take days out of the budget.

        Raises:
            TooMuchWork: Too few days are left.
        """
        self._days -= days
        if self._days < 0:
            raise TooMuchWork


class Rule(msgspec.Struct, frozen=True):
    """A recurrence rule. An empty set matches every day; negative numbers count from the end.

    Attributes:
        until: The end as it is written; its instant depends on the event's time zone.
        week_days: Pairs of a number (in the month or year; 0 for each) and a weekday, from Monday.
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
    """Parse the rule of an event; what it leaves open is taken from the first start.

    Raises:
        ValueError: It is not a rule.
        TooMuchWork: It repeats within the hour, or too often within a day.
    """
    parts = dict(part.split("=", 1) for part in text.upper().rstrip(";").split(";"))
    frequency = parts.get("FREQ", "")
    if frequency in ("SECONDLY", "MINUTELY", "HOURLY"):
        raise TooMuchWork
    interval = int(parts.get("INTERVAL", 1))
    if frequency not in _DAYS | _MONTHS or interval < 1 or parts.keys() - _PARTS:
        raise ValueError("not a rule")
    months = _parse_numbers(parts, "BYMONTH")
    month_days = _parse_numbers(parts, "BYMONTHDAY")
    week_days = frozenset(
        _parse_week_day(name) for name in parts.get("BYDAY", "").split(",") if name
    )
    if frequency in _DAYS:  # in a day or week there is only one of each weekday
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
        weeks=_parse_numbers(parts, "BYWEEKNO"),
        year_days=_parse_numbers(parts, "BYYEARDAY"),
        month_days=month_days,
        week_days=week_days,
        positions=_parse_numbers(parts, "BYSETPOS"),
        times=_parse_times(parts, first.time()),
    )


def list_occurrences(
    rule: Rule, first: datetime, since: datetime, until: datetime, budget: WorkBudget
) -> Iterator[datetime]:
    """Yield the starts of a rule in [since, until), in order and not before `first`.

    All times are local.

    Raises:
        TooMuchWork: The budget is used up.
    """
    budget.spend(_OVERHEAD_DAYS)
    number = 0
    # A rule with COUNT has to be counted from its first occurrence.
    for days in _list_periods(rule, first, first if rule.count is not None else since, until):
        budget.spend(1 + len(days) * len(rule.times))
        dates = [day for day in map(date.fromordinal, days) if _matches(rule, day)]
        starts = [datetime.combine(day, clock) for day in dates for clock in rule.times]
        for start in _select_positions(starts, rule.positions):
            if start < first:
                continue
            number += 1
            if start >= until or (rule.count is not None and number > rule.count):
                return
            if start >= since:
                budget.spend(_OVERHEAD_DAYS)
                yield start


def _list_periods(
    rule: Rule, first: datetime, since: datetime, until: datetime
) -> Iterator[Sequence[int]]:
    """Yield the days of each period as ordinals, from the period at or before `since` on."""
    if rule.frequency in _DAYS:
        length = _DAYS[rule.frequency]
        base = first.toordinal() - (first.weekday() - rule.week_start) % length
        since_at, until_at = since.toordinal(), until.toordinal()
    else:
        length = _MONTHS[rule.frequency]
        base = _to_month_number(first) - _to_month_number(first) % length
        since_at, until_at = _to_month_number(since), _to_month_number(until)
    step = rule.interval * length
    begin = base + (since_at - base) // step * step
    for start in range(begin, until_at + 1, step):
        if rule.frequency in _DAYS:
            yield range(start, start + length)
        else:
            months = (month for month in range(start, start + length) if _has_month(rule, month))
            yield [
                day
                for month in months
                for day in range(_get_first_ordinal(month), _get_first_ordinal(month + 1))
            ]


def _to_month_number(moment: datetime) -> int:
    return moment.year * 12 + moment.month - 1


def _has_month(rule: Rule, month: int) -> bool:
    return not rule.months or month % 12 + 1 in rule.months


def _get_first_ordinal(month: int) -> int:
    return date(month // 12, month % 12 + 1, 1).toordinal()


def _matches(rule: Rule, day: date) -> bool:
    return (
        (not rule.months or day.month in rule.months)
        and (not rule.week_days or _matches_week_day(rule, day))
        and (not rule.month_days or _matches_number(rule.month_days, *_get_day_of_month(day)))
        and (not rule.year_days or _matches_number(rule.year_days, *_get_day_of_year(day)))
        and (not rule.weeks or _matches_number(rule.weeks, *_get_week(day, rule.week_start)))
    )


def _matches_week_day(rule: Rule, day: date) -> bool:
    weekday = day.weekday()
    if (0, weekday) in rule.week_days:
        return True
    is_monthly = rule.frequency == "MONTHLY" or bool(rule.months)
    index, length = _get_day_of_month(day) if is_monthly else _get_day_of_year(day)
    from_start, from_end = (index - 1) // 7 + 1, -((length - index) // 7 + 1)
    return (from_start, weekday) in rule.week_days or (from_end, weekday) in rule.week_days


def _matches_number(numbers: frozenset[int], index: int, length: int) -> bool:
    return index in numbers or index - length - 1 in numbers


def _get_day_of_month(day: date) -> tuple[int, int]:
    return day.day, monthrange(day.year, day.month)[1]


def _get_day_of_year(day: date) -> tuple[int, int]:
    new_year = date(day.year, 1, 1).toordinal()
    return day.toordinal() - new_year + 1, date(day.year, 12, 31).toordinal() - new_year + 1


def _get_week(day: date, week_start: int) -> tuple[int, int]:
    """Return the number of a day's week, and that of the last week of its year.

    A week belongs to the year of its fourth day, which has most of it.
    """
    start = day.toordinal() - (day.weekday() - week_start) % 7
    fourth = date.fromordinal(start + 3)
    last = date(fourth.year, 12, 28)  # always in the last week
    last_fourth = date.fromordinal(last.toordinal() - (last.weekday() - week_start) % 7 + 3)
    return (_get_day_of_year(fourth)[0] - 1) // 7 + 1, (
        _get_day_of_year(last_fourth)[0] - 1
    ) // 7 + 1


def _select_positions(starts: list[datetime], positions: frozenset[int]) -> list[datetime]:
    if not positions:
        return starts
    length = len(starts)
    return [start for i, start in enumerate(starts, 1) if _matches_number(positions, i, length)]


def _parse_numbers(parts: dict[str, str], name: str) -> frozenset[int]:
    return frozenset(int(number) for number in parts.get(name, "").split(",") if number)


def _parse_week_day(name: str) -> tuple[int, int]:
    return int(name[:-2] or 0), _WEEKDAYS.index(name[-2:])


def _parse_times(parts: dict[str, str], first: time) -> tuple[time, ...]:
    hours = _parse_numbers(parts, "BYHOUR") or {first.hour}
    minutes = _parse_numbers(parts, "BYMINUTE") or {first.minute}
    seconds = _parse_numbers(parts, "BYSECOND") or {first.second}
    if len(hours) * len(minutes) * len(seconds) > MAX_TIMES_A_DAY:
        raise TooMuchWork
    return tuple(sorted(time(*numbers) for numbers in product(hours, minutes, seconds)))
