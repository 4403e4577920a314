"""Virtual environment of SecantusDB: the server is GPL, and nothing of ours imports it."""

import hashlib
import subprocess
import sys
from pathlib import Path

from infra.local.locks import exclusive
from infra.local.progress import step
from infra.local.settings import Settings, StackError

# SecantusDB 0.7.0b3 has wheels for these.
_OLDEST, _NEWEST = (3, 10), (3, 13)


def ensure(settings: Settings) -> None:
    """Install requirements/mongo.txt into `.venv-mongo`, unless it is already there.

    Raises:
        StackError: There is no SecantusDB for this Python, or the installation failed.
    """
    stamp = settings.mongo_venv / "installed.sha256"
    wanted = version(settings)
    with exclusive(settings.root / ".local" / "mongo-venv.lock"):
        if not stamp.exists() or stamp.read_text() != wanted:
            with step("install the MongoDB server into .venv-mongo"):
                _install(settings.mongo_venv, _requirements(settings))
            stamp.write_text(wanted)


def version(settings: Settings) -> str:
    """Return a text that changes when the requirements do."""
    return hashlib.sha256(_requirements(settings).read_bytes()).hexdigest()


def _requirements(settings: Settings) -> Path:
    return settings.root / "requirements" / "mongo.txt"


def _install(venv: Path, requirements: Path) -> None:
    if not _OLDEST <= sys.version_info[:2] <= _NEWEST:
        raise StackError(
            f"The MongoDB server runs on Python {_OLDEST[0]}.{_OLDEST[1]} to "
            f"{_NEWEST[0]}.{_NEWEST[1]}, and this is {sys.version.split()[0]}. "
            "Make .venv with one of those."
        )
    _run(sys.executable, "-m", "venv", "--clear", str(venv))
    pip = (str(venv / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check")
    _run(*pip, "install", "--require-hashes", "--requirement", str(requirements))


def _run(*command: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise StackError(f"{' '.join(command)} failed:\n{result.stdout}{result.stderr}")
