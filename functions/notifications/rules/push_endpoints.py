"""Push endpoints that fail: each waits by its own, and is dropped in the end.

The state is part of the subscription, so that every worker knows it. What an endpoint does holds up
no other one.
"""

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from notifications.models import PushContent, PushSubscription

MAX_WAIT = timedelta(hours=1)
DROPPED_AFTER = timedelta(days=7)  # of failures without a success in between
MIN_FAILURES = 5  # before it is dropped, however far they are apart
SHORT_CHARACTERS = 200


class Failure(msgspec.Struct, frozen=True):
    """A failure of an endpoint.

    Attributes:
        delays_others: Whether later messages wait, too: the endpoint failed, not the message.
        after_seconds: The wait that the push service asked for.
        is_throttle: Whether there were only too many messages at once.
    """

    delays_others: bool = True
    after_seconds: int = 0
    is_throttle: bool = False


def find_wait(subscription: PushSubscription, now: datetime) -> timedelta:
    """Return how long to wait before the next attempt; nothing if there may be one now."""
    next_try_at = subscription.next_try_at
    return max(timedelta(0), next_try_at - now) if next_try_at else timedelta(0)


def note_failure(
    subscription: PushSubscription, failure: Failure, now: datetime, base: timedelta, jitter: float
) -> PushSubscription:
    """Return the subscription after a failure of its endpoint.

    The wait doubles with each failure in a row, up to an hour; that which the service asked for is
    kept if it is longer.

    Args:
        subscription: The subscription before.
        failure: What happened.
        now: The current instant.
        base: Wait after the first failure.
        jitter: Between 0 and 1: which part of the second half of the wait applies.
    """
    failures = subscription.failures + (not failure.is_throttle)
    longest = min(MAX_WAIT, base * 2 ** min(max(0, failures - 1), 20))
    wait = max(longest * (0.5 + jitter / 2), timedelta(seconds=failure.after_seconds))
    since = subscription.failing_since
    return replace(
        subscription,
        failures=failures,
        failing_since=since if failure.is_throttle else since or now,
        next_try_at=now + wait if failure.delays_others else subscription.next_try_at,
    )


def note_success(subscription: PushSubscription) -> PushSubscription:
    """Return the subscription after its endpoint took a message."""
    return replace(subscription, failures=0, failing_since=None, next_try_at=None)


def is_to_be_dropped(subscription: PushSubscription, now: datetime) -> bool:
    """Check whether an endpoint that has just failed has failed for too long."""
    since = subscription.failing_since
    is_long = since is not None and now - since >= DROPPED_AFTER
    return is_long and subscription.failures >= MIN_FAILURES


def shorten(content: PushContent) -> PushContent | None:
    """Return a short form of a message that was refused for its size (413); None if it has none.

    It keeps the title, the page, the tag, and the beginning of the text.
    """
    body = content.body
    if len(body) > SHORT_CHARACTERS:
        body = body[: SHORT_CHARACTERS - 1].rstrip() + "…"
    short = replace(content, body=body, data={}, actions=())
    return None if short == content else short
