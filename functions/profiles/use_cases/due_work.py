"""What time alone brings about: an erasure that was not finished goes on."""

from collections.abc import Callable
from datetime import datetime

from profiles.store import erasures
from profiles.use_cases import erasure
from shared.platform.logs import logger

BATCH = 25
NEEDED_SECONDS = 20  # what one of them may take


def sweep(now: datetime, seconds_left: Callable[[], float]) -> int:
    """Do what is due by now, while there is time; how much was done.

    One that fails stops no other, and is due again.
    """
    done = 0
    for due in erasures.due_erasures(now, BATCH):
        if seconds_left() < NEEDED_SECONDS:
            break
        try:
            erasure.erase(due, now)
            done += 1
        except Exception:
            logger.exception("erasure failed")
    return done
