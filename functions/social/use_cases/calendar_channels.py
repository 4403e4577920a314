"""Channels by which providers say that a calendar changed: opening, renewing, closing them.

https://developers.google.com/workspace/calendar/api/guides/push
"""

import secrets
from datetime import datetime
from functools import partial
from hashlib import sha256
from uuid import uuid4

import msgspec

from domain.errors import Unavailable
from shared.platform.logs import logger
from social.models import SocialAccount
from social.models.calendars import ChannelOwner, SocialCalendar, WatchedChannel
from social.providers.calendar_registry import get_calendar
from social.providers.calendars import Calendar, Channel, EventGone, OpenChannel
from social.providers.failures import ProviderError, RateLimited
from social.rules import calendar_reading as rules
from social.rules.errors import NeedsReconnect
from social.store import calendars as calendars_store
from social.use_cases import calendar_access

TOKEN_BYTES = 32


def ensure(account: SocialAccount, calendar: SocialCalendar, now: datetime) -> SocialCalendar:
    """Return the calendar with an open channel, or with when to ask for one again.

    It is opened before the calendar is read, so that no change comes between.
    """
    if not rules.needs_channel(calendar, now):
        return calendar
    channel = Channel(
        id=str(uuid4()),
        token=secrets.token_urlsafe(TOKEN_BYTES),
        expires_at=now + rules.CHANNEL_LIFE,
    )
    owner = ChannelOwner(
        artist_id=calendar.artist_id,
        account_id=calendar.account_id,
        calendar_id=calendar.id,
        token_hash=hash_token(channel.token),
    )
    # Before it is opened: its first notification may come before the answer.
    calendars_store.save_channel(channel.id, owner, channel.expires_at)
    opened = _open(account, calendar, channel, now)
    if opened is None:
        return msgspec.structs.replace(calendar, watch_again_at=now + rules.WATCH_AGAIN)
    watched = WatchedChannel(channel.id, opened.resource_id, opened.expires_at)
    replaced = msgspec.structs.replace(
        rules.replace_channel(calendar, watched), version=calendar.version + 1
    )
    calendars_store.save(replaced, now)
    return replaced


def _open(
    account: SocialAccount, calendar: SocialCalendar, channel: Channel, now: datetime
) -> OpenChannel | None:
    """Open a channel; None if there is none, which makes readings more frequent."""
    provider = get_calendar(calendar.provider)
    try:
        return calendar_access.call(
            account, lambda token: provider.watch(token, calendar.key, channel), now
        )
    except (RateLimited, EventGone):
        raise
    except ProviderError as error:
        logger.warning("channel not opened", calendar=calendar.id, reason=str(error))
        return None


def close(account: SocialAccount, calendar: SocialCalendar, now: datetime) -> None:
    """Close the channels that a calendar had before, if the provider does so.

    In any case their notifications are refused from then on, and they end within a week.
    """
    provider = get_calendar(calendar.provider)
    for channel in calendar.closing:
        try:
            calendar_access.call(account, partial(_stop, provider, channel), now)
        except (ProviderError, NeedsReconnect, Unavailable) as error:
            logger.warning("channel not closed", calendar=calendar.id, reason=str(error))
    calendars_store.delete_channels(channel.id for channel in calendar.closing)


def _stop(provider: Calendar, channel: WatchedChannel, token: str) -> None:
    provider.stop(token, channel.id, channel.resource_id)


def hash_token(token: str) -> str:
    """Return what is stored of the secret of a channel, which is random."""
    return sha256(token.encode()).hexdigest()
