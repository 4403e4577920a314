"""Every program of infra/ starts in a process of its own, where only the project is on the path."""

import os
import subprocess
import sys

import pytest

from infra.paths import ROOT


@pytest.mark.parametrize("module", ["infra.local.__main__", "infra.configure"])
def test_a_program_finds_all_that_it_imports(module: str) -> None:
    without_path = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ended = subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        cwd=ROOT,
        env=without_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
