"""What cannot work is said before anything is installed or stopped."""

import ast
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local import preflight
from infra.local.settings import HOST, PROJECT_ROOT


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 4), (3, 13, 9)])
def test_pythons_that_work(version: tuple[int, ...]) -> None:
    assert preflight.check_python(version) is None


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 10, 14), (3, 14, 0), (4, 0, 0)])
def test_pythons_that_do_not(version: tuple[int, ...]) -> None:
    problem = preflight.check_python(version)
    assert problem is not None
    assert f"is {version[0]}.{version[1]}." in problem
    assert "PYTHON=" in problem


@pytest.mark.parametrize("output", ["v20.19.0", "v20.20.1", "v22.0.0", "v100.1.0"])
def test_nodes_that_work(output: str) -> None:
    assert preflight.check_node(output) is None


@pytest.mark.parametrize("output", ["v20.18.3", "v18.20.0", "v9.9.9", "", None])
def test_nodes_that_do_not(output: str | None) -> None:
    assert preflight.check_node(output) == (
        f"Node 20.19 or newer is needed, and here is {output or 'none'}."
    )


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    # -S: as on a machine where nothing is installed.
    return subprocess.run(
        [sys.executable, "-S", "-m", "infra.local.preflight", *arguments],
        cwd=PROJECT_ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_taken_port_is_said_without_anything_installed(tmp_path: Path) -> None:
    free = {
        name: str(port)
        for name, port in zip(("MONGO_PORT", "INBOX_PORT", "SMTP_PORT"), free_ports(3), strict=True)
    }
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        environment = {"LOCAL_DIR": str(tmp_path), "AWS_PORT": str(port), **free}
        taken = run(environment, "ports")
        assert (taken.returncode, taken.stdout) == (1, "")
        assert taken.stderr.startswith(f"Port {port} is taken by another program")
        assert run(environment).returncode == 0
    assert run(environment, "ports").returncode == 0


def test_an_old_python_can_parse_it() -> None:
    ast.parse(Path(preflight.__file__).read_text(), feature_version=(3, 6))


def test_an_old_node_is_said(tmp_path: Path) -> None:
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\necho v18.0.0\n")
    node.chmod(0o755)
    result = run({"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert (result.returncode, result.stderr) == (
        1,
        "Node 20.19 or newer is needed, and here is v18.0.0.\n",
    )


def free_ports(number: int) -> list[int]:
    listeners = [socket.create_server((HOST, 0)) for _ in range(number)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports
