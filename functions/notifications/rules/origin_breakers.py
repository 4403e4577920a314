"""Circuit breakers of push services: one per origin, so that none is closed by another's failure.

An origin that is down is not called again and again. It counts as down after five failures in a row
of at least three recipients: the endpoints of one or two people fail for reasons of their own, and
wait by their own (`push_endpoints`).
"""

from collections import OrderedDict
from datetime import datetime, timedelta

MAX_FAILURES = 5
MIN_RECIPIENTS = 3
LONGEST_OPEN = timedelta(minutes=15)
MAX_REMEMBERED = 1_000


class _Circuit:
    """An origin that failed last."""

    def __init__(self) -> None:
        self.failures = 0
        self.recipients: set[str] = set()
        self.open_until: datetime | None = None
        self.times_opened = 0


class OriginBreakers:
    """The breakers of one container. Of many origins that fail, the longest unused are forgotten.

    Args:
        first_open: How long a circuit stays open at first. Then one attempt is let through, and
            either closes it or opens it for twice as long, up to 15 minutes.
    """

    def __init__(self, first_open: timedelta) -> None:
        self._first_open = first_open
        self._circuits: OrderedDict[str, _Circuit] = OrderedDict()

    def ask(self, origin: str, now: datetime) -> timedelta:
        """Ask for an attempt. Return how long to wait instead; nothing if it may be made.

        Once a circuit has been open for its time, the first to ask may make an attempt, and the
        others wait until it has had time to end.
        """
        circuit = self._circuits.get(origin)
        if circuit is None or circuit.open_until is None:
            return timedelta(0)
        if now < circuit.open_until:
            return circuit.open_until - now
        circuit.open_until = now + self._first_open
        return timedelta(0)

    def note_success(self, origin: str) -> None:
        """Close the circuit: the origin answers."""
        self._circuits.pop(origin, None)

    def note_failure(self, origin: str, recipient: str, now: datetime) -> None:
        """Count a failure of the origin, and open its circuit if it is one too many."""
        circuit = self._circuits.setdefault(origin, _Circuit())
        self._circuits.move_to_end(origin)
        if len(self._circuits) > MAX_REMEMBERED:
            self._circuits.popitem(last=False)
        circuit.failures += 1
        if len(circuit.recipients) < MIN_RECIPIENTS:
            circuit.recipients.add(recipient)
        if circuit.failures >= MAX_FAILURES and len(circuit.recipients) >= MIN_RECIPIENTS:
            open_for = min(LONGEST_OPEN, self._first_open * 2 ** min(circuit.times_opened, 20))
            circuit.open_until = now + open_for
            circuit.times_opened += 1

    def __len__(self) -> int:
        """Return the number of origins that failed last."""
        return len(self._circuits)
