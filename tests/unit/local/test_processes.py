"""Only our own processes are stopped, and a taken port is named before anything starts."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest

from infra.local import processes
from infra.local.processes import Process, Record
from infra.local.settings import HOST, Settings, StackError

SLEEP = "import time; time.sleep(600)"


def sleeper(program: str = SLEEP, **options: Any) -> Process:
    defaults = {
        "environment": {},
        "ports": {},
        "version": "1",
        "is_healthy": lambda: True,
        "stop_deadline": 20.0,
    }
    return Process(
        name="sleeper",
        command=(sys.executable, "-c", program),
        **(defaults | options),  # type: ignore[arg-type]
    )


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """Return a process that does not belong to the stack."""
    with subprocess.Popen([sys.executable, "-c", SLEEP]) as process:
        yield process
        process.kill()


def test_a_process_has_one_identity_as_long_as_it_lives() -> None:
    assert processes.identity(os.getpid())
    assert processes.identity(os.getpid()) == processes.identity(os.getpid())


def test_two_processes_started_apart_differ(stranger: subprocess.Popen[bytes]) -> None:
    assert processes.identity(stranger.pid) != processes.identity(os.getpid())


def test_a_zombie_is_no_process() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it ended, nobody took notice yet
    assert processes.identity(child.pid) is None
    child.wait()


def test_a_started_process_is_found_and_stopped(settings: Settings) -> None:
    process = sleeper()
    record = processes.start(settings, process)
    assert processes.find(settings, "sleeper") == record
    assert processes.stop(settings, process)
    assert processes.identity(record.pid) is None
    assert processes.find(settings, "sleeper") is None
    assert not processes.was_started(settings, "sleeper")


def test_it_survives_its_terminal(settings: Settings) -> None:
    process = sleeper()
    record = processes.start(settings, process)
    assert os.getsid(record.pid) == record.pid  # a session of its own gets no SIGHUP of ours
    processes.stop(settings, process)


def test_a_process_sees_almost_nothing_of_the_shell(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("TZ", "UTC")
    program = f"import os; print(*os.environ, flush=True); {SLEEP}"
    process = sleeper(program, environment={"SMTP_PORT": "1025"})
    processes.start(settings, process)
    log = processes.log_file(settings, "sleeper")
    wait_for(lambda: log.read_text().endswith("\n"))
    assert {"TZ", "SMTP_PORT"} <= set(log.read_text().split())
    assert "AWS_PROFILE" not in log.read_text()
    processes.stop(settings, process)


def test_a_restart_is_due_when_it_changed_not_when_the_shell_did(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = sleeper().fingerprint
    monkeypatch.setenv("PATH", "/elsewhere")
    assert sleeper().fingerprint == before
    changes: list[dict[str, Any]] = [{"environment": {"A": "1"}}, {"version": "2"}]
    assert all(sleeper(**change).fingerprint != before for change in changes)
    assert sleeper("print(1)").fingerprint != before


def test_a_reused_pid_is_left_alone(settings: Settings, stranger: subprocess.Popen[bytes]) -> None:
    settings.run_dir.mkdir(parents=True)
    record = Record("sleeper", stranger.pid, "when another process had this pid", "")
    write_record(settings, record)
    assert processes.find(settings, "sleeper") is None
    assert not processes.stop(settings, sleeper())
    assert stranger.poll() is None


def test_a_killed_process_differs_from_a_stopped_one(settings: Settings) -> None:
    record = processes.start(settings, sleeper())
    os.kill(record.pid, signal.SIGKILL)
    wait_for(lambda: processes.find(settings, "sleeper") is None)
    assert processes.was_started(settings, "sleeper")


def test_children_end_with_it(settings: Settings) -> None:
    program = (
        "import subprocess, sys, time;"
        f"print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid, flush=True);"
        "time.sleep(600)"
    )
    process = sleeper(program)
    processes.start(settings, process)
    log = processes.log_file(settings, "sleeper")
    wait_for(lambda: log.read_text().endswith("\n"))
    child = int(log.read_text())
    processes.stop(settings, process)
    wait_for(lambda: processes.identity(child) is None)


def test_a_process_that_ignores_sigterm_is_killed(settings: Settings) -> None:
    program = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('deaf', flush=True); time.sleep(600)"
    )
    process = sleeper(program, stop_deadline=0.1)
    record = processes.start(settings, process)
    wait_for(lambda: "deaf" in processes.log_file(settings, "sleeper").read_text())
    processes.stop(settings, process)
    assert processes.identity(record.pid) is None


def test_a_process_that_ends_at_once_is_reported_with_the_end_of_its_log(
    settings: Settings,
) -> None:
    process = sleeper("import sys; sys.exit('no such luck')", is_healthy=lambda: False)
    processes.start(settings, process)
    with pytest.raises(StackError, match=r"sleeper ended at once(.|\n)*no such luck"):
        processes.wait_until_healthy(settings, process)


def test_a_process_that_never_answers_is_reported(settings: Settings) -> None:
    process = sleeper(is_healthy=lambda: False, start_deadline=0.1)
    processes.start(settings, process)
    with pytest.raises(StackError, match="sleeper does not answer"):
        processes.wait_until_healthy(settings, process)
    processes.stop(settings, process)


@pytest.mark.parametrize("host", [HOST, "0.0.0.0"])
def test_a_taken_port_is_named_with_the_variable_that_moves_it(
    settings: Settings, host: str
) -> None:
    with (
        socket.create_server((host, settings.smtp_port)),
        pytest.raises(
            StackError, match=f"Port {settings.smtp_port} .*SMTP_PORT={settings.smtp_port + 1}"
        ),
    ):
        processes.require_free_ports(settings)


def test_free_ports_are_fine(settings: Settings) -> None:
    processes.require_free_ports(settings)


def test_two_processes_cannot_share_a_port(settings: Settings) -> None:
    shared = replace(settings, inbox_port=settings.aws_port)
    with pytest.raises(StackError, match="AWS_PORT and INBOX_PORT are both"):
        processes.require_free_ports(shared)


def test_a_port_that_the_running_stack_holds_is_not_taken(
    settings: Settings, stranger: subprocess.Popen[bytes]
) -> None:
    settings.run_dir.mkdir(parents=True)
    settings.remember_ports()
    with socket.create_server((HOST, settings.aws_port)):
        identity = processes.identity(stranger.pid)
        assert identity
        write_record(settings, Record("ministack", stranger.pid, identity, ""))
        processes.require_free_ports(settings)
        write_record(settings, Record("ministack", stranger.pid, "ended long ago", ""))
        with pytest.raises(StackError, match="is taken"):
            processes.require_free_ports(settings)


def test_the_log_of_the_run_before_is_kept(settings: Settings) -> None:
    for word in ("first", "second"):
        process = sleeper(f"print('{word}', flush=True); {SLEEP}")
        processes.start(settings, process)
        log = processes.log_file(settings, "sleeper")
        wait_for(log.read_text)
        processes.stop(settings, process)
    assert "first" not in log.read_text()
    assert "first" in log.with_suffix(".previous.log").read_text()


def write_record(settings: Settings, record: Record) -> None:
    (settings.run_dir / f"{record.name}.json").write_text(json.dumps(asdict(record)))
