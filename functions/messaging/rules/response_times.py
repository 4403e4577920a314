"""Response times: how soon an artist answers, in classes, from counts of each day.

A wait begins with the first message of a client or guest that the artist has not answered, and ends
with the next one that the artist writes.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

# Minutes within which an answer comes; the last class is open.
CLASSES = (15, 60, 180, 360, 720, 1_440, 2_880, 10_080)
WINDOW_DAYS = 90
MIN_ANSWERS = 3  # before them, a typical time says nothing
# A wait counts as unanswered after this.
PATIENCE = timedelta(days=1)

Days = Mapping[str, Mapping[str, int]]


class Standing(msgspec.Struct, frozen=True):
    """What others are shown.

    Attributes:
        typical_minutes: Class of the median; None where too few answers are known.
        answered_share: Share of the waits that ended with an answer, in tenths, rounded down.
    """

    typical_minutes: int | None = None
    answered_share: float | None = None


def classify(waited: timedelta) -> int:
    """Return the class of a time."""
    return next((each for each in CLASSES if waited <= timedelta(minutes=each)), CLASSES[-1])


def get_first_day(today: date) -> date:
    """Return the first day that counts."""
    return today - timedelta(days=WINDOW_DAYS - 1)


def list_past(days: Days, today: date) -> list[str]:
    """Return the days that no longer count."""
    first = get_first_day(today).isoformat()
    return [day for day in days if day < first]


def compute(days: Days, unanswered: int, today: date) -> Standing:
    """Return what others are shown of an artist.

    Args:
        days: For each day, as `2026-03-02`, the number of answers of each class.
        unanswered: Waits without an answer.
        today: The present day.
    """
    past = set(list_past(days, today))
    counts: Counter[int] = Counter()
    for day, classes in days.items():
        if day not in past:
            counts.update({int(class_): number for class_, number in classes.items()})
    answers = counts.total()
    if answers < MIN_ANSWERS:
        return Standing()
    share = answers * 10 // (answers + unanswered) / 10
    return Standing(_get_median(counts), share)


def _get_median(counts: Counter[int]) -> int:
    half, seen = counts.total() / 2, 0
    for class_ in sorted(counts):
        seen += counts[class_]
        if seen >= half:
            return class_
    raise ValueError("there are no answers")
