"""Offset changes of all zones, read from the zone data itself and not by zoneinfo.

The files are those that zoneinfo reads, in the format of RFC 9636. Instants are seconds since 1970
UTC, offsets are seconds east of it.
"""

import re
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from struct import calcsize, unpack_from
from typing import NamedTuple

FIRST = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
END = int(datetime(2036, 1, 1, tzinfo=UTC).timestamp())

HEADER = ">4sc15x6I"
DAY = 24 * 3600
# A footer as in TZ of POSIX: the standard time, and the other time with the rules for both changes.
OFFSET = r"([+-]?[\d:]+)"
NAME = r"(?:<[^>]+>|[A-Za-z]+)"
FOOTER = re.compile(f"{NAME}{OFFSET}(?:{NAME}{OFFSET}?,([^,]+),([^,]+))?")
RULE = re.compile(rf"M(\d+)\.(\d)\.(\d)(?:/{OFFSET})?")


class Change(NamedTuple):
    """A change of a zone's offset."""

    at: int
    before: int
    after: int

    @property
    def shift(self) -> int:
        """Seconds by which the wall clock is put forward; negative when it is put back."""
        return self.after - self.before


@lru_cache
def changes(zone: str) -> tuple[Change, ...]:
    """Return the changes of a zone's offset from 2020 to 2035."""
    listed, offset, footer = _read(zone)
    last = listed[-1][0] if listed else 0
    later = [(at, to) for at, to in _by_rule(footer) if at > last]
    found = []
    for at, to in [*listed, *later]:
        if to != offset and FIRST <= at < END:
            found.append(Change(at, offset, to))
        offset = to
    return tuple(found)


def all_changes() -> Iterator[tuple[str, Change]]:
    """Yield every change of every zone, with the zone's name."""
    for zone in sorted(zoneinfo.available_timezones()):
        for change in changes(zone):
            yield zone, change


def _read(zone: str) -> tuple[list[tuple[int, int]], int, str]:
    """Return the listed changes (instant, new offset), the offset before them, and the footer."""
    data = _data(zone)
    magic, version, *counts = unpack_from(HEADER, data)
    assert magic == b"TZif"
    assert version >= b"2"
    second = calcsize(HEADER) + _length(counts, 4)  # the first block is for readers of long ago
    _, _, *counts = unpack_from(HEADER, data, second)
    _, _, _, times, types, _ = counts
    start = second + calcsize(HEADER)
    instants = unpack_from(f">{times}q", data, start)
    kinds = unpack_from(f">{times}B", data, start + times * 8)
    offsets = [
        unpack_from(">i", data, start + times * 9 + position * 6)[0] for position in range(types)
    ]
    footer = data[start + _length(counts, 8) :].decode().strip("\n")
    return (
        [(at, offsets[kind]) for at, kind in zip(instants, kinds, strict=True)],
        offsets[0],
        footer,
    )


def _length(counts: list[int], time_size: int) -> int:
    ut_flags, wall_flags, leaps, times, types, characters = counts
    listed = times * (time_size + 1) + types * 6 + characters
    return listed + leaps * (time_size + 4) + wall_flags + ut_flags


def _data(zone: str) -> bytes:
    for folder in zoneinfo.TZPATH:
        if (Path(folder) / zone).is_file():
            return (Path(folder) / zone).read_bytes()
    return resources.files("tzdata").joinpath("zoneinfo", *zone.split("/")).read_bytes()


def _by_rule(footer: str) -> list[tuple[int, int]]:
    """Return the changes that a footer describes, from 2020 to 2035."""
    found = FOOTER.fullmatch(footer)
    assert found is not None, footer
    standard, other, begins, ends = found.groups()
    if begins is None:
        return []
    normal = -_seconds(standard)
    summer = -_seconds(other) if other else normal + 3600
    return sorted(
        change
        for year in range(2019, 2037)
        for change in (
            (_when(begins, year) - normal, summer),
            (_when(ends, year) - summer, normal),
        )
    )


def _when(rule: str, year: int) -> int:
    """Return the local time at which a rule applies in a year, by the offset before."""
    found = RULE.fullmatch(rule)
    assert found is not None, rule
    month, week, weekday = (int(part) for part in found.groups()[:3])
    first = datetime(year, month, 1, tzinfo=UTC)
    day = 1 + (weekday - first.isoweekday()) % 7 + (week - 1) * 7
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    if day > (following - first).days:  # week 5 is the last one
        day -= 7
    return int(first.timestamp()) + (day - 1) * DAY + _seconds(found[4] or "2")


def _seconds(clock: str) -> int:
    sign = -1 if clock.startswith("-") else 1
    parts = [int(part) for part in clock.lstrip("+-").split(":")]
    return sign * sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))


def closest() -> int:
    """Return the shortest time between two changes of one zone, in seconds."""
    return min(
        later.at - earlier.at
        for zone in zoneinfo.available_timezones()
        for earlier, later in pairwise(changes(zone))
    )
