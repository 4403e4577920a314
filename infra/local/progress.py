"""Progress for people: one line per step, with its time."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

# A step that is still running after this long (seconds) is announced, so nothing waits in silence.
_ANNOUNCE_AFTER = 1.0


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print `title` and how long the block took; announce it if it takes longer than a second.

    On a terminal the result overwrites the announcement; in a log both lines stay.
    """
    terminal = sys.stdout.isatty()
    announcement = threading.Timer(
        _ANNOUNCE_AFTER, _print, [f"  … {title}"], {"end": "" if terminal else "\n"}
    )
    announcement.daemon = True
    announcement.start()
    started = time.monotonic()
    mark = "✗"
    try:
        yield
        mark = "✓"
    finally:
        announcement.cancel()
        announcement.join()
        line_start = "\r\x1b[K" if terminal else ""
        _print(f"{line_start}  {mark} {title}  {time.monotonic() - started:.1f} s")


def note(text: str) -> None:
    """Print one line below the steps."""
    _print(f"    {text}")


def _print(text: str, end: str = "\n") -> None:
    print(text, end=end, flush=True)
