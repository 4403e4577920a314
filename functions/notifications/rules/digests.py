"""Digests: the windows whose messages one mail gathers."""

from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from notifications.models import Digest, Digests, MessageCategory

_HOUR = timedelta(hours=1)


def get_digest(digests: Digests, category: MessageCategory) -> Digest | None:
    """Return the digest of a category, if the user wants one."""
    match category:
        case MessageCategory.MESSAGE:
            return digests.message
        case MessageCategory.MARKETING:
            return digests.marketing
    return None


def find_window_end(at: datetime, digest: Digest, zone: ZoneInfo) -> datetime:
    """Return the end of the window of an instant, which is after it: when the mail is sent.

    A local time that a day skips is taken as if the clocks had not changed yet; of one that comes
    twice, the first counts.
    """
    wanted = time.fromisoformat(digest.at)
    local = at.astimezone(zone)
    if digest.every == "hour":
        past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        rest = (timedelta(minutes=wanted.minute) - past) % _HOUR
        return (at + (rest or _HOUR)).astimezone(UTC)
    for days in range(9):
        day = local.date() + timedelta(days=days)
        end = datetime.combine(day, wanted, zone).astimezone(UTC)
        if end > at and (digest.every == "day" or day.weekday() == 0):
            return end
    raise AssertionError("every nine days have a Monday")  # pragma: no cover


def build_id(user_id: str, category: MessageCategory, window_end: datetime) -> str:
    """Build the id of the digest of a window."""
    text = f"{user_id} {category} {window_end.astimezone(UTC).isoformat()}"
    return "dig_" + sha256(text.encode()).hexdigest()[:32]
