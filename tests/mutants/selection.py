"""Selection of tests: those that run the changed lines, the fastest first.

Which test runs which lines is measured once per suite, and again when the suite, its feature or the
layer changes.
"""

import ast
import hashlib
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import msgspec
from coverage import CoverageData

from infra.paths import ROOT
from tests.mutants.population import find_feature

CONFIGURATION = """\
[run]
relative_files = true
source =
    functions
    layers/shared/python
"""
# Tests tried on a mutant: it counts as survived when the fastest that run its line notice nothing.
MAX_TESTS = 150
CONTRACTS = "contracts"


class SuiteMeasurement(msgspec.Struct):
    """What was measured of a suite.

    Attributes:
        fingerprint: Of everything that was measured.
        seconds: Duration of each test, by its node id.
    """

    fingerprint: str
    seconds: dict[str, float]


class Suite(msgspec.Struct, frozen=True):
    """The tests of one folder, and the features whose code they run."""

    name: str
    paths: tuple[str, ...]
    features: tuple[str, ...]


def list_suites() -> list[Suite]:
    """List the suites: one per folder of unit and functional tests, and the contracts."""
    suites = []
    for kind in ("unit", "functional"):
        for folder in sorted((ROOT / "tests" / kind).iterdir()):
            if (folder / "__init__.py").exists() and folder.name not in ("local", "openapi"):
                path = str(folder.relative_to(ROOT))
                suites.append(Suite(f"{kind}-{folder.name}", (path,), (folder.name,)))
    everything = tuple(sorted(path.name for path in (ROOT / "functions").iterdir()))
    loose = ("tests/functional/test_readiness.py", "tests/unit/test_stored_records.py")
    return [*suites, Suite(CONTRACTS, ("tests/contract", *loose), everything)]


def measure(suite: Suite, folder: Path) -> SuiteMeasurement:
    """Return which test takes how long; measure it, with the lines, unless that is known."""
    known, lines, report = (folder / f"{suite.name}.{end}" for end in ("json", "lines", "xml"))
    fingerprint = _fingerprint(suite)
    if known.exists():
        measured = msgspec.json.decode(known.read_bytes(), type=SuiteMeasurement)
        if measured.fingerprint == fingerprint:
            return measured
    print(f"measuring {suite.name}", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "coverage.ini"
    configuration.write_text(CONFIGURATION)
    subprocess.run(  # a failing test is found out elsewhere
        [sys.executable, "-m", "coverage", "run", f"--rcfile={configuration}", "-m", "pytest",
         "-q", "-p", "no:cacheprovider", "-p", "tests.mutants.contexts", f"--junitxml={report}",
         *suite.paths],
        cwd=ROOT,
        env=os.environ | {"COVERAGE_FILE": str(lines)},
        check=False,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    measured = SuiteMeasurement(fingerprint, _read_seconds(report))
    known.write_bytes(msgspec.json.encode(measured))
    return measured


class Selector:
    """The tests that run a line."""

    def __init__(self, folder: Path, features: Iterable[str]) -> None:
        wanted = set(features)
        self._seconds: dict[str, float] = {}
        self._lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._of_feature: dict[str, set[str]] = defaultdict(set)
        self._declared: set[str] = set()
        for suite in list_suites():
            if "shared" not in wanted and not wanted & set(suite.features):
                continue
            seconds = measure(suite, folder).seconds
            self._seconds |= seconds
            for feature in suite.features:
                self._of_feature[feature] |= set(seconds)
            if suite.name == CONTRACTS:
                self._declared = set(seconds)
            self._read_lines(folder / f"{suite.name}.lines")

    def select(self, module: str, first: int, last: int) -> list[str]:
        """Return the node ids of tests for a change between two lines, in the order to try them.

        They run the changed statement. Lines that only run while the module is imported are those
        of constants and declarations: a test of the contracts may notice them, or any that runs the
        module. The likely ones come first, and among them the fastest.
        """
        lines, own = self._lines.get(module, {}), self._of_feature[find_feature(module)]
        if is_in_function(module, first):
            first, last = statement_lines(module, first, last)
            found = {test for line in range(first, last + 1) for test in lines.get(line, ())}
            likely = own
        else:
            found = self._declared | (set().union(*lines.values()) or own)
            likely = self._declared
        fastest = sorted(
            found, key=lambda test: (test not in likely, self.get_seconds([test]), test)
        )
        return fastest[:MAX_TESTS]

    def get_seconds(self, tests: Iterable[str]) -> float:
        """Return how long these tests took."""
        return sum(self._seconds.get(test, 0) for test in tests)

    def _read_lines(self, file: Path) -> None:
        data = CoverageData(str(file))
        data.read()
        for module in data.measured_files():
            for line, contexts in data.contexts_by_lineno(module).items():
                self._lines[module][line] |= self._seconds.keys() & contexts


def is_in_function(module: str, line: int) -> bool:
    """Check whether a line belongs to the body of a function, and not only to an import."""
    return any(
        node.body[0].lineno <= line <= (node.end_lineno or 0)
        for node in ast.walk(_parse(module))
        if isinstance(node, ast.FunctionDef)
    )


def statement_lines(module: str, first: int, last: int) -> tuple[int, int]:
    """Return the first and last line of the statement around some lines; of its head, if long."""
    found = (first, last)
    for node in ast.walk(_parse(module)):
        if isinstance(node, ast.stmt) and node.lineno <= first and last <= (node.end_lineno or 0):
            body = getattr(node, "body", None)
            end = body[0].lineno - 1 if body else (node.end_lineno or last)
            if last <= max(end, node.lineno):
                found = (node.lineno, max(end, node.lineno))
    return found


@cache
def _parse(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text())


def _fingerprint(suite: Suite) -> str:
    digest = hashlib.sha256()
    sources = [*suite.paths, "layers/shared/python", "tests/support", "tests/conftest.py"]
    sources += [f"functions/{feature}" for feature in suite.features if feature != "shared"]
    for file in sorted({file for source in sources for file in _list_files(ROOT / source)}):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _list_files(path: Path) -> Iterator[Path]:
    return path.rglob("*.py") if path.is_dir() else iter([path] if path.exists() else [])


def _read_seconds(report: Path) -> dict[str, float]:
    seconds: dict[str, float] = defaultdict(float)
    for case in ElementTree.parse(report).iter("testcase"):  # our own
        name = case.get("name", "").partition("[")[0]
        seconds[_find_node(f"{case.get('classname')}.{name}")] += float(case.get("time", 0))
    return dict(seconds)


@cache
def _find_node(dotted: str) -> str:
    """Return the node id of a test that pytest's report names with dots."""
    parts = dotted.split(".")
    for length in range(len(parts) - 1, 0, -1):
        path = "/".join(parts[:length]) + ".py"
        if (ROOT / path).exists():
            return "::".join([path, *parts[length:]])
    return dotted
