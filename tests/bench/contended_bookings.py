"""Bookings per second on the local stack, where many book at once and each gets a slot.

For one day of one artist only one booking can be written at a time, and whoever was second retries.
The baseline is as many bookings that share nothing.
"""

import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import msgspec

from appointments.schemas import BookingRequest
from appointments.use_cases import booking
from domain.errors import DomainError
from shared.platform import clock
from tests.support import artists, commits, connections, driven
from tests.support.stack import running_stack

RUNS = 5
THREADS, EACH = 16, 6  # 96 bookings, for which a day has slots of 15 minutes
SLOT = timedelta(minutes=15)
BASELINE = "an artist for each"
DEADLINE_SECONDS = 60

# What one thread books: starts of a service, one after the other.
Errand = list[tuple[str, datetime]]


class Row(msgspec.Struct, frozen=True):
    """What bookings share: the median rate, its ratio to the baseline, and the cost of sharing.

    conflicts: Refused transactions per booking. busy: How many were answered 409 `busy`.
    """

    name: str
    per_second: float
    ratio: float
    conflicts: float
    busy: int


def measure() -> list[Row]:
    """Start a stack and book there."""
    with tempfile.TemporaryDirectory() as folder, running_stack(Path(folder)) as stack:
        return msgspec.json.decode(driven.run(stack, __name__), type=list[Row])


def main() -> None:
    """Print the rows as JSON. The environment says where the stack is."""
    connections.allow_many()
    samples: dict[str, list[tuple[float, int, int]]] = {}
    _run([[(_service(clock.now()), _midnight(clock.now()))]])  # what is made at first use
    for _ in range(RUNS):
        for name, errands in _errands(clock.now()).items():
            samples.setdefault(name, []).append(_run(errands))
    rates = {name: statistics.median(rate for rate, _, _ in runs) for name, runs in samples.items()}
    rows = [
        Row(
            name,
            rates[name],
            rates[name] / rates[BASELINE],
            statistics.mean(conflicts for _, conflicts, _ in runs) / (THREADS * EACH),
            sum(busy for _, _, busy in runs),
        )
        for name, runs in samples.items()
    ]
    sys.stdout.buffer.write(msgspec.json.encode(rows))


def _errands(now: datetime) -> dict[str, list[Errand]]:
    """Return who books what, by what they share. No two want the same slot."""
    midnight = _midnight(now)
    shared, crowded = _service(now), _service(now)
    of_their_own = [_service(now) for _ in range(THREADS)]

    def from_(start: datetime, service_id: str) -> Errand:
        return [(service_id, start + SLOT * number) for number in range(EACH)]

    return {
        BASELINE: [from_(midnight, service_id) for service_id in of_their_own],
        "one artist, a day for each": [
            from_(midnight + timedelta(days=day), shared) for day in range(THREADS)
        ],
        "one artist, one day": [
            from_(midnight + SLOT * EACH * number, crowded) for number in range(THREADS)
        ],
    }


def _midnight(now: datetime) -> datetime:
    return (now + timedelta(days=7)).replace(hour=0, minute=0, second=0, microsecond=0)


def _service(now: datetime) -> str:
    artist = artists.artist("UTC")
    return artists.service_of(artist, now, duration_minutes=15, slot_interval_minutes=15).id


def _run(errands: list[Errand]) -> tuple[float, int, int]:
    """Run all bookings at once; return bookings per second, conflicts, and failures."""
    start = Barrier(len(errands) + 1)

    def book(errand: Errand) -> int:
        client = artists.person()
        start.wait(DEADLINE_SECONDS)
        busy = 0
        for service_id, starts_at in errand:
            request = BookingRequest(service_id=service_id, starts_at=starts_at)
            try:
                booking.book(client, request, clock.now())
            except DomainError as problem:
                if problem.code != "busy":
                    raise
                busy += 1
        return busy

    with commits.refused() as conflicts, ThreadPoolExecutor(len(errands)) as pool:
        running = [pool.submit(book, errand) for errand in errands]
        start.wait(DEADLINE_SECONDS)
        started = time.perf_counter()
        busy = sum(one.result() for one in running)
        seconds = time.perf_counter() - started
    booked = sum(map(len, errands)) - busy
    return booked / seconds, len(conflicts), busy


if __name__ == "__main__":
    main()
