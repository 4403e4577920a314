"""Execution environment of a function as a process, with the limits of Lambda.

The process starts before the first invocation and serves one after the other. When it runs out of
time or of memory it is killed, and the next invocation starts another, as on Lambda.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from infra.localstack_host.plugin.runtime_api import (
    Answer,
    InitFailed,
    Invocation,
    Ready,
    RuntimeApi,
)

# How often the memory of the process is looked at, and whether it has ended.
_LOOK_EVERY_SECONDS = 0.05
_MEGABYTE = 1024 * 1024
_STATM = Path("/proc/self/statm")
_ENDED = "Runtime.ExitError"


class StartFailed(Exception):
    """The function could not be loaded.

    Attributes:
        error: What the caller of the function gets, as JSON.
        logs: What it had written by then.
    """

    def __init__(self, error: bytes, logs: str) -> None:
        super().__init__(error.decode(errors="replace"))
        self.error = error
        self.logs = logs


class Stopped(Exception):
    """The environment was stopped meanwhile."""


@dataclass(frozen=True)
class Function:
    """What to run, and within which limits.

    Attributes:
        command: Program and arguments.
        environment: All variables, except the one that names the Runtime API.
        task: Folder of its code, which it runs in.
        memory: Megabytes.
        timeout: Seconds that one invocation may take.
        version: Version of the function, for its logs.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    task: Path
    memory: int
    timeout: float
    version: str = "$LATEST"


@dataclass(frozen=True)
class Result:
    """What an invocation came to, with what the function wrote meanwhile."""

    payload: bytes
    is_error: bool
    logs: str


class FunctionProcess:
    """One environment. Its owner invokes it from one thread at a time; any thread may stop it."""

    def __init__(self, function: Function, log: Path) -> None:
        self._function = function
        self._log = log
        self._log_position = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._api: RuntimeApi | None = None
        self._stopped = False
        self._peak = 0

    def start(self) -> None:
        """Start the process and wait until it asks for an invocation.

        Raises:
            StartFailed: It could not be loaded.
            Stopped: It was stopped while it started.
        """
        began = time.monotonic()
        self._api = RuntimeApi()
        environment = {
            **self._function.environment,
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._function.command,
                cwd=self._function.task,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        error = self._wait_until_ready(self._api)
        if error is None:
            return
        self._end()
        if self._stopped:
            raise Stopped
        took = (time.monotonic() - began) * 1000
        kind = json.loads(error).get("errorType", _ENDED)
        report = (
            f"INIT_REPORT Init Duration: {took:.2f} ms\tPhase: init\tStatus: error"
            f"\tError Type: {kind}\n"
        )
        raise StartFailed(error, f"{self._new_logs()}{report}")

    def invoke(
        self, invocation_id: str, function_arn: str, payload: bytes, trace: str = ""
    ) -> Result:
        """Let the process answer one invocation; start it again if it has ended before.

        Raises:
            StartFailed: It ended before, and cannot be loaded any more.
            Stopped: It was stopped meanwhile.
        """
        if self._process is None or self._process.poll() is not None:
            self._end()
            self.start()
        assert self._api is not None
        began, timeout = time.time(), self._function.timeout
        deadline = int((began + timeout) * 1000)
        self._api.offer(Invocation(invocation_id, function_arn, payload, deadline, trace))
        body, is_error = self._wait_for_answer(self._api, invocation_id, time.monotonic() + timeout)
        took = (time.time() - began) * 1000
        logs = (
            f"START RequestId: {invocation_id} Version: {self._function.version}\n"
            f"{self._new_logs()}END RequestId: {invocation_id}\n"
            f"REPORT RequestId: {invocation_id}\tDuration: {took:.2f} ms\t"
            f"Billed Duration: {int(took) + 1} ms\tMemory Size: {self._function.memory} MB\t"
            f"Max Memory Used: {self._peak} MB\t\n"
        )
        return Result(body, is_error, logs)

    def stop(self) -> None:
        """End the process. What waits for it ends with `Stopped`."""
        self._stopped = True
        self._kill()
        self._end()

    def logs(self) -> str:
        """Return what the process has written since its last invocation."""
        try:
            with self._log.open("rb") as log:
                log.seek(self._log_position)
                text = log.read().decode(errors="replace")
        except FileNotFoundError:
            return ""
        return text if not text or text.endswith("\n") else f"{text}\n"

    def _new_logs(self) -> str:
        text = self.logs()
        if self._log.exists():
            self._log_position = self._log.stat().st_size
        return text

    def _wait_until_ready(self, api: RuntimeApi) -> bytes | None:
        """Return None once the process is ready, else why it will not be."""
        while True:
            match api.wait(_LOOK_EVERY_SECONDS):
                case Ready():
                    return None
                case InitFailed(error):
                    return error
            ended = self._why_ended("")
            if ended:
                return ended

    def _wait_for_answer(
        self, api: RuntimeApi, invocation_id: str, deadline: float
    ) -> tuple[bytes, bool]:
        while True:
            left = deadline - time.monotonic()
            event = api.wait(min(left, _LOOK_EVERY_SECONDS))
            if isinstance(event, Answer) and event.invocation_id == invocation_id:
                self._look_at_memory()
                return event.body, event.is_error
            request = f"RequestId: {invocation_id} "
            ended = self._why_ended(request)
            if self._stopped:
                raise Stopped
            if ended:
                return ended, True
            if left <= 0:
                self._kill()
                message = f"Task timed out after {self._function.timeout:.2f} seconds"
                self._write(f"{_timestamp()} {invocation_id} {message}")
                return _error("Sandbox.Timedout", f"{request}Error: {message}"), True

    def _why_ended(self, request: str) -> bytes | None:
        """Return the error of a process that ended or has to; None while it may run on."""
        if self._look_at_memory() > self._function.memory:
            self._kill()
            self._write(f"{request}Error: Runtime exited with error: signal: killed")
            return _error(
                "Runtime.OutOfMemory", f"{request}Error: Runtime exited with error: signal: killed"
            )
        status = None if self._process is None else self._process.poll()
        if status is None and not self._stopped:
            return None
        message = f"{request}Error: Runtime exited with error: exit status {status}"
        self._write(message)
        return _error(_ENDED, message)

    def _look_at_memory(self) -> int:
        """Return the megabytes that the process occupies; 0 where the system does not say."""
        if self._process is None:
            return 0
        megabytes = resident_megabytes(self._process.pid)
        self._peak = max(self._peak, megabytes)
        return megabytes

    def _write(self, line: str) -> None:
        with self._log.open("a") as log:
            log.write(f"{line}\n")

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            # It leads a group of its own, to which its own children belong.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _end(self) -> None:
        self._kill()
        api, self._api = self._api, None
        if api is not None:
            api.close()


def resident_megabytes(pid: int) -> int:
    """Return the memory that a process occupies, rounded up; 0 if it has ended.

    Linux says it in pages (`/proc/<pid>/statm`, proc(5)), `ps` elsewhere in kilobytes.
    """
    if _STATM.exists():
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (FileNotFoundError, ProcessLookupError):
            return 0
        return -(-pages * os.sysconf("SC_PAGE_SIZE") // _MEGABYTE)
    listing = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)],  # noqa: S607 - macOS and BSDs
        capture_output=True,
        text=True,
        check=False,
    )
    return -(-int(listing.stdout.strip() or 0) * 1024 // _MEGABYTE)


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


def _timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
