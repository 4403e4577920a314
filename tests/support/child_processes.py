"""Processes that this one started."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

DEADLINE_SECONDS = 30


def stop_cdk() -> None:
    """Stop the Node.js process of the CDK, if a test has used it. It cannot be used after that."""
    runtime: Any = sys.modules.get("jsii._runtime")
    if runtime is not None:
        process = runtime.kernel.provider._process
        process.stop()
        # On a busy machine it has only been asked to end, and is a zombie until it is waited for.
        process._process.wait(DEADLINE_SECONDS)


def running() -> dict[int, str]:
    """Return the commands of this process's children by their ids; zombies are children too."""
    if Path("/proc/self/stat").exists():
        return {pid: name for pid, parent, name in _in_proc() if parent == os.getpid()}
    with subprocess.Popen(
        ["ps", "-A", "-o", "pid=,ppid=,args="], stdout=subprocess.PIPE, text=True
    ) as listing:
        assert listing.stdout is not None
        lines = [line.split(None, 2) for line in listing.stdout]
    return {
        int(pid): command.strip()
        for pid, parent, command in lines
        if int(parent) == os.getpid() and int(pid) != listing.pid
    }


def _in_proc() -> Iterator[tuple[int, int, str]]:
    """Yield the id, the parent's id and the command of every process; see proc(5)."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            # The second field, the command in parentheses, may hold spaces and parentheses.
            name, _, fields = (folder / "stat").read_text().rpartition(")")
            command = (folder / "cmdline").read_text().replace("\0", " ").strip()
            yield int(folder.name), int(fields.split()[1]), command or f"{name}) ended"


def wait_until_none_runs(staying: Collection[int] = ()) -> dict[int, str]:
    """Return the children that are still there after a while, which is none if all is well.

    Args:
        staying: Ids of those that may stay.
    """
    deadline = time.monotonic() + DEADLINE_SECONDS
    while left := {pid: name for pid, name in running().items() if pid not in staying}:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return left
