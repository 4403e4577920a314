"""`make` heals a broken .venv, and says what cannot work before it installs anything."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.settings import HOST
from infra.paths import ROOT

NEEDED = ("Makefile", "infra/__init__.py", "infra/application.py", "infra/local")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project that needs no packages."""
    for name in NEEDED:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name)
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "dev.txt").touch()
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": {}}))
    (tmp_path / "node_modules").mkdir()
    return tmp_path


def make(
    project: Path, *arguments: str, python: str | None = sys.executable
) -> subprocess.CompletedProcess[str]:
    # Without the variables of the `make test` that may run this test.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    return subprocess.run(
        ["make", *([f"PYTHON={python}"] if python else []), *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_venv_whose_python_was_removed_is_made_again(project: Path) -> None:
    binaries = project / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").symlink_to("/nowhere/python3.11")
    (project / ".venv" / ".installed").touch()
    result = make(project, "install")
    assert result.returncode == 0, result.stderr
    assert subprocess.run([binaries / "python", "-c", ""], check=False).returncode == 0
    assert (project / ".venv" / ".installed").exists()


def test_a_venv_that_works_needs_no_other_python(project: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", project / ".venv"], check=True)
    old = project / "bin" / "python3"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'Python 3.9' >&2\nexit 1\n")
    old.chmod(0o755)
    result = make(project, "preflight", f"PATH={old.parent}:{os.environ['PATH']}", python=None)
    assert result.returncode == 0, result.stderr


def test_a_taken_port_is_said_before_anything_is_installed(project: Path) -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        result = make(project, "up", f"AWS_PORT={port}")
    assert result.returncode != 0
    assert f"Port {port} is taken by another program" in result.stderr
    assert not (project / ".venv").exists()


def test_a_wrong_node_is_said_before_anything_is_installed(project: Path) -> None:
    node = project / "bin" / "node"
    node.parent.mkdir()
    node.write_text("#!/bin/sh\necho v18.0.0\n")
    node.chmod(0o755)
    result = make(project, "test", f"PATH={node.parent}:{os.environ['PATH']}")
    assert result.returncode != 0
    assert "Node 20.19 or newer is needed, and here is v18.0.0." in result.stderr
    assert not (project / ".venv").exists()


# Modules that open their session in infra/accounts.py, where credentials are compared.
CHECKED = {
    "infra.accounts",
    "infra.configure",
    "infra.destroy",
    "infra.local",
}
TARGET = re.compile(r"^(?P<name>[a-z-]+):.*## .*ENV=.*\n(?P<recipe>(?:\t.*\n)+)", re.M)


def test_a_target_about_an_environment_checks_its_account_first() -> None:
    targets = {each["name"]: each["recipe"] for each in TARGET.finditer(read_makefile())}
    assert targets.keys() >= {"configure", "deploy", "destroy", "diff", "redrive", "rotate-keys"}
    first = {name: re.findall(r"-m (infra[.\w]*)|npx", each) for name, each in targets.items()}
    unchecked = {name: found[0] for name, found in first.items() if found[0] not in CHECKED}
    assert unchecked == {}


def read_makefile() -> str:
    return (ROOT / "Makefile").read_text()
