"""Virtual environments of programs that none of our code imports."""

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

from infra.local.progress import step
from infra.local.settings import StackError


def ensure(
    venv: Path, requirements: Path, find_interpreter: Callable[[], Path], title: str
) -> None:
    """Install the requirements into a fresh environment, unless they are there already.

    Args:
        venv: Folder of the environment.
        requirements: Lock file with hashes.
        find_interpreter: Returns the Python to make it with; called only when it is due.
        title: What people read meanwhile.

    Raises:
        StackError: There is no Python for it, or the installation failed.
    """
    stamp = venv / "installed.sha256"
    wanted = version(requirements)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    interpreter = find_interpreter()
    with step(title):
        _run(str(interpreter), "-m", "venv", "--clear", str(venv))
        pip = (str(venv / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check")
        _run(*pip, "install", "--require-hashes", "--requirement", str(requirements))
    stamp.write_text(wanted)


def version(requirements: Path) -> str:
    """Return a text that changes when the requirements do."""
    return hashlib.sha256(requirements.read_bytes()).hexdigest()


def _run(*command: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise StackError(f"{' '.join(command)} failed:\n{result.stdout}{result.stderr}")
