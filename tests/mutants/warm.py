"""Trials in forks of one process that has imported and collected all tests: the fast way.

A fork replaces the code of the changed functions and runs the tests on it; nothing is imported
again. What only runs while a module is imported cannot be tried in this way, and a survivor is
tried once more in a process of its own, because the process may hold results of the old code.
"""

import gc
import os
import signal
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import CodeType, FunctionType

import msgspec
import pytest
from _pytest.runner import runtestprotocol

from infra.paths import ROOT
from tests.mutants.trial import restrict

SURVIVED, KILLED, FLAKY, INAPPLICABLE = range(4)


class WarmTrial(msgspec.Struct, frozen=True):
    """A mutant to be tried: its module with the change, the tests, and the CPU seconds they get."""

    job_id: str
    module: str
    source: str
    tests: Sequence[str]
    cpu_seconds: float


class WarmOutcome(msgspec.Struct, frozen=True):
    """The outcome of a trial: one of the numbers above, None for a timeout."""

    job_id: str
    code: int | None


def run(trials: Sequence[WarmTrial], workers: int, report: Callable[[WarmOutcome], object]) -> None:
    """Collect the tests of all trials once, and report the outcome of each trial."""
    if not trials:
        return
    files = sorted({test.partition("::")[0] for trial in trials for test in trial.tests})
    plugin = _Forks(trials, workers, report)
    status = pytest.main(["-q", "-p", "no:cacheprovider", *files], plugins=[plugin])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise RuntimeError("The tests cannot be collected.")


class _Forks:
    """Plugin of pytest that runs trials instead of tests."""

    def __init__(
        self, trials: Sequence[WarmTrial], workers: int, report: Callable[[WarmOutcome], object]
    ) -> None:
        self._trials = trials
        self._workers = workers
        self._report = report
        self._items: dict[str, list[pytest.Item]] = defaultdict(list)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run every trial in a fork, some at a time."""
        for item in session.items:
            self._items[item.nodeid.partition("[")[0]].append(item)
        _warm_up(session.items)
        running: dict[int, str] = {}
        for trial in self._trials:
            if len(running) == self._workers:
                self._await_one(running)
            running[self._fork(trial)] = trial.job_id
        while running:
            self._await_one(running)
        return True

    def _await_one(self, running: dict[int, str]) -> None:
        process, status = os.wait()
        with suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)  # what its fixtures started
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        self._report(WarmOutcome(running.pop(process), code))

    def _fork(self, trial: WarmTrial) -> int:
        process = os.fork()
        if process:
            return process
        os.setpgid(0, 0)
        restrict(trial.cpu_seconds)
        code = INAPPLICABLE
        try:
            code = self._try(trial)
        finally:
            os._exit(code)

    def _try(self, trial: WarmTrial) -> int:
        before = _replace_code(ROOT / trial.module, trial.source)
        if not before:
            return INAPPLICABLE
        failed = _run_until_failure([item for test in trial.tests for item in self._items[test]])
        if failed is None:
            return SURVIVED
        for function, code in before:
            function.__code__ = code
        return KILLED if _run_until_failure([failed]) is None else FLAKY


def _warm_up(items: Sequence[pytest.Item]) -> None:
    """Run the first test of each folder, so that no fork loads what all tests need."""
    folders = {item.path.parent: item for item in reversed(items)}
    for item in folders.values():
        runtestprotocol(item, log=False, nextitem=None)


def _run_until_failure(items: Sequence[pytest.Item]) -> pytest.Item | None:
    """Run tests; return the first that fails."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        reports = runtestprotocol(item, log=False, nextitem=following)
        if any(report.failed for report in reports):
            item.session._setupstate.teardown_exact(None)
            return item
    return None


def _replace_code(path: Path, source: str) -> list[tuple[FunctionType, CodeType]]:
    """Replace the code of a module's functions; return what they had before."""
    names = {_place(code): name for name, code in _index(path.read_text(), path).items()}
    changed = _index(source, path)
    before = []
    gc.unfreeze()  # tests/conftest.py froze what was there, which is not listed then
    objects = gc.get_objects()
    gc.freeze()
    for function in objects:
        # Not isinstance(), which asks a proxy for the class of what may be gone.
        if type(function) is FunctionType and function.__code__.co_filename == str(path):
            code = function.__code__
            new = changed.get(names[_place(code)])
            if new is None or new.co_freevars != code.co_freevars:
                return []
            before.append((function, code))
            function.__code__ = new
    return before


def _list_codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _list_codes(constant)


def _index(source: str, path: Path) -> dict[tuple[str, int], CodeType]:
    """Name the codes by their qualified name, and by their order where several have the same."""
    module = compile(source, str(path), "exec", dont_inherit=True)
    found: dict[tuple[str, int], CodeType] = {}
    for code in sorted(_list_codes(module), key=lambda each: each.co_firstlineno):
        number = sum(name == code.co_qualname for name, _ in found)
        found[code.co_qualname, number] = code
    return found


def _place(code: CodeType) -> tuple[str, int, bytes]:
    return code.co_qualname, code.co_firstlineno, code.co_code
