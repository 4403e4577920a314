"""Trial of a mutant: the chosen tests, on a copy of the project that holds the change."""

import difflib
import itertools
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cosmic_ray.ast import get_ast
from cosmic_ray.mutating import MutationVisitor
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome, WorkResult

from infra.paths import ROOT
from tests.mutants import operators

LINKED = (".venv", ".venv-mongo", "node_modules")
TIMEOUT = "timeout"
# CPU seconds that the tests may take: so many, and so many times what they took unchanged.
LEAST_SECONDS, TIMES = 60, 10
# A mutant may also wait for ever, which takes no CPU.
LONGEST_SECONDS = 1800
NICENESS = 10
NO_TESTS = 5  # pytest's exit status where it found none
_numbers = itertools.count(1)


def copy_project(target: Path) -> None:
    """Copy the files of the project that git knows or would add, so that nothing here changes."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    shutil.rmtree(target, ignore_errors=True)
    for name in filter(None, listed.split("\0")):
        source, copy = ROOT / name, target / name
        if source.is_file() and not source.is_symlink():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
    for name in LINKED:
        if (ROOT / name).exists() and not (target / name).exists():
            (target / name).symlink_to((ROOT / name).resolve())


def try_mutant(
    mutation: MutationSpec, tests: Sequence[str], seconds: float, project: Path
) -> WorkResult:
    """Run tests on a mutant, up to the first that fails."""
    module = project / mutation.module_path
    source = module.read_text()
    changed = mutate(source, mutation)
    if changed is None:
        return WorkResult(worker_outcome=WorkerOutcome.NO_TEST)
    diff = _diff(source, changed, mutation)
    if not tests:
        return WorkResult(WorkerOutcome.NORMAL, "no test runs it", TestOutcome.SURVIVED, diff)
    module.write_text(changed)
    # Python compiles a module again when its size or its time, in seconds, changed.
    os.utime(module, (next(_numbers) * 10, next(_numbers) * 10))
    try:
        status, output = _run(tests, get_cpu_seconds(seconds), project)
    finally:
        module.write_text(source)
        os.utime(module, (next(_numbers) * 10, next(_numbers) * 10))
    outcome = TestOutcome.SURVIVED if status in (0, NO_TESTS) else TestOutcome.KILLED
    return WorkResult(WorkerOutcome.NORMAL, output, outcome, diff)


def describe_killed(mutation: MutationSpec, output: str) -> WorkResult:
    """Return the result of a mutant that was killed elsewhere."""
    source = (ROOT / mutation.module_path).read_text()
    diff = _diff(source, mutate(source, mutation) or "", mutation)
    return WorkResult(WorkerOutcome.NORMAL, output, TestOutcome.KILLED, diff)


def restrict(cpu_seconds: float) -> None:
    """Limit the CPU time of this process, and let others go first."""
    os.nice(NICENESS)
    limit = int(cpu_seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))


def get_cpu_seconds(seconds: float) -> float:
    """Return the CPU seconds that tests get which took so many."""
    return LEAST_SECONDS + TIMES * seconds


def mutate(source: str, mutation: MutationSpec) -> str | None:
    """Return a module's source with a mutation, None where the mutation is not possible."""
    visitor = MutationVisitor(mutation.occurrence, operators.build()[mutation.operator_name])
    mutated = visitor.walk(get_ast(source))
    return str(mutated.get_code()) if visitor.mutation_applied else None


def _run(tests: Sequence[str], cpu_seconds: float, project: Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    with subprocess.Popen(
        command,
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=lambda: restrict(cpu_seconds),  # noqa: PLW1509
    ) as process:
        try:
            output, _ = process.communicate(timeout=LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return -signal.SIGKILL, TIMEOUT
    if process.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return process.returncode, TIMEOUT
    return process.returncode, output.decode(errors="replace")[-2000:]


def _diff(source: str, changed: str, mutation: MutationSpec) -> str:
    name = str(mutation.module_path)
    lines = difflib.unified_diff(
        source.splitlines(), changed.splitlines(), name, name, lineterm="", n=1
    )
    return "\n".join(list(lines)[2:])
