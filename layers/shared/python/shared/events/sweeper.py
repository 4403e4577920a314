"""Sweeps: work that is due is done record by record, and one failure does not stop the rest.

Records are worked on in lanes, one after the other in a lane and all lanes at the same time. A lane
is a shard of the due index, and records of one owner share a shard: so they do not compete for what
they have in common, and a slow record holds up its lane only.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from shared.data.conflicts import WriteConflict
from shared.platform import correlation, metrics, traces
from shared.platform.logs import logger

# Failed records go behind the other due ones, so that they do not block them.
AGAIN_AFTER = timedelta(minutes=5)


Due = TypeVar("Due")


class DueRecord(msgspec.Struct, frozen=True):
    """An item with due work. Its record is not decoded yet, so that a broken one fails alone.

    Attributes:
        lane: Name of its lane. Lanes are worked on in parallel.
    """

    pk: str
    sk: str
    due_at: str
    record: str
    lane: str = ""


class SweepIncomplete(Exception):
    """Some due records failed. They are due again, and the failure must raise an alarm."""


def sweep(
    due_now: Iterable[DueRecord],
    act: Callable[[DueRecord, datetime], None],
    postpone: Callable[[DueRecord, datetime], None],
    now: datetime,
    has_time: Callable[[], bool],
) -> int:
    """Do the work that is due, each lane in order, and return the number of records done.

    Args:
        due_now: Records with due work, the longest due first.
        act: Does the work of one record. It is called by several threads at a time.
        postpone: Called with a failed record and when to try it again, by the same threads.
        now: The current instant.
        has_time: Whether enough time is left for another record.

    Raises:
        SweepIncomplete: Some records failed and were postponed.
    """
    lanes: dict[str, _Lane] = {}
    waited_since = now
    for due in due_now:
        lanes.setdefault(due.lane, _Lane(act, postpone, now, has_time)).records.append(due)
        waited_since = min(waited_since, datetime.fromisoformat(due.due_at))
    if lanes:
        with traces.subsegment("due", feature=metrics.feature(), source="due") as noted:
            _run_all(list(lanes.values()))
            noted["records"] = sum(lane.done + lane.failed for lane in lanes.values())
    done = sum(lane.done for lane in lanes.values())
    failed = sum(lane.failed for lane in lanes.values())
    if any(lane.is_cut_short for lane in lanes.values()):
        logger.warning("sweep cut short", done=done)
    report(done, failed, waited_since, now)
    if failed:
        raise SweepIncomplete(f"{failed} failed, {done} were done")
    return done


def do_each(
    due: Sequence[Due], act: Callable[[Due], object], get_id: Callable[[Due], str] = str
) -> int:
    """Do the work of records that stay due until it is done, and return their number.

    Args:
        due: The records, or their ids.
        act: Does the work of one.
        get_id: Returns the id of one, for the log.

    Raises:
        SweepIncomplete: Some records failed. The others were done.
    """
    failed = 0
    for each in due:
        try:
            act(each)
        except Exception:
            failed += 1
            logger.exception("due record failed", record=get_id(each))
    if failed:
        raise SweepIncomplete(f"{failed} failed, {len(due) - failed} were done")
    return len(due)


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


class _Lane:
    """Due records that are worked on one after the other."""

    def __init__(
        self,
        act: Callable[[DueRecord, datetime], None],
        postpone: Callable[[DueRecord, datetime], None],
        now: datetime,
        has_time: Callable[[], bool],
    ) -> None:
        self.records: list[DueRecord] = []
        self.done = self.failed = 0
        self.is_cut_short = False
        self._act = act
        self._postpone = postpone
        self._now = now
        self._has_time = has_time

    def run(self) -> None:
        """Work on the records while there is time."""
        for due in self.records:
            if not self._has_time():
                self.is_cut_short = True
                break
            with correlation.bound(None):
                self._work_on(due)

    def _work_on(self, due: DueRecord) -> None:
        try:
            self._act(due, self._now)
        except WriteConflict:
            pass  # another process changed it; the next sweep does what remains
        except Exception:
            self.failed += 1
            logger.exception("due record failed", record=due.pk, part=due.sk)
            self._try_to_postpone(due)
        else:
            self.done += 1

    def _try_to_postpone(self, due: DueRecord) -> None:
        try:
            self._postpone(due, self._now + AGAIN_AFTER)
        except Exception:  # it stays due, and the next sweep finds it first
            logger.exception("due record not postponed", record=due.pk, part=due.sk)


def _run_all(lanes: list[_Lane]) -> None:
    if len(lanes) == 1:
        lanes[0].run()
    elif lanes:
        with ThreadPoolExecutor(len(lanes)) as pool:
            for finished in [pool.submit(lane.run) for lane in lanes]:
                finished.result()
