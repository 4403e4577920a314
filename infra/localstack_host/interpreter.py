"""Python 3.13 on this machine: what LocalStack and the functions on it run on."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from infra.local.settings import StackError

VERSION = "3.13"
_COMMAND = f"python{VERSION}"
# Debian leaves ensurepip out of its python3.13 package; pyenv's commands exist for every version,
# and fail for those that are not in use.
_CHECK = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
_SECONDS = 30


def find(
    environment: Mapping[str, str] = os.environ,
    home: Path | None = None,
    works: Callable[[Path], bool] | None = None,
) -> Path:
    """Return the first Python 3.13 that can make virtual environments.

    Args:
        environment: Variables of the shell: LOCALSTACK_PYTHON, PATH and PYENV_ROOT.
        home: Home directory; below it are the versions of pyenv and uv.
        works: Whether an interpreter will do; runs it if it is not given.

    Raises:
        StackError: There is none, or LOCALSTACK_PYTHON names something else.
    """
    works = works or _works
    named = environment.get("LOCALSTACK_PYTHON")
    if named:
        if works(Path(named)):
            return Path(named)
        raise StackError(f"LOCALSTACK_PYTHON={named} is no Python {VERSION} that has venv and pip.")
    for candidate in _candidates(environment, home or Path.home()):
        if works(candidate):
            return candidate
    raise StackError(
        f"LocalStack needs Python {VERSION} with venv, and this machine has none. Install it:\n"
        f"    Debian, Ubuntu   apt install python{VERSION} python{VERSION}-venv\n"
        f"    pyenv            pyenv install {VERSION}\n"
        f"    uv               .venv/bin/uv python install {VERSION}\n"
        f"or name it: make test-localstack LOCALSTACK_PYTHON=/path/to/{_COMMAND}"
    )


def _candidates(environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    on_path = shutil.which(_COMMAND, path=environment.get("PATH"))
    if on_path:
        yield Path(on_path)
    pyenv = Path(environment.get("PYENV_ROOT") or home / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{VERSION}.*/bin/{_COMMAND}"), reverse=True)
    uv = home / ".local" / "share" / "uv" / "python"
    yield from sorted(uv.glob(f"cpython-{VERSION}.*/bin/{_COMMAND}"), reverse=True)
    for folder in ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"):
        candidate = Path(folder) / _COMMAND
        if candidate.exists():
            yield candidate


def _works(interpreter: Path) -> bool:
    try:
        result = subprocess.run(
            [interpreter, "-c", _CHECK],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.stdout.strip() == VERSION
