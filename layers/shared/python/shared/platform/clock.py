"""The only place that reads the wall clock. Use cases and rules are given the instant."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current instant, in UTC, cut to milliseconds as our stores and JSON keep it."""
    instant = datetime.now(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
