"""Connected calendars: which of the busy times that arrive are the newest."""

from appointments.models import ConnectedAccount, ReadCalendar


def is_current(account: ConnectedAccount, calendar_id: str, read: ReadCalendar) -> bool:
    """Return whether busy times are not older than those consumed, nor than the account's end.

    Versions go on counting when an account is connected again.
    """
    known = account.calendars.get(calendar_id)
    is_newest = known is None or known.record_version <= read.record_version
    return is_newest and not _has_ended(account, read)


def list_ended(account: ConnectedAccount) -> list[str]:
    """Return the calendars that were not read again since the account was disconnected."""
    return [key for key, read in account.calendars.items() if _has_ended(account, read)]


def _has_ended(account: ConnectedAccount, read: ReadCalendar) -> bool:
    return account.ended_at is not None and read.read_at <= account.ended_at
