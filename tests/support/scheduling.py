"""Order of the tests: which process runs what, and in which order.

Whatever needs the stack runs in one process, so that there is one stack; while that process waits
for the stack, the others run everything else. Tests of one file share its fixtures, so they stay
together too.
"""

from pathlib import PurePosixPath
from typing import Any

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

ON_THE_STACK = ("e2e", "race", "security")
# What takes longest comes first, so that it is not what the others wait for in the end.
FIRST = (*ON_THE_STACK, "infra")
LONGEST = (
    "tests/functional/appointments/test_double_booking.py",
    "tests/functional/appointments/test_state_machine.py",
    "tests/functional/appointments/test_crashes.py",
    "tests/functional/appointments/test_costs.py",
    "tests/functional/test_local_aws.py",
    "tests/functional/erasure/test_canary.py",
    "tests/functional/notifications/test_booking_notices.py",
    "tests/functional/notifications/test_engine.py",
    "tests/functional/notifications/test_delivery.py",
    "tests/functional/notifications/test_reminders.py",
    "tests/functional/shared/test_cold_starts.py",
)


class StackInOneProcess(LoadScopeScheduling):  # type: ignore[misc]  # it is not typed
    """Scheduler for pytest-xdist: everything on the stack is one unit of work, else each file."""

    def __init__(self, config: Any, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # by the number of tests, which says little

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def unit_of(nodeid: str) -> str:
    """Return the unit of work that a test belongs to."""
    file = nodeid.partition("::")[0]
    return "the stack" if folder_of(nodeid) in ON_THE_STACK else file


def rank(nodeid: str) -> int:
    """Return the place of a test in the order: named folders, the longest files, all others."""
    folder = folder_of(nodeid)
    if folder in FIRST:
        return FIRST.index(folder)
    return len(FIRST) + (nodeid.partition("::")[0] not in LONGEST)


def folder_of(nodeid: str) -> str:
    """Return the folder below `tests` that a test is in."""
    parts = PurePosixPath(nodeid.partition("::")[0]).parts
    return parts[1] if len(parts) > 2 else ""
