"""When tokens are refreshed, and when again after a failure."""

from datetime import datetime, timedelta

MARGIN = timedelta(minutes=2)  # a token that expires sooner may expire on its way
RETRY_AFTER = timedelta(minutes=5)
_LONGEST_RETRY = timedelta(hours=6)


def plan_retry(expires_at: datetime | None, now: datetime) -> datetime:
    """Return when to refresh again after a failure.

    After a twentieth of the time that is left, at least five minutes and at most six hours: so
    there are many attempts, and the provider is not asked every minute for days.
    """
    left = expires_at - now if expires_at is not None else timedelta(0)
    return now + min(_LONGEST_RETRY, max(RETRY_AFTER, left / 20))
