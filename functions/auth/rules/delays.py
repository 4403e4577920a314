"""Growing delays: how long to wait after wrong passwords and codes.

A few mistakes cost nothing. Each further one doubles the wait, up to 16 minutes: so at
most 100 wrong secrets of an account are looked at in a day (NIST SP 800-63B, 3.2.2).
"""

from datetime import timedelta

import msgspec

FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=16)


class Schedule(msgspec.Struct, frozen=True):
    """What a counter of wrong secrets allows.

    Attributes:
        free: Wrong secrets that cost no wait.
        memory: Time without a wrong secret after which the counter starts again.
    """

    free: int
    memory: timedelta

    def delay(self, failures: int) -> timedelta:
        """Return how long to wait after this many wrong secrets."""
        beyond = failures - self.free
        if beyond < 0:
            return timedelta()
        doublings = min(beyond, 10)  # more reach the longest delay all the same
        return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)


ACCOUNT = Schedule(free=5, memory=timedelta(hours=24))
# A known device, whose owner mistypes more often than somebody else holds it.
KNOWN_DEVICE = Schedule(free=5, memory=timedelta(hours=24))
# An address may be that of a studio or a mobile carrier, which many people share.
ADDRESS = Schedule(free=30, memory=timedelta(hours=1))
