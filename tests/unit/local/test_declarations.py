"""The digest changes with what templates are made from, and with nothing else."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from domain.errors import NotFound
from infra.local import declarations
from infra.paths import ROOT
from shared.http.app import FeatureApp

SOURCE = '''
"""A module."""

LIMIT = 5  # per day


def limit(day: int) -> int:
    """Return the limit."""
    return LIMIT * day
'''


@pytest.mark.parametrize(
    "change",
    [
        ("  # per day", ""),
        ("A module.", "Another text."),
        ("Return the limit.", "Return nothing else."),
        ("\n\n\n", "\n"),
    ],
)
def test_comments_docstrings_and_layout_are_no_code(change: tuple[str, str]) -> None:
    assert declarations.code_of(SOURCE.replace(*change)) == declarations.code_of(SOURCE)


@pytest.mark.parametrize("change", [("5", "6"), ("LIMIT * day", "LIMIT"), ("day", "hour")])
def test_everything_else_is(change: tuple[str, str]) -> None:
    assert declarations.code_of(SOURCE.replace(*change)) != declarations.code_of(SOURCE)


def app(status: int = 200, minutes: int = 1, path: str = "/v1/tests") -> FeatureApp:
    declared = FeatureApp("tests")

    @declared.route(path, methods=["GET"], status=status, errors=(NotFound,))
    def get_test() -> None:
        """Get a test."""

    @declared.schedule(f"rate({minutes} minutes)", name="sweeper")
    def sweeper(event: object) -> None:
        """Sweep."""

    return declared


def test_an_app_is_described_by_what_it_declares() -> None:
    same = declarations.describe(app())
    assert declarations.describe(app()) == same
    for changed in (app(status=201), app(minutes=2), app(path="/v1/others")):
        assert declarations.describe(changed) != same


def test_the_environment_of_the_process_is_not_described(monkeypatch: pytest.MonkeyPatch) -> None:
    before = declarations.describe(app())
    monkeypatch.setenv("ANYTHING", "1")
    assert declarations.describe(app()) == before


def test_a_circle_is_described() -> None:
    ring = SimpleNamespace(name="ring")
    ring.next = ring
    assert declarations.describe(ring) == declarations.describe(ring)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in ("functions", "layers", "infra", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    for name in ("cdk.json", "package-lock.json", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def parts(project: Path) -> set[str]:
    """Return what the digest is made from: a name and a hash per part."""
    script = """
import hashlib
from pathlib import Path
from infra.local import declarations
for part in declarations._parts(Path.cwd()):
    print(part.split()[0], hashlib.sha256(part.encode()).hexdigest())
"""
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=project, capture_output=True, text=True, check=True
    )
    return set(result.stdout.splitlines())


def append(project: Path, additions: dict[str, str]) -> None:
    for name, addition in additions.items():
        with (project / name).open("a") as file:
            file.write(addition)


def test_what_the_digest_of_the_project_is_made_from(project: Path) -> None:
    before = parts(project)
    unimportant = {
        "functions/auth/use_cases/sessions.py": "\n# A comment.\nANYTHING = 1\n",
        "infra/stacks/auth.py": "\n# A comment.\n",
        "infra/local/stack.py": "\nANYTHING = 1\n",
    }
    append(project, unimportant)
    assert parts(project) == before
    important = {
        "functions/auth/app.py": '\n@app.schedule("rate(1 minute)")\ndef tick(event): ...\n',
        "functions/files/store/bucket.py": "\nANYTHING = 1\n",  # infra/stacks/files.py imports it
        "infra/stacks/auth.py": "\nANYTHING = 1\n",
        "layers/shared/python/shared/events/queues.py": "\nANYTHING = 1\n",
        "requirements/auth.txt": "\n# anything\n",
    }
    append(project, important)
    changed = {part.split()[0] for part in parts(project) - before}
    assert changed == {"auth", *important} - {"functions/auth/app.py"}
