"""Fairness: what one recipient or one origin may use of a batch, so that others need not wait.

A batch has a number of places for each recipient. And whoever is slow uses up time: the part of a
delivery that takes longer than others do counts against its recipient and its origin. What exceeds
a budget goes back to the queue, behind the others. Slow time is remembered for a while beyond the
batch, because a backlog is many batches: the first costs others the budget, and the rest nothing.
"""

from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterable
from datetime import datetime, timedelta

RECIPIENT_PLACES = 5  # of the 10 of a batch
USUAL = timedelta(seconds=1)  # of a delivery; only what it takes beyond counts
SLOW_BUDGET = timedelta(seconds=10)
REMEMBERED_FOR = timedelta(minutes=1)
MAX_REMEMBERED = 1_000

Key = Hashable


class SlowTime:
    """The slow time of recipients and origins, of one container; the longest unused are forgotten.

    A minute after the first slow delivery the budget is whole again.
    """

    def __init__(self) -> None:
        self._spent: OrderedDict[Key, tuple[datetime, timedelta]] = OrderedDict()

    def add(self, keys: Iterable[Key], took: timedelta, now: datetime) -> None:
        """Count the time of a delivery against these recipients and origins."""
        slow = took - USUAL
        if slow <= timedelta(0):
            return
        for key in keys:
            since, spent = self._find(key, now) or (now, timedelta(0))
            self._spent[key] = since, spent + slow
            self._spent.move_to_end(key)
        while len(self._spent) > MAX_REMEMBERED:
            self._spent.popitem(last=False)

    def find_end(self, key: Key, now: datetime) -> datetime | None:
        """Find when a recipient or an origin that has been too slow may be sent to again."""
        found = self._find(key, now)
        is_used_up = found is not None and found[1] >= SLOW_BUDGET
        return found[0] + REMEMBERED_FOR if found is not None and is_used_up else None

    def clear(self) -> None:
        """Forget all of it."""
        self._spent.clear()

    def _find(self, key: Key, now: datetime) -> tuple[datetime, timedelta] | None:
        found = self._spent.get(key)
        if found is not None and now - found[0] >= REMEMBERED_FOR:
            del self._spent[key]
            return None
        return found


class BatchBudget:
    """The budgets of a batch.

    Args:
        slow_time: The slow time of the container.
    """

    def __init__(self, slow_time: SlowTime) -> None:
        self._slow_time = slow_time
        self._places: Counter[Key] = Counter()

    def take(self, recipient: Key, origin: Key | None, now: datetime) -> datetime | None:
        """Take a place for a delivery.

        Returns:
            None if there is one; otherwise the instant from which on it may be tried again.
        """
        if self._places[recipient] >= RECIPIENT_PLACES:
            return now  # behind what is on the queue
        keys = self.list_slow_keys(recipient, origin)
        ends = [end for key in keys if (end := self._slow_time.find_end(key, now)) is not None]
        if ends:
            return max(ends)
        self._places[recipient] += 1
        return None

    def count(self, recipient: Key, origin: Key | None, took: timedelta, now: datetime) -> None:
        """Count the time that a delivery took."""
        self._slow_time.add(self.list_slow_keys(recipient, origin), took, now)

    @staticmethod
    def list_slow_keys(recipient: Key, origin: Key | None) -> list[Key]:
        """List what is slow when a delivery is: nobody where all go to the same provider."""
        return [] if origin is None else [("recipient", recipient), ("origin", origin)]
