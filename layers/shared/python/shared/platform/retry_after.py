"""Retry-After of the responses of other servers (RFC 9110, 10.2.3)."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Servers ask for a month or a century by mistake; nothing of ours waits longer than a day.
MAX_SECONDS = 24 * 3600
_DIGITS = 9  # more are too many anyway


def parse(value: str | None, now: datetime) -> int:
    """Return the seconds that a Retry-After header asks to wait, 0 to a day.

    Args:
        value: Seconds, or a date in any of the three formats of HTTP (RFC 9110, 5.6.7); None if
            there is no such header. What is neither asks for no wait.
        now: The present instant.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        return MAX_SECONDS if len(text) > _DIGITS else min(int(text), MAX_SECONDS)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0
    # `-0000` and asctime name no zone: HTTP's dates are always in UTC.
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(MAX_SECONDS, max(0, math.ceil((at - now).total_seconds())))
