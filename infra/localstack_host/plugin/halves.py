"""Halves of a batch that a function failed with: `BisectBatchOnFunctionError` of a stream."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Event = TypeVar("Event")


def process(events: Sequence[Event], succeeds: Callable[[Sequence[Event]], bool]) -> int | None:
    """Process a batch, and where that fails its halves, down to single events.

    Args:
        events: Events of a stream, in order.
        succeeds: Processes some of them, and returns whether that succeeded.

    Returns:
        The position of the first event that fails alone, None if none does. All before it are
        processed, and none behind it.
    """
    if succeeds(events):
        return None
    if len(events) == 1:
        return 0
    middle = len(events) // 2
    for start, half in ((0, events[:middle]), (middle, events[middle:])):
        failed = process(half, succeeds)
        if failed is not None:
            return start + failed
    return None
