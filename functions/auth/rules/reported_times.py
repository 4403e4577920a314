"""Reported times: when an account was in doubt, from what its owner reported to their report.

Mails of such a time went to an address that somebody else may have given the account. So what they
hold does not give that address back, or whoever was reported would have the last word.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec


class ReportedTime(msgspec.Struct, frozen=True):
    """A time in which an account was in doubt.

    Attributes:
        since: When what was reported happened.
        until: When it was reported.
    """

    since: datetime
    until: datetime


def covers(times: Sequence[ReportedTime], instant: datetime) -> bool:
    """Return whether an instant is within a reported time."""
    return any(time.since <= instant <= time.until for time in times)


def add(
    times: Sequence[ReportedTime], since: datetime, now: datetime, lifetime: timedelta
) -> list[ReportedTime]:
    """Return the times with another one, without those of which no mail can be reported any more.

    Args:
        times: The times.
        since: When what is reported now happened.
        now: The current instant.
        lifetime: How long a mail can be reported.
    """
    return [*(time for time in times if now < time.until + lifetime), ReportedTime(since, now)]
