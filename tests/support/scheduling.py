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
    """Return the place of a test's folder in the order; folders that are not named come last."""
    folder = folder_of(nodeid)
    return FIRST.index(folder) if folder in FIRST else len(FIRST)


def folder_of(nodeid: str) -> str:
    """Return the folder below `tests` that a test is in."""
    parts = PurePosixPath(nodeid.partition("::")[0]).parts
    return parts[1] if len(parts) > 2 else ""
