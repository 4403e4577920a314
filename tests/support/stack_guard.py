"""Guard of a stack: it ends the stack's processes when the tests that started them are killed.

    python -m tests.support.stack_guard <folder of the records of the processes>

They are in sessions of their own, so neither Ctrl-C nor the end of a worker of pytest-xdist reaches
them. The guard reads its standard input, which ends with the process that holds the other end. What
was stopped before that has no record any more.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from infra.local import processes
from infra.paths import ROOT


@contextmanager
def guarded(run_dir: Path) -> Iterator[None]:
    """Have the processes with a record in a folder ended at the latest with this process."""
    command = [sys.executable, "-m", "tests.support.stack_guard", str(run_dir)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True):
        yield


def end_all(run_dir: Path) -> None:
    """Kill what is running of the processes with a record, each with its children."""
    for path in run_dir.glob("*.json"):
        record = processes.Record(**json.loads(path.read_text()))
        if processes.identity(record.pid) == record.started:
            with suppress(ProcessLookupError):
                os.killpg(record.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.stdin.buffer.read()
    end_all(Path(sys.argv[1]))
