"""Sweeping: doing what is due, one thing after the other, whatever becomes of one of them."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec

from shared.data.conflicts import WriteConflict
from shared.platform import correlation
from shared.platform.logs import logger

# What fails goes behind what else is due, so that it does not keep the rest waiting.
AGAIN_AFTER = timedelta(minutes=5)


class DueRecord(msgspec.Struct, frozen=True):
    """An item whose time has come, not read yet: one that cannot be read stops no other."""

    pk: str
    sk: str
    due_at: str
    record: str


class SweepIncomplete(Exception):
    """Some of what is due failed: it is tried again later, and somebody has to look."""


def sweep(
    due_now: Iterable[DueRecord],
    act: Callable[[DueRecord, datetime], None],
    postpone: Callable[[DueRecord, datetime], None],
    now: datetime,
    has_time: Callable[[], bool],
) -> int:
    """Act on what is due, in its order; how much was done.

    has_time: whether there is time left for one more. Raises SweepIncomplete in the end where
    something failed, which is postponed.
    """
    done = failed = 0
    for due in due_now:
        if not has_time():
            logger.warning("sweep cut short", done=done)
            break
        with correlation.bound(None):
            try:
                act(due, now)
            except WriteConflict:
                continue  # somebody else was at it: what is left to do then, is due in a minute
            except Exception:
                failed += 1
                logger.exception("due record failed", record=due.pk, part=due.sk)
                postpone(due, now + AGAIN_AFTER)
            else:
                done += 1
    if failed:
        raise SweepIncomplete(f"{failed} failed, {done} were done")
    return done
