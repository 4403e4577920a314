"""Preferences: their defaults, which of them applies, and which cannot be chosen."""

from collections.abc import Mapping
from datetime import time

import msgspec

from domain.errors import FieldError
from notifications.models import (
    CategoryChoices,
    ChannelChoices,
    Digests,
    MessageCategory,
    QuietHours,
)

# Nobody can opt out of these: codes and warnings, and what they asked for themselves.
FIXED = frozenset({MessageCategory.SECURITY, MessageCategory.ACCOUNT})
# A message that waits needs time to go: the sweeper comes once a minute, and a worker may retry.
MIN_LOUD_MINUTES = 60
ALWAYS = ChannelChoices(email="on", sms="on", push="on", inbox="on")
_WITHOUT_SMS = ChannelChoices(email="on", sms="off", push="on", inbox="on")
# An SMS costs money and is sent only where somebody chose so. An artist may write offers to their
# clients by mail, who can opt out of each (Directive 2002/58/EC, 13(2)); SMS and push need a yes.
DEFAULTS: Mapping[MessageCategory, ChannelChoices] = {
    MessageCategory.SECURITY: ALWAYS,
    MessageCategory.ACCOUNT: ALWAYS,
    MessageCategory.BOOKING: _WITHOUT_SMS,
    MessageCategory.MESSAGE: _WITHOUT_SMS,
    MessageCategory.AFTERCARE: _WITHOUT_SMS,
    MessageCategory.REVIEW: _WITHOUT_SMS,
    MessageCategory.MARKETING: ChannelChoices(email="on", sms="off", push="off", inbox="on"),
}


def get_chosen(choices: CategoryChoices, category: MessageCategory) -> ChannelChoices:
    """Return what was chosen for a category; nothing of those that cannot be chosen."""
    if category in FIXED:
        return ChannelChoices()
    chosen: ChannelChoices = getattr(choices, category.value)
    return chosen


def choose(
    category: MessageCategory, own: CategoryChoices, studio: CategoryChoices | None = None
) -> ChannelChoices:
    """Return the choices that apply: the user's, else those of the artist's studio, else ours."""
    layers = [get_chosen(own, category)]
    if studio is not None:
        layers.append(get_chosen(studio, category))
    applying = msgspec.structs.asdict(DEFAULTS[category])
    for layer in reversed(layers):
        chosen = msgspec.structs.asdict(layer)
        applying |= {channel: choice for channel, choice in chosen.items() if choice is not None}
    return ChannelChoices(**applying)


def find_errors(
    choices: CategoryChoices,
    quiet_hours: QuietHours | None,
    digests: Digests,
    time_zone: str | None,
) -> list[FieldError]:
    """List what is wrong with preferences."""
    errors = []
    if choices.message.inbox == "off":
        message = "must be on: the inbox lists the conversations"
        errors.append(FieldError("body.categories.message.inbox", message))
    if quiet_hours is not None and _count_loud_minutes(quiet_hours) < MIN_LOUD_MINUTES:
        errors.append(FieldError("body.quietHours.end", "must leave at least an hour of the day"))
    if time_zone is None and (quiet_hours is not None or digests != Digests()):
        message = "is required with quiet hours and digests"
        errors.append(FieldError("body.timeZone", message))
    return errors


def find_studio_errors(choices: CategoryChoices) -> list[FieldError]:
    """List what is wrong with the defaults of a studio: only readers themselves say yes to some."""
    message = "cannot be turned on for others: offers by SMS and push need their own yes"
    return [
        FieldError(f"body.studioDefaults.marketing.{channel}", message)
        for channel in ("sms", "push")
        if getattr(choices.marketing, channel) in ("on", "fallback")
    ]


def _count_loud_minutes(hours: QuietHours) -> int:
    """Count the minutes of a day in which messages go: none where the end is the start."""
    start, end = (time.fromisoformat(each) for each in (hours.start, hours.end))
    return ((start.hour - end.hour) * 60 + start.minute - end.minute) % (24 * 60)
