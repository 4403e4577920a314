"""Bytecode of bundles: compiled when they are built, because Lambda's folders are read-only.

The `.pyc` files hold the hash of their source instead of its time, and are never compared with it
(PEP 552, "unchecked hash"): the times of the files in a zip are not those of the sources.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path


class NoPython(Exception):
    """This machine has no Python of the version that a bundle is built for."""


@cache
def find_python(version: str) -> str:
    """Return the path of an interpreter of this version, such as `3.13`.

    Looked for in this order: the interpreter that runs this, PATH, what `uv` and `pyenv` installed.

    Raises:
        NoPython: There is none. The message says how to get it.
    """
    for candidate in _candidates(version):
        if _version_of(candidate) == version:
            return candidate
    raise NoPython(
        f"Bundles for AWS need Python {version}, which compiles them, and none was found. Put "
        f"python{version} on PATH, or run `.venv/bin/python -m uv python install {version}`."
    )


def compile_own(folder: Path, names: Iterable[str], python: str, shown_as: str) -> None:
    """Compile our own packages in a folder.

    Their sources stay beside the bytecode, so that tracebacks show lines.

    Args:
        folder: The folder, as it is on sys.path.
        names: Names of the packages.
        python: The interpreter that compiles.
        shown_as: Path of the folder in tracebacks.

    Raises:
        subprocess.CalledProcessError: A source cannot be compiled; its error is printed.
    """
    _compile(folder, names, python, shown_as)


def compile_libraries(folder: Path, python: str, shown_as: str) -> None:
    """Replace the sources of the libraries in a folder by their bytecode.

    Tracebacks name files and line numbers, and do not show the lines: the sources would make the
    bundles of libraries almost twice as large.
    """
    _compile(folder, sorted(entry.name for entry in folder.iterdir()), python, shown_as, "-b")
    for source in folder.rglob("*.py"):
        source.unlink()


def _compile(folder: Path, names: Iterable[str], python: str, shown_as: str, *options: str) -> None:
    """Compile so that the same sources make the same bytes."""
    command = [python, "-S", "-m", "compileall", "-q", "-f", "--invalidation-mode=unchecked-hash"]
    command += [f"-s{folder}", f"-p{shown_as}", *options]
    subprocess.run(
        [*command, *(str(folder / name) for name in names)],
        env={"PYTHONHASHSEED": "0"},  # the order of the constants of a set depends on it
        check=True,
    )


def _candidates(version: str) -> Iterator[str]:
    yield sys.executable
    for directory in os.get_exec_path():
        if found := shutil.which(f"python{version}", path=directory):
            yield found
    command = [sys.executable, "-m", "uv", "python", "find", "--managed-python", version]
    found_by_uv = subprocess.run(command, capture_output=True, text=True, check=False)
    if found_by_uv.returncode == 0:
        yield found_by_uv.stdout.strip()
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob(f"versions/{version}*/bin/python{version}")))


def _version_of(python: str) -> str | None:
    """Return the version of an interpreter; None if it does not run, as a shim of pyenv may not."""
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        result = subprocess.run(
            [python, "-S", "-c", script], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return result.stdout.strip() if result.returncode == 0 else None
