"""The state of each channel, for readiness and for those who send."""

from collections.abc import Callable
from functools import partial

from notifications.channels import settings
from notifications.models import Channel
from notifications.store import deliveries

CONFIGURED, NOT_CONFIGURED, FAILING = "configured", "not configured", "failing"


def get_state(channel: Channel) -> str:
    """Return the state of a channel.

    It is failing while messages wait because their provider could not be used the last time.
    """
    if not settings.is_configured(channel):
        return NOT_CONFIGURED
    return FAILING if deliveries.has_failing(channel) else CONFIGURED


STATES: dict[str, Callable[[], str]] = {
    channel.value: partial(get_state, channel) for channel in Channel
}
