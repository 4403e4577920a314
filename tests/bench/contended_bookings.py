"""Bookings per second on the local stack, when many book at once and all of them get their slot.

What they share makes the difference: on one day of one artist only one booking at a time can be
written, and whoever was second reads again. The baseline is as many who share nothing.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Lock
from typing import Any
from unittest import mock

import msgspec

from appointments import booking, store
from appointments.records import Service
from appointments.types import BookingRequest
from shared import clock
from tests.support import artists, driven
from tests.support.stack import running_stack

RUNS = 5
THREADS, EACH = 16, 6
SLOT = timedelta(minutes=15)  # so that a day has one for each of them


class Row(msgspec.Struct, frozen=True):
    """One way to share: its median rate, against the baseline, and refused transactions per booking.
    """

    name: str
    per_second: float
    ratio: float
    conflicts: float


def measure() -> list[Row]:
    """Start a stack, and book on it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_stack(Path(folder)) as stack,
    ):
        return msgspec.json.decode(driven.run(stack, __name__), type=list[Row])
