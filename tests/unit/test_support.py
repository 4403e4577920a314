"""What distributes the tests, and what finds the processes that they leave."""

import json
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import cast

import pytest

from infra.local import processes
from infra.paths import ROOT
from tests.support import child_processes, scheduling
from tests.support.stack_guard import guarded

DEADLINE_SECONDS = 60
SLEEP = "import time; time.sleep(600)"


def test_what_needs_the_stack_is_one_unit_of_work() -> None:
    tests = ["tests/e2e/test_web.py::test_a", "tests/security/test_routes.py::test_b[GET /::x]"]
    assert {scheduling.unit_of(test) for test in tests} == {"the stack"}


def test_every_other_file_is_a_unit() -> None:
    first, second = "tests/unit/local/test_synth.py", "tests/functional/test_standins.py"
    assert scheduling.unit_of(f"{first}::TestClass::test_a[::]") == first
    assert scheduling.unit_of(f"{second}::test_b") == second


def test_what_takes_longest_comes_first() -> None:
    folders = ["unit", "infra", "race", "functional", "e2e"]
    tests = [f"tests/{folder}/test_x.py::test_y" for folder in folders]
    ranked = sorted(tests, key=scheduling.rank)
    assert [scheduling.folder_of(test) for test in ranked] == [
        *("e2e", "race", "infra"),
        *("unit", "functional"),  # in the order in which pytest-randomly has put them
    ]
    longest = f"{scheduling.LONGEST[-1]}::test_y"
    assert scheduling.rank(tests[1]) < scheduling.rank(longest) < scheduling.rank(tests[0])


@pytest.mark.parametrize("folder", scheduling.FIRST)
def test_the_folders_exist(folder: str) -> None:
    assert Path(ROOT, "tests", folder).is_dir()


@pytest.mark.parametrize("file", scheduling.LONGEST)
def test_the_longest_files_exist(file: str) -> None:
    assert Path(ROOT, file).is_file()


def test_a_child_counts_until_it_was_waited_for() -> None:
    others = set(child_processes.running())  # the CDK of other tests in this process, say
    with subprocess.Popen([sys.executable, "-c", SLEEP]) as child:
        assert "sleep(600)" in child_processes.running()[child.pid]
        assert child_processes.wait_until_none_runs({*others, child.pid}) == {}
        child.kill()
    assert child.pid not in child_processes.running()


def test_the_cdk_that_only_was_asked_to_end_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    child = subprocess.Popen([sys.executable, "-c", SLEEP])
    process = SimpleNamespace(stop=child.terminate, _process=child)
    kernel = SimpleNamespace(provider=SimpleNamespace(_process=process))
    monkeypatch.setitem(
        sys.modules, "jsii._runtime", cast("ModuleType", SimpleNamespace(kernel=kernel))
    )
    child_processes.stop_cdk()
    assert child.returncode is not None
    assert child.pid not in child_processes.running()


def test_a_stack_ends_with_the_tests_that_started_it(tmp_path: Path) -> None:
    """They are killed: no fixture stops it."""
    tests = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from tests.support.stack_guard import guarded\n"
        "with guarded(Path(sys.argv[1])):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    command = [sys.executable, "-c", SLEEP]
    with (
        subprocess.Popen(command, start_new_session=True) as stack,
        subprocess.Popen(command, start_new_session=True) as another,
    ):
        started = processes.identity(stack.pid) or ""
        for name, pid, known in (("stack", stack.pid, started), ("other", another.pid, "before")):
            record = asdict(processes.Record(name, pid, known, ""))
            (tmp_path / f"{name}.json").write_text(json.dumps(record))
        subprocess.run([sys.executable, "-c", tests, str(tmp_path)], cwd=ROOT, check=False)
        assert stack.wait(DEADLINE_SECONDS) == -signal.SIGKILL
        assert another.poll() is None  # the number of a process that ended was given to it
        another.kill()


def test_the_guard_of_a_stack_that_was_stopped_ends(tmp_path: Path) -> None:
    """The stack of this worker's own tests may have a guard, too."""

    def is_guarded() -> bool:
        commands = child_processes.running().values()
        return any("stack_guard" in command and str(tmp_path) in command for command in commands)

    with guarded(tmp_path):
        assert is_guarded()
    assert not is_guarded()


def test_a_zombie_is_a_child() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.read()  # until it ends
    assert child.pid in child_processes.running()
    child.communicate()
    assert child.pid not in child_processes.running()
