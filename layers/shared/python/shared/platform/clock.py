"""The clock. Only this module reads it; use cases and rules receive the instant as an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current instant in UTC, truncated to milliseconds as MongoDB stores it."""
    instant = datetime.now(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
