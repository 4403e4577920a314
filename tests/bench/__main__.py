"""Print every figure: `make bench`, or those of one table: `make bench ONLY=deliveries`."""

import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from infra import features  # noqa: F401  # where our functions are
from tests import conftest  # noqa: F401  # their environment, before any is imported
from tests.bench import (
    cold_imports,
    contended_bookings,
    deliveries,
    event_latency,
    first_answers,
    free_slots,
    warm_requests,
)


def main(only: str | None = None) -> None:
    """Print the tables, one after the other, or one of them."""
    for name, print_table in TABLES.items():
        if only in (None, name):
            print_table()


@lru_cache
def _build_bundles() -> Path:
    return first_answers.build()


def _print_first_answers() -> None:
    print(f"Import and first answer, CPU, median of {first_answers.RUNS} fresh processes")
    print("Ours from the bundle; the peers do the same work. Targets: at most 0.6 of FastAPI (the")
    print("authorizer 0.25), and less than Powertools\n")
    peers = "  ".join(f"{'/ ' + peer:>12}" for peer in first_answers.PEERS.values())
    print(f"{'ms':>8}  {peers}  first answer")
    for row in first_answers.measure(_build_bundles()):
        ratios = "  ".join(f"{row.ratio(peer):12.2f}" for peer in first_answers.PEERS)
        print(f"{row.ours:8.0f}  {ratios}  {row.name}")


def _print_warm_requests() -> None:
    warm = warm_requests.measure(_build_bundles())
    print("\nA warm request that is typed, validated, authorized, limited and logged, CPU\n")
    print(f"{warm.besides:8.0f}  µs besides its call of AWS (target: at most 250)")
    print(f"{warm.call:8.0f}  µs its call of AWS")


def _print_cold_imports() -> None:
    print(f"\nCold import, median of {cold_imports.RUNS} fresh processes\n")
    print(f"{'ms':>8}  {'ratio':>6}  handlers")
    for row in cold_imports.measure():
        print(f"{row.milliseconds:8.0f}  {row.ratio:6.2f}  {row.name}")


def _print_free_slots() -> None:
    days, appointments = free_slots.DAYS, free_slots.APPOINTMENTS
    print(f"\nSlots for {days} days with {appointments} appointments")
    print(f"The same found both ways, the least of {free_slots.RUNS} runs in turns\n")
    print(f"{'ms':>8}  {'ratio':>6}  search")
    for search in free_slots.measure():
        print(f"{search.milliseconds:8.1f}  {search.ratio:6.3f}  {search.name}")
    print("\nLess than the whole list, CPU")
    print("Targets: the next slot at most 0.100 of it, a page 0.250, a plan 0.500\n")
    print(f"{'ms':>8}  {'ratio':>6}  search")
    for search in free_slots.measure_parts():
        print(f"{search.milliseconds:8.2f}  {search.ratio:6.3f}  {search.name}")
    for call, count in free_slots.calls().items():
        print(f"\n{count:8}  {call} by the whole of booking.free_slots")


def _print_contended_bookings() -> None:
    rows = contended_bookings.measure()
    threads, each, runs = (
        contended_bookings.THREADS,
        contended_bookings.EACH,
        contended_bookings.RUNS,
    )
    print(f"\nBookings by {threads} at once, {each} by each, median of {runs} runs in turns\n")
    print(f"{'per s':>8}  {'ratio':>6}  {'conflicts':>9}  {'busy':>4}  what they share")
    for share in rows:
        figures = f"{share.per_second:8.1f}  {share.ratio:6.2f}  {share.conflicts:9.2f}"
        print(f"{figures}  {share.busy:4}  {share.name}")


def _print_deliveries() -> None:
    print("\nNotifications per CPU second of the worker, beside the guide's service")
    print(f"Median of {deliveries.RUNS} runs of {deliveries.MESSAGES} messages, in turns\n")
    print(f"{'ours':>8}  {'guide':>8}  {'ratio':>6}  {'target':>6}  what is sent")
    rows = deliveries.measure()
    for row in rows:
        figures = f"{row.ours:8.0f}  {row.peer:8.0f}  {row.ratio:6.2f}  {row.target:6.1f}"
        print(f"{figures}  {row.name}")
    print("\nCPU for a notification in what stores them, in ms; the local MongoDB is no measure")
    print("for a real one\n")
    print(f"{'MongoDB':>8}  {'Redis':>8}  what is sent")
    for row in rows:
        print(f"{row.mongodb_ms:8.2f}  {row.redis_ms:8.2f}  {row.name}")


def _print_event_latency() -> None:
    print("\nFrom an event to the acceptance of its mail on the local stack, s")
    print(f"For {event_latency.SECONDS} seconds each; the target is the 95th percentile's\n")
    print(f"{'median':>8}  {'p95':>8}  {'longest':>8}  {'target':>6}  events per second")
    for row in event_latency.measure():
        figures = f"{row.median:8.1f}  {row.p95:8.1f}  {row.longest:8.1f}  {row.target:6.1f}"
        print(f"{figures}  {row.per_second}")


TABLES: Mapping[str, Callable[[], None]] = {
    "first_answers": _print_first_answers,
    "warm_requests": _print_warm_requests,
    "cold_imports": _print_cold_imports,
    "free_slots": _print_free_slots,
    "contended_bookings": _print_contended_bookings,
    "deliveries": _print_deliveries,
    "event_latency": _print_event_latency,
}


if __name__ == "__main__":
    main(*sys.argv[1:])
