"""Locks on files, so that two commands do not disturb each other."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.progress import note


@contextmanager
def exclusive(file: Path) -> Iterator[None]:
    """Hold the lock while the block runs; wait for another holder, and say so.

    The system releases it when the process ends, in whatever way. It is not reentrant.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note(f"another command is at work here; waiting for it ({file})")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
