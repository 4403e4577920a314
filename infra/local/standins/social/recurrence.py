"""Instances of recurring events, by dateutil: the stand-in's own reading of RFC 5545.

The product expands events by other code, so that the two can be compared in tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import tz
from dateutil.rrule import rrulestr

Moment = Mapping[str, Any]
Span = tuple[datetime, datetime]


def moment(value: Moment, time_zone: str) -> datetime:
    """Return the instant of `start` or `end`; a day begins in the calendar's time zone.

    Raises:
        ValueError: It is neither a date nor a time with a zone.
    """
    if "date" in value:
        day = date.fromisoformat(value["date"])
        return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)
    parsed = datetime.fromisoformat(value["dateTime"].replace("Z", "+00:00"))
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=ZoneInfo(value["timeZone"]))
    return parsed.astimezone(UTC)


def span(event: Mapping[str, Any], time_zone: str) -> Span:
    """Return from when until when an event is. Raises ValueError or KeyError if it has neither."""
    return moment(event["start"], time_zone), moment(event["end"], time_zone)


def starts(
    event: Mapping[str, Any], time_zone: str, since: datetime, until: datetime
) -> list[datetime]:
    """Return the starts (UTC) of a recurring event's instances, exceptions not regarded."""
    first, end = span(event, time_zone)
    zone_name = event["start"].get("timeZone") or time_zone
    zone = tz.gettz(zone_name)
    local = first.astimezone(zone)
    lines = [f"DTSTART:{local:%Y%m%dT%H%M%S}"]
    rules = [_naive(line, zone_name) for line in event["recurrence"]]
    found = rrulestr("\n".join([*lines, *rules]), forceset=True)
    length = end - first
    low = (since - length).astimezone(zone).replace(tzinfo=None) - timedelta(days=1)
    high = until.astimezone(zone).replace(tzinfo=None) + timedelta(days=1)
    instants = [
        tz.resolve_imaginary(wall.replace(tzinfo=zone)).astimezone(UTC)
        for wall in found.between(low, high, inc=True)
    ]
    return [each for each in instants if each < until and each + length > since]


def _naive(line: str, zone_name: str) -> str:
    """Write the instants of a rule in the event's wall time, in which dateutil counts."""
    name, _, value = line.partition(":")
    kind, *parameters = name.split(";")
    if kind == "RRULE":
        parts = [
            f"UNTIL={_wall(part[6:], 'UTC', zone_name)}" if part.startswith("UNTIL=") else part
            for part in value.split(";")
        ]
        return f"RRULE:{';'.join(parts)}"
    zones = [each[5:] for each in parameters if each.startswith("TZID=")]
    source = zones[0] if zones else zone_name
    return f"{kind}:{','.join(_wall(each, source, zone_name) for each in value.split(','))}"


def _wall(text: str, source: str, zone_name: str) -> str:
    if "T" not in text:
        return f"{text}T000000"
    if text.endswith("Z"):
        source = "UTC"
    parsed = datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=ZoneInfo(source))
    return f"{parsed.astimezone(ZoneInfo(zone_name)):%Y%m%dT%H%M%S}"
