"""Virtual environment of SecantusDB: the server is GPL, and nothing of ours imports it."""

import sys
from pathlib import Path

from infra.local import virtual_environments
from infra.local.locks import exclusive
from infra.local.settings import Settings, StackError

# SecantusDB 0.7.0b3 has wheels for these.
_OLDEST, _NEWEST = (3, 10), (3, 13)


def ensure(settings: Settings) -> None:
    """Install requirements/mongo.txt into `.venv-mongo`, unless it is already there.

    Raises:
        StackError: There is no SecantusDB for this Python, or the installation failed.
    """
    with exclusive(settings.root / ".local" / "mongo-venv.lock"):
        virtual_environments.ensure(
            settings.mongo_venv,
            _requirements(settings),
            _interpreter,
            "install the MongoDB server into .venv-mongo",
        )


def version(settings: Settings) -> str:
    """Return a text that changes when the requirements do."""
    return virtual_environments.version(_requirements(settings))


def _requirements(settings: Settings) -> Path:
    return settings.root / "requirements" / "mongo.txt"


def _interpreter() -> Path:
    if not _OLDEST <= sys.version_info[:2] <= _NEWEST:
        raise StackError(
            f"The MongoDB server runs on Python {_OLDEST[0]}.{_OLDEST[1]} to "
            f"{_NEWEST[0]}.{_NEWEST[1]}, and this is {sys.version.split()[0]}. "
            "Make .venv with one of those."
        )
    return Path(sys.executable)
