"""Processes that this one started."""

import os
import subprocess
import sys
import time
from typing import Any

DEADLINE_SECONDS = 30


def stop_cdk() -> None:
    """Stop the Node.js process of the CDK, if a test has used it. It cannot be used after that."""
    runtime: Any = sys.modules.get("jsii._runtime")
    if runtime is not None:
        runtime.kernel.provider.stop()


def running() -> dict[int, str]:
    """Return the commands of this process's children by their ids; zombies are children too."""
    with subprocess.Popen(
        ["ps", "-A", "-o", "pid=,ppid=,stat=,args="], stdout=subprocess.PIPE, text=True
    ) as listing:
        assert listing.stdout is not None
        lines = [line.split(None, 2) for line in listing.stdout]
    return {
        int(pid): command.strip()
        for pid, parent, command in lines
        if int(parent) == os.getpid() and int(pid) != listing.pid
    }


def wait_until_none_runs() -> dict[int, str]:
    """Return the children that are still there after a while, which is none if all is well."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while left := running():
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return left
