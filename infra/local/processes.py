"""Background processes: start them detached, find them again, stop exactly those.

Every process has a record in `<local_dir>/run/<name>.json`. A pid alone does not identify a
process, because the system reuses it, so the record also holds when the process started: a record
whose pid now belongs to another process counts as "not running" and is never signalled.
"""

import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Container, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.local.settings import HOST, Settings, StackError

# Variables of the developer's shell that the processes may see. Nothing else: an AWS_PROFILE or a
# proxy would reach the Lambda functions that MiniStack runs, and real credentials with it.
_INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "TZ")

_POLL_SECONDS = 0.05
_LOG_LINES_SHOWN = 15


@dataclass(frozen=True)
class Process:
    """Process to run.

    Attributes:
        command: Program and arguments.
        environment: Variables that it adds to the passed ones.
        ports: Port by the environment variable that moves it.
        version: Names the code that runs.
        is_healthy: Asks the running process itself.
        prepare: Runs before each start.
        inspect: Refuses the running process (its pid) by a StackError; then it is stopped.
        after_a_crash: Explains to people what a stop in bad order means for the process.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ports: Mapping[str, int]
    version: str
    is_healthy: Callable[[], bool]
    prepare: Callable[[], None] = lambda: None
    inspect: Callable[[int], None] = lambda _pid: None
    after_a_crash: str = "It loses nothing by that."
    start_deadline: float = 30.0
    stop_deadline: float = 30.0

    @property
    def fingerprint(self) -> str:
        """Return a text that changes when a restart is due."""
        environment = sorted(self.environment.items())
        description = json.dumps([self.command, environment, self.version])
        return hashlib.sha256(description.encode()).hexdigest()


@dataclass(frozen=True)
class Record:
    """Process that we started; `started` identifies it among all that ever had this pid."""

    name: str
    pid: int
    started: str
    fingerprint: str


def identity(pid: int) -> str | None:
    """Return when the process with this pid started; None when there is none (or a zombie).

    Linux says it in clock ticks since boot (`/proc/<pid>/stat`, proc(5) field 22), `ps` elsewhere
    in seconds.
    """
    if Path("/proc/self/stat").exists():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return None
        # The second field, the command in parentheses, may itself hold spaces and parentheses.
        fields = stat.rpartition(")")[2].split()
        state, start_ticks = fields[0], fields[19]
        return None if state == "Z" else start_ticks
    listing = subprocess.run(
        ["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)],  # noqa: S607 - macOS and BSDs
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, started = listing.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


def find(settings: Settings, name: str) -> Record | None:
    """Return the record of the process while it is running, else None."""
    try:
        record = Record(**json.loads(_record_file(settings, name).read_text()))
    except FileNotFoundError:
        return None
    if identity(record.pid) != record.started:
        _reap(record.pid)
        return None
    return record


def was_started(settings: Settings, name: str) -> bool:
    """Whether the process was started and not stopped by us; it may have ended on its own."""
    return _record_file(settings, name).exists()


def log_file(settings: Settings, name: str) -> Path:
    """Return the path of the process's output."""
    return settings.logs_dir / f"{name}.log"


def require_free_ports(settings: Settings, ours: Container[str] = ()) -> None:
    """Check that no other program uses a port of the stack. Those of our own processes are fine.

    Args:
        settings: Settings of the stack.
        ours: Variables of ports that the stack uses otherwise, as its containers do.

    Raises:
        StackError: A port is taken, or chosen twice; names the environment variable that changes
            it.
    """
    remembered = settings.remembered_ports()
    chosen: dict[int, str] = {}
    for variable, port in settings.ports.items():
        if port in chosen:
            raise StackError(f"{chosen[port]} and {variable} are both {port}. Choose two ports.")
        chosen[port] = variable
        name = settings.process_of_port(variable)
        is_ours = variable in ours or (
            remembered.get(variable) == port and find(settings, name) is not None
        )
        if not is_ours and _is_taken(port):
            raise StackError(
                f"Port {port} is taken by another program, and {name} needs it. "
                f"Choose another: {settings.command} {variable}={port + 1}"
            )


def start(settings: Settings, process: Process) -> Record:
    """Start the process in a session of its own, so that it survives the terminal.

    It is not healthy yet: see `wait_until_healthy`.
    """
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    settings.logs_dir.mkdir(parents=True, exist_ok=True)
    process.prepare()
    log_path = log_file(settings, process.name)
    if log_path.exists():
        log_path.replace(log_path.with_suffix(".previous.log"))
    with log_path.open("wb") as log:
        child = subprocess.Popen(
            process.command,
            cwd=settings.root,
            env={**_inherited(), **process.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[child.pid] = child
    record = Record(process.name, child.pid, identity(child.pid) or "", process.fingerprint)
    _record_file(settings, process.name).write_text(json.dumps(asdict(record)))
    return record


def wait_until_healthy(settings: Settings, process: Process) -> None:
    """Wait until the process answers, and stop it if it is not as it should be.

    Raises:
        StackError: It ended, its deadline passed (with the end of its log), or its `inspect`
            refused it.
    """
    deadline = time.monotonic() + process.start_deadline
    while not process.is_healthy():
        if find(settings, process.name) is None:
            raise StackError(f"{process.name} ended at once. {_log_tail(settings, process.name)}")
        if time.monotonic() > deadline:
            raise StackError(
                f"{process.name} does not answer after {process.start_deadline:.0f} s. "
                f"{_log_tail(settings, process.name)}"
            )
        time.sleep(_POLL_SECONDS)
    record = find(settings, process.name)
    if record is not None:
        try:
            process.inspect(record.pid)
        except StackError:
            stop(settings, process)
            raise


def stop(settings: Settings, process: Process) -> bool:
    """Ask the process to end (SIGTERM), then kill its group; return False if it is not running.

    Only a process that its record identifies is signalled.
    """
    record = find(settings, process.name)
    if record is None:
        return False
    os.kill(record.pid, signal.SIGTERM)
    deadline = time.monotonic() + process.stop_deadline
    while identity(record.pid) == record.started and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    # The leader's own children (MiniStack's Lambda workers) would otherwise outlive it. The system
    # does not reuse a pid while it still names a process group.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(record.pid, signal.SIGKILL)
    child = _children.pop(record.pid, None)
    if child is not None:
        child.wait()
    _record_file(settings, process.name).unlink()
    return True


# A process started by this very interpreter has to be waited for by it, or it stays a zombie.
_children: dict[int, subprocess.Popen[bytes]] = {}


def _reap(pid: int) -> None:
    """Wait for a child that has ended. Harmless for all other processes."""
    child = _children.get(pid)
    if child is not None and identity(pid) is None:
        child.wait()  # a process that is ending cannot be waited for at once
        del _children[pid]


def _inherited() -> dict[str, str]:
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}


def _record_file(settings: Settings, name: str) -> Path:
    return settings.run_dir / f"{name}.json"


def _is_taken(port: int) -> bool:
    # Both questions are needed: on macOS a program may bind 127.0.0.1 beside a listener on 0.0.0.0,
    # and a bound port that does not listen yet refuses connections.
    with socket.socket() as client:
        client.settimeout(1)
        if client.connect_ex((HOST, port)) == 0:
            return True
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return True
    return False


def _log_tail(settings: Settings, name: str) -> str:
    path = log_file(settings, name)
    lines = path.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:]
    return "\n".join([f"The end of {path}:", *(f"    {line}" for line in lines)])
