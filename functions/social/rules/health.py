"""Health of a social account: what is wrong with it, since when, and what its artist can do.

The worst of what is wrong counts. See docs/social.md.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from social.models import SocialAccount

# Tokens are refreshed ten days ahead; after three of failures the artist sees that.
EXPIRING_WITHIN = timedelta(days=7)
FAILURES_SHOWN = 3  # one call that fails is nothing an artist must know


class HealthState(StrEnum):
    """How a social account fares, from the best to the worst."""

    OK = "ok"
    EXPIRING = "expiring"
    FAILING = "failing"
    LIMITED = "limited"
    NEEDS_RECONNECT = "needs_reconnect"


class Action(StrEnum):
    """What the artist of an account can do about its health."""

    NOTHING = "nothing"
    WAIT = "wait"
    RECONNECT = "reconnect"


class Health(msgspec.Struct, frozen=True):
    """The health of an account.

    Attributes:
        state: What is wrong; `ok` if nothing is.
        since: Since when.
        until: When it ends or gets worse, as far as that is known.
        action: What the artist can do.
    """

    state: HealthState
    since: datetime
    until: datetime | None
    action: Action


def derive(account: SocialAccount, now: datetime) -> Health:
    """Return the health of a connected account."""
    expires_at = account.token_expires_at
    if account.reconnect_since is not None:
        return Health(HealthState.NEEDS_RECONNECT, account.reconnect_since, None, Action.RECONNECT)
    if expires_at is not None and expires_at <= now:
        return Health(HealthState.NEEDS_RECONNECT, expires_at, None, Action.RECONNECT)
    if account.limited_until is not None and account.limited_until > now:
        since = account.limited_since or now
        return Health(HealthState.LIMITED, since, account.limited_until, Action.WAIT)
    if account.failing_since is not None and account.failures >= FAILURES_SHOWN:
        return Health(HealthState.FAILING, account.failing_since, None, Action.WAIT)
    if expires_at is not None and expires_at - now <= EXPIRING_WITHIN:
        since = expires_at - EXPIRING_WITHIN
        return Health(HealthState.EXPIRING, since, expires_at, Action.RECONNECT)
    since = account.healthy_since or account.connected_at
    return Health(HealthState.OK, max(since, account.connected_at), None, Action.NOTHING)
