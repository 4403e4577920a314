"""Routing: whether a message goes, through which channels, and when.

It is asked when a message is dispatched, and again before each delivery is handed over, because the
recipient may have changed their mind since.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from notifications.models import CategoryChoices, Channel, MessageCategory, Preferences
from notifications.rules import digests, quiet_hours
from notifications.rules import preferences as rules

NOT_CHOSEN = "not_chosen"
OPTED_OUT = "opted_out"
MUTED = "muted"
QUIET_HOURS = "quiet_hours"
THROTTLED = "throttled"
STANDBY_FOR = timedelta(minutes=15)
# A channel of the choice `fallback` is used where none before it leads to the recipient.
_FALLBACKS = (Channel.PUSH, Channel.EMAIL, Channel.SMS)


class Now(msgspec.Struct, frozen=True):
    """It goes at the instant it was meant for."""


class Deferred(msgspec.Struct, frozen=True):
    """It goes later.

    Attributes:
        until: The first instant after the quiet hours.
    """

    until: datetime


class Held(msgspec.Struct, frozen=True):
    """A digest gathers it.

    Attributes:
        until: The end of the window.
    """

    until: datetime


class Standby(msgspec.Struct, frozen=True):
    """It goes unless the recipient has seen the message elsewhere by then.

    Attributes:
        until: When it goes.
    """

    until: datetime


class Suppressed(msgspec.Struct, frozen=True):
    """It does not go.

    Attributes:
        reason: Why, in one word.
    """

    reason: str


Route = Now | Deferred | Held | Standby | Suppressed


class Routed(msgspec.Struct, frozen=True, kw_only=True):
    """A message whose routes are wanted.

    Attributes:
        at: Instant at which it is meant to be sent.
        good_until: Instant after which it is useless.
        channels: Channels for which it has a content and an address of the recipient.
        are_named: Whether the sender named the channels, so that no default keeps it from them.
    """

    category: MessageCategory
    at: datetime
    channels: Collection[Channel]
    good_until: datetime | None = None
    are_named: bool = False


def route(
    message: Routed,
    wants: Preferences,
    zone: ZoneInfo | None,
    studio: CategoryChoices | None = None,
) -> dict[Channel, Route]:
    """Route a message through each of its channels.

    Args:
        message: The message.
        wants: Preferences of the recipient.
        zone: Their time zone; without one there are neither quiet hours nor digests.
        studio: Defaults of the artist whose studio sends it.
    """
    if message.category in rules.FIXED:
        return {channel: Now() for channel in message.channels}
    refused: Mapping[Channel, Route] = _find_refused(message, wants, studio)
    if _is_backed_up(message, refused, wants, studio):
        refused = {**refused, Channel.EMAIL: Standby(message.at + STANDBY_FOR)}
    return {
        channel: refused[channel]
        if channel in refused
        else _time(channel, message, wants, zone, is_new=True)
        for channel in message.channels
    }


def route_again(
    channel: Channel, message: Routed, wants: Preferences, zone: ZoneInfo | None
) -> Now | Deferred | Suppressed:
    """Route a delivery that is about to be handed over: did its recipient opt out, or is it night?

    Defaults were decided when it was dispatched.
    """
    if message.category in rules.FIXED:
        return Now()
    if getattr(rules.get_chosen(wants.categories, message.category), channel.value) == "off":
        return Suppressed(OPTED_OUT)
    timed = _time(channel, message, wants, zone, is_new=False)
    assert not isinstance(timed, Held | Standby)
    return timed


def is_listed(
    category: MessageCategory, wants: Preferences, studio: CategoryChoices | None = None
) -> bool:
    """Return whether the inbox of the recipient lists messages of a category."""
    return rules.choose(category, wants.categories, studio).inbox == "on"


def _is_backed_up(
    message: Routed,
    refused: Mapping[Channel, Route],
    wants: Preferences,
    studio: CategoryChoices | None,
) -> bool:
    """Return whether a mail stands by for the push message of a recipient who chose that.

    A push message may fail, or not be seen: browsers that are off show nothing.
    """
    is_pushed = Channel.PUSH in message.channels and Channel.PUSH not in refused
    choice = rules.choose(message.category, wants.categories, studio).email
    goes_later = message.at + STANDBY_FOR
    in_time = message.good_until is None or goes_later < message.good_until
    return is_pushed and Channel.EMAIL in refused and choice == "fallback" and in_time


def _find_refused(
    message: Routed, wants: Preferences, studio: CategoryChoices | None
) -> Mapping[Channel, Suppressed]:
    """Find the channels that the choices of the recipient, or the defaults, exclude."""
    chosen = rules.get_chosen(wants.categories, message.category)
    applying = rules.choose(message.category, wants.categories, studio)
    choices = {
        channel: getattr(chosen, channel.value)
        or ("on" if message.are_named else getattr(applying, channel.value))
        for channel in message.channels
    }
    used = {channel for channel, choice in choices.items() if choice == "on"}
    fallbacks = [each for each in _FALLBACKS if choices.get(each) == "fallback"]
    if not used:
        used.update(fallbacks[:1])
    return {
        channel: Suppressed(OPTED_OUT if getattr(chosen, channel.value) == "off" else NOT_CHOSEN)
        for channel in message.channels
        if channel not in used
    }


def _time(
    channel: Channel,
    message: Routed,
    wants: Preferences,
    zone: ZoneInfo | None,
    *,
    is_new: bool,
) -> Route:
    """Find when a message goes that the recipient wants."""
    if wants.muted_until is not None and message.at < wants.muted_until:
        return Suppressed(MUTED)
    if zone is None:
        return Now()
    digest = digests.get_digest(wants.digests, message.category)
    if is_new and channel is Channel.EMAIL and digest is not None:
        window_end = digests.find_window_end(message.at, digest, zone)
        if message.good_until is None or window_end < message.good_until:
            return Held(window_end)
    hours = wants.quiet_hours
    if hours is None or channel.value in hours.always:
        return Now()
    return _wait(message, quiet_hours.find_end(message.at, hours, zone))


def _wait(message: Routed, until: datetime) -> Route:
    """Let a message wait for the end of the quiet hours.

    If that is too late for it, it is suppressed, except a notice of a booking: that goes at once,
    because the recipient might miss the appointment otherwise.
    """
    if until == message.at:
        return Now()
    if message.good_until is None or until < message.good_until:
        return Deferred(until)
    is_booking = message.category is MessageCategory.BOOKING
    return Now() if is_booking else Suppressed(QUIET_HOURS)
