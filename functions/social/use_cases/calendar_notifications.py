"""Notifications of Google's channels: they say that something changed, and not what.

https://developers.google.com/workspace/calendar/api/guides/push#receive-notifications
"""

import hmac
from collections.abc import Mapping
from contextlib import suppress

from domain.errors import NotFound
from shared.data.conflicts import WriteConflict
from social.store import calendars as calendars_store
from social.use_cases import calendar_channels, calendar_reading, work
from social.use_cases.work import Work

_MAX_DIGITS = 18
_NO_HASH = "0" * 64
# The channel is open, something changed, the calendar is gone: each is a reason to read it.
_STATES = {"sync", "exists", "not_exists"}


def receive(headers: Mapping[str, str]) -> None:
    """Have the worker read the calendar that a notification is about.

    A notification may come twice, late or never: the worker skips what a reading has covered, and
    the sweeper has calendars read without one.

    Args:
        headers: The headers by their names in lower case.

    Raises:
        NotFound: There is no such channel, or the secret is not that of the channel.
    """
    channel_id, written = headers.get("x-goog-channel-id", ""), headers.get("x-goog-message-number")
    found = calendars_store.find_channel(channel_id) if channel_id else None
    known = found[0].token_hash if found else _NO_HASH
    sent = calendar_channels.hash_token(headers.get("x-goog-channel-token", ""))
    is_authentic = hmac.compare_digest(known, sent)
    if found is None or not is_authentic or headers.get("x-goog-resource-state") not in _STATES:
        raise NotFound("There is no such channel.")
    owner, latest = found
    number = _parse(written)
    if number > latest:
        with suppress(WriteConflict):  # a later one came, or the channel was closed
            calendars_store.record_notification(channel_id, number)
    key = f"{owner.calendar_id}/{channel_id}"
    work.send(Work(calendar_reading.NOTIFIED, owner.artist_id, owner.account_id, key))


def _parse(number: str | None) -> int:
    """Return the number of a notification.

    Raises:
        NotFound: There is none.
    """
    if number and number.isascii() and number.isdecimal() and len(number) <= _MAX_DIGITS:
        return int(number)
    raise NotFound("There is no such notification.")
