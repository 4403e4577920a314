"""Print every figure: `make bench`."""

from infra import features  # noqa: F401  # where our functions are
from tests import conftest  # noqa: F401  # their environment, before any is imported
from tests.bench import cold_imports, contended_bookings, free_slots


def main() -> None:
    """Print the tables, one after the other."""
    print(f"Cold import, median of {cold_imports.RUNS} fresh processes\n")
    print(f"{'ms':>8}  {'ratio':>6}  handlers")
    for row in cold_imports.measure():
        print(f"{row.milliseconds:8.0f}  {row.ratio:6.2f}  {row.name}")
    days, appointments = free_slots.DAYS, free_slots.APPOINTMENTS
    print(f"\nSlots for {days} days with {appointments} appointments")
    print(f"The same found both ways, median of {free_slots.RUNS} runs in turns\n")
    print(f"{'ms':>8}  {'ratio':>6}  search")
    for search in free_slots.measure():
        print(f"{search.milliseconds:8.1f}  {search.ratio:6.3f}  {search.name}")
    for call, count in free_slots.calls().items():
        print(f"\n{count:8}  {call} by the whole of booking.free_slots")
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


if __name__ == "__main__":
    main()
