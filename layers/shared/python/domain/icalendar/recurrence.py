"""Recurrence rules of RFC 5545, 3.3.10.

The periods of a rule are walked one by one, and only in the requested time, so that the work is
proportional to the length of the result, and each step is paid from a budget. dateutil walks from
an event's first day, and to the year 9999 for a rule that no day matches, without an end that could
be set from outside: 3 seconds for the 90 bytes of a daily 30th of February. See
docs/adr/0036-what-is-unclear-in-a-calendar-is-busy.md.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import product

import msgspec

MAX_TIMES_A_DAY = 1440
_OVERHEAD_DAYS = 10  # a rule, and each of its occurrences, takes as long as checking so many days
_SECONDS = {"HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}
_DAYS = {"DAILY": 1, "WEEKLY": 7}
_MONTHS = {"MONTHLY": 1, "YEARLY": 12}
_MAX_STEP_SECONDS = 10_000 * 366 * 86_400  # longer than all years
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS = {
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY",
    "BYDAY", "BYSETPOS", "BYHOUR", "BYMINUTE", "BYSECOND",
}  # fmt: skip


class TooMuchWork(Exception):
    """Reading takes more work than is allowed."""


class RepeatsTooOften(Exception):
    """One event takes more work than is allowed for one."""


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


class PartialBudget(WorkBudget):
    """A part of a budget, for one event."""

    def __init__(self, days: int, whole: WorkBudget) -> None:
        super().__init__(days)
        self._whole = whole

    def spend(self, days: int) -> None:
        """Take days out of the budget and of the whole of it.

        Raises:
            RepeatsTooOften: Too few days are left in this part.
            TooMuchWork: Too few days are left in the whole.
        """
        try:
            super().spend(days)
        except TooMuchWork:
            raise RepeatsTooOften from None
        self._whole.spend(days)


class Rule(msgspec.Struct, frozen=True):
    """A recurrence rule. An empty set matches every day; negative numbers count from the end.

    Attributes:
        until: The end as it is written; its instant depends on the event's time zone.
        week_days: Pairs of a number (in the month or year; 0 for each) and a weekday, from Monday.
        times: Times of day, of a rule by days or longer periods.
        hours: Those of a rule by shorter periods, as `minutes` and `seconds`.
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
    hours: frozenset[int] = frozenset()
    minutes: frozenset[int] = frozenset()
    seconds: frozenset[int] = frozenset()

    @property
    def is_sub_daily(self) -> bool:
        """Whether its periods are shorter than a day."""
        return self.frequency in _SECONDS


def parse(text: str, first: datetime) -> Rule:
    """Parse the rule of an event; what it leaves open is taken from the first start.

    Raises:
        ValueError: It is not a rule.
        RepeatsTooOften: It has too many times of day.
    """
    parts = dict(part.split("=", 1) for part in text.upper().rstrip(";").split(";"))
    frequency = parts.get("FREQ", "")
    interval = int(parts.get("INTERVAL", 1))
    if frequency not in _SECONDS | _DAYS | _MONTHS or interval < 1 or parts.keys() - _PARTS:
        raise ValueError("not a rule")
    months = _parse_numbers(parts, "BYMONTH")
    month_days = _parse_numbers(parts, "BYMONTHDAY")
    week_days = frozenset(
        _parse_week_day(name) for name in parts.get("BYDAY", "").split(",") if name
    )
    if frequency not in _MONTHS:  # in a day or week there is only one of each weekday
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
        times=() if frequency in _SECONDS else _parse_times(parts, first.time()),
        hours=_parse_clock(parts, "BYHOUR", 23),
        minutes=_parse_clock(parts, "BYMINUTE", 59),
        seconds=_parse_clock(parts, "BYSECOND", 59),
    )


def list_occurrences(
    rule: Rule, first: datetime, since: datetime, until: datetime, budget: WorkBudget
) -> Iterator[datetime]:
    """Yield the starts of a rule in [since, until), in order and not before `first`.

    All times are local.

    Raises:
        TooMuchWork: The budget is used up.
        RepeatsTooOften: It was the part of a budget, and that is used up.
    """
    budget.spend(_OVERHEAD_DAYS)
    count, number = rule.count, 0
    if count is not None and (last := _get_counted_last(rule, first)) is not None:
        count, until = None, min(until, last + timedelta(seconds=1))
    # Other rules with COUNT have to be counted from their first occurrence.
    begin = since if count is None else first
    for starts in _list_starts(rule, first, begin, until, budget):
        for start in _select_positions(starts, rule.positions):
            if start < first:
                continue
            number += 1
            if start >= until or (count is not None and number > count):
                return
            if start >= since:
                budget.spend(_OVERHEAD_DAYS)
                yield start


def _get_counted_last(rule: Rule, first: datetime) -> datetime | None:
    """Return the last start of a rule with COUNT, if periods of one length have one start each."""
    if rule.count is None or rule.frequency in _MONTHS:
        return None
    filters = (rule.months, rule.weeks, rule.year_days, rule.month_days, rule.positions)
    if any(filters) or rule.week_days - {(0, first.weekday())}:
        return None
    if rule.is_sub_daily:
        if rule.week_days or rule.hours or rule.minutes or rule.seconds:
            return None
    elif rule.times != (first.time(),) or (rule.week_days and rule.frequency == "DAILY"):
        return None
    seconds = _SECONDS.get(rule.frequency) or _DAYS[rule.frequency] * 86_400
    try:
        return first + timedelta(seconds=(rule.count - 1) * rule.interval * seconds)
    except OverflowError:
        return None


def _list_starts(
    rule: Rule, first: datetime, since: datetime, until: datetime, budget: WorkBudget
) -> Iterator[list[datetime]]:
    """Yield the starts of each period, from the period at or before `since` on."""
    if rule.is_sub_daily:
        yield from _list_sub_daily_starts(rule, first, since, until, budget)
        return
    for days in _list_periods(rule, first, since, until):
        budget.spend(1 + len(days) * len(rule.times))
        dates = [day for day in map(date.fromordinal, days) if _matches(rule, day)]
        yield [datetime.combine(day, clock) for day in dates for clock in rule.times]


def _list_sub_daily_starts(
    rule: Rule, first: datetime, since: datetime, until: datetime, budget: WorkBudget
) -> Iterator[list[datetime]]:
    unit = _SECONDS[rule.frequency]
    base = first.replace(
        minute=first.minute if unit < 3600 else 0, second=first.second if unit < 60 else 0
    )
    step = timedelta(seconds=min(unit * rule.interval, _MAX_STEP_SECONDS))
    minutes = sorted(rule.minutes or {first.minute})
    seconds = sorted(rule.seconds or {first.second})
    number = max(0, (since - base) // step)
    while number * step < until - base:
        budget.spend(1)
        moment = base + number * step
        passes_by = _get_next_chance(rule, moment)
        if passes_by is not None:  # in whole steps, at least one
            number = -((base - passes_by) // step)
            continue
        number += 1
        if unit == 3600:
            budget.spend(len(minutes) * len(seconds))
            yield [moment.replace(minute=m, second=s) for m in minutes for s in seconds]
        elif unit == 60:
            budget.spend(len(seconds))
            yield [moment.replace(second=s) for s in seconds]
        else:
            yield [moment]


def _get_next_chance(rule: Rule, moment: datetime) -> datetime | None:
    """Return when a rule by hours or shorter may match again; None if it matches at a moment."""
    if not _matches(rule, moment.date()):
        return datetime.combine(moment.date() + timedelta(1), time())
    if rule.hours and moment.hour not in rule.hours:
        return moment.replace(minute=0, second=0) + timedelta(hours=1)
    if rule.frequency == "HOURLY":
        return None
    if rule.minutes and moment.minute not in rule.minutes:
        return moment.replace(second=0) + timedelta(minutes=1)
    if rule.frequency == "SECONDLY" and rule.seconds and moment.second not in rule.seconds:
        return moment + timedelta(seconds=1)
    return None


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


def _parse_clock(parts: dict[str, str], name: str, most: int) -> frozenset[int]:
    numbers = _parse_numbers(parts, name)
    if name == "BYSECOND":  # a leap second is the one before it
        numbers = frozenset(59 if number == 60 else number for number in numbers)
    if any(not 0 <= number <= most for number in numbers):
        raise ValueError("not a time of day")
    return numbers


def _parse_times(parts: dict[str, str], first: time) -> tuple[time, ...]:
    hours = _parse_clock(parts, "BYHOUR", 23) or {first.hour}
    minutes = _parse_clock(parts, "BYMINUTE", 59) or {first.minute}
    seconds = _parse_clock(parts, "BYSECOND", 59) or {first.second}
    if len(hours) * len(minutes) * len(seconds) > MAX_TIMES_A_DAY:
        raise RepeatsTooOften
    return tuple(sorted(time(*numbers) for numbers in product(hours, minutes, seconds)))
