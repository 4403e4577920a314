"""A copy of this project, to be changed by a test."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra.paths import ROOT

# The feature of docs/adding-a-feature.md, which somebody may be trying just now.
EXAMPLE = "ratings"
# What is installed is linked, what is built is left out.
INSTALLED = (".venv", "node_modules", "docs/examples/web/node_modules")
LEFT_OUT = (
    ".git",
    ".hypothesis",
    ".import_linter_cache",
    ".local",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv*",
    "*.egg-info",
    "__pycache__",
    "build",
    "cdk.out",
    "dist",
    "node_modules",
)


def copy_to(project: Path) -> Path:
    """Copy the project into a folder that does not exist yet, ready to run its commands."""
    shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
    for name in INSTALLED:
        if (ROOT / name).exists():
            (project / name).symlink_to((ROOT / name).resolve())
    if (project / "functions" / EXAMPLE).exists():
        python(project, "-m", "infra.new_feature", "remove", EXAMPLE)
    return project


def run(project: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a project and return how it ended."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    return subprocess.run(
        command,
        cwd=project,
        env={**environment, "PATH": _path(), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def python(project: Path, *arguments: str, **variables: str) -> str:
    """Run Python in a project and return what it prints; fails where the program does."""
    ended = run(project, sys.executable, *arguments, **variables)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def contents(project: Path) -> dict[str, bytes]:
    """Return every file of a project that somebody wrote or that is generated, by its path."""
    ignored = shutil.ignore_patterns(*LEFT_OUT)
    found: dict[str, bytes] = {}
    for folder, folders, names in os.walk(project):
        skipped = ignored(folder, [*folders, *names])
        folders[:] = [name for name in folders if name not in skipped]
        for name in names:
            path = Path(folder, name)
            if name not in skipped and not path.is_symlink():
                found[path.relative_to(project).as_posix()] = path.read_bytes()
    return found


def _path() -> str:
    """Return the search path, with this Python's own commands first."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
