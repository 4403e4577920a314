"""Sweeps: work that is due is done record by record, and one failure does not stop the rest."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec

from shared.data.conflicts import WriteConflict
from shared.platform import correlation, metrics
from shared.platform.logs import logger

# Failed records go behind the other due ones, so that they do not block them.
AGAIN_AFTER = timedelta(minutes=5)


class DueRecord(msgspec.Struct, frozen=True):
    """An item with due work. Its record is not decoded yet, so that a broken one fails alone."""

    pk: str
    sk: str
    due_at: str
    record: str


class SweepIncomplete(Exception):
    """Some due records failed. They were postponed, and the failure must raise an alarm."""


def sweep(
    due_now: Iterable[DueRecord],
    act: Callable[[DueRecord, datetime], None],
    postpone: Callable[[DueRecord, datetime], None],
    now: datetime,
    has_time: Callable[[], bool],
) -> int:
    """Do the work that is due, in order, and return the number of records done.

    Args:
        due_now: Records with due work, the longest due first.
        act: Does the work of one record.
        postpone: Called with a failed record and when to try it again.
        now: The current instant.
        has_time: Whether enough time is left for another record.

    Raises:
        SweepIncomplete: Some records failed and were postponed.
    """
    done = failed = 0
    waited_since = now
    for due in due_now:
        waited_since = min(waited_since, datetime.fromisoformat(due.due_at))
        if not has_time():
            logger.warning("sweep cut short", done=done)
            break
        with correlation.bound(None):
            try:
                act(due, now)
            except WriteConflict:
                continue  # another process changed it; the next sweep does what remains
            except Exception:
                failed += 1
                logger.exception("due record failed", record=due.pk, part=due.sk)
                postpone(due, now + AGAIN_AFTER)
            else:
                done += 1
    report(done, failed, waited_since, now)
    if failed:
        raise SweepIncomplete(f"{failed} failed, {done} were done")
    return done


def report(done: int, failed: int, waited_since: datetime, now: datetime) -> None:
    """Log what a sweep did, with its metrics; nothing if there was nothing to do.

    Args:
        done: How many records were done.
        failed: How many failed. Each is a failure of the feature.
        waited_since: When the record that waited longest was due.
        now: The current instant. Records that were due more than ten minutes ago are a failure.
    """
    if done or failed or waited_since < now:
        waited = (now - waited_since).total_seconds()
        line = metrics.of_batch(
            "due", done + failed, failed=failed, lost=failed, waited_seconds=waited
        )
        logger.info("batch", **line)
