"""Patience: when a delivery that failed for a temporary reason is tried again, and for how long.

The wait doubles with each failure up to a longest one, with jitter between half and all of it, so
that what failed together does not come back together. It is never shorter than the provider asked
for. RFC 5321, 4.5.4.1, advises mail clients to wait for 30 minutes and to give up after days; a
message about a booking is of little use by then.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

Spread = Callable[[float, float], float]  # a number between two, at random

LONGEST_ASKED = timedelta(hours=6)  # the shortest lifetime of a delivery that fails


class Patience(msgspec.Struct, frozen=True):
    """The patience with one class of failures.

    Attributes:
        base_factor: The first wait, in multiples of the environment's setting.
        longest: The longest wait.
        lifetime: How long after the first failure a delivery is still tried again.
    """

    base_factor: int
    longest: timedelta
    lifetime: timedelta


BY_REASON = {
    # The provider is there, and takes fewer than it is given.
    "throttled": Patience(1, timedelta(minutes=15), timedelta(hours=24)),
    # An outage, or credentials that an operator repairs.
    "provider_unavailable": Patience(1, timedelta(minutes=30), timedelta(hours=24)),
    # A provider that refuses us, until an operator mends what it objects to.
    "sender_refused": Patience(4, timedelta(hours=1), timedelta(hours=24)),
    # An error of ours, which a deployment repairs.
    "internal_error": Patience(2, timedelta(hours=1), timedelta(hours=6)),
}
DEFAULT = Patience(1, timedelta(minutes=30), timedelta(hours=6))

# What has no answer is asked for, or waited for, this long; most callbacks come within minutes,
# and a carrier's last one within a day.
UNKNOWN = Patience(4, timedelta(hours=1), timedelta(hours=24))


def find(reason: str | None) -> Patience:
    """Find the patience with failures of this reason."""
    return BY_REASON.get(reason or "", DEFAULT)


def compute_wait(
    patience: Patience,
    failures: int,
    base_seconds: int,
    after_seconds: int = 0,
    spread: Spread = random.uniform,
) -> timedelta:
    """Compute the wait before the next attempt.

    Args:
        patience: The patience with the failure.
        failures: How many failures in a row there were, this one included.
        base_seconds: The environment's wait after the first failure.
        after_seconds: The wait that the provider asked for, by which a wait may be longer than the
            patience has it; more than six hours are not waited.
        spread: Chooses a number between two.
    """
    longest = patience.longest.total_seconds()
    doubled = min(longest, patience.base_factor * base_seconds * 2.0 ** min(failures - 1, 30))
    asked = min(LONGEST_ASKED.total_seconds(), after_seconds)
    return timedelta(seconds=round(max(asked, spread(doubled / 2, doubled))))


def is_over(patience: Patience, failing_since: datetime, now: datetime) -> bool:
    """Check whether a delivery has failed for too long to be tried again."""
    return now - failing_since >= patience.lifetime
