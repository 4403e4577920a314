"""Usage headers of the Graph API: for how long an account must not call it.

https://developers.facebook.com/docs/graph-api/overview/rate-limiting
"""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from shared.platform import retry_after

APP, BUSINESS, RETRY_AFTER = "x-app-usage", "x-business-use-case-usage", "retry-after"
# Meta throttles at 100 percent. Calls from the last stretch are left to whatever else is due.
FULL_PERCENT = 95
# The app's usage falls over a rolling hour, and its header does not say when.
APP_PAUSE = timedelta(minutes=5)
MAX_PAUSE = timedelta(hours=24)
UNKNOWN_PAUSE = timedelta(minutes=1)
MAX_UNKNOWN_PAUSE = timedelta(minutes=30)


Content = TypeVar("Content")


class _Usage(msgspec.Struct, frozen=True):
    """Percentages of what an app, or a business, may use.

    Attributes:
        estimated_time_to_regain_access: Minutes; only of a business, and 0 while it is not
            throttled.
    """

    call_count: float = 0
    total_cputime: float = 0
    total_time: float = 0
    estimated_time_to_regain_access: float = 0

    @property
    def is_full(self) -> bool:
        """Whether nearly all is used."""
        return max(self.call_count, self.total_cputime, self.total_time) >= FULL_PERCENT


def find_pause(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Return for how long the headers of an answer ask not to call again; zero if they do not.

    Args:
        headers: Headers by their names in lower case.
        now: The current instant.
    """
    asked = timedelta(seconds=retry_after.parse(headers.get(RETRY_AFTER), now))
    app = _read(headers.get(APP), _Usage)
    by_app = APP_PAUSE if app is not None and app.is_full else timedelta()
    businesses = _read(headers.get(BUSINESS), dict[str, list[_Usage]]) or {}
    minutes = [
        each.estimated_time_to_regain_access for usages in businesses.values() for each in usages
    ]
    by_business = timedelta(minutes=_clamp(max(minutes, default=0)))
    is_business_full = any(each.is_full for usages in businesses.values() for each in usages)
    if is_business_full:
        by_business = max(by_business, UNKNOWN_PAUSE)
    return min(MAX_PAUSE, max(asked, by_app, by_business))


def choose_pause(asked: timedelta, pauses_before: int) -> timedelta:
    """Return how long to pause after a refusal: what was asked for, or longer each time."""
    if asked:
        return asked
    return min(MAX_UNKNOWN_PAUSE, UNKNOWN_PAUSE * (1 << min(pauses_before, 10)))


def _clamp(minutes: float) -> float:
    longest = MAX_PAUSE.total_seconds() / 60
    return min(longest, max(0, minutes)) if math.isfinite(minutes) else longest


def _read(text: str | None, model: type[Content]) -> Content | None:
    """Return a header's content; None where it is missing or not readable, which limits nothing."""
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=model)
    except msgspec.MsgspecError:
        return None
