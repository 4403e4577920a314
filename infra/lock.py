"""Lock files: every requirement resolved to a version with hashes, by `make lock`.

requirements/dev.txt holds all of the project. The file of a bundle (layer.txt, auth.txt, …; of a
function with a bundle of its own, files-inspector.txt) holds
what its zip needs, in the versions of dev.txt, without what the layer already brings.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from infra.paths import FUNCTIONS, LAYER, REQUIREMENTS, ROOT

# What a lock file is for: every platform, from this Python on.
SCOPE = ("--universal", "--python-version=3.11")
# What LocalStack needs excludes Python 3.14, so its lock is for the one it runs on. The packages on
# macOS are the same.
LOCALSTACK_SCOPE = ("--python-platform=linux", "--python-version=3.13")
# The command line of chalice; its runtime, chalice.app, needs the standard library only.
CHALICE_CLI = {
    "blessed", "click", "colorama", "editor", "importlib-resources", "inquirer", "jinxed", "pip",
    "pyyaml", "readchar", "runs", "setuptools", "wcwidth", "wheel", "xmod", "ansicon",
}  # fmt: skip


def main() -> None:
    """Write every lock file."""
    extras = [f"--extra={extra}" for extra in ("infra", "local", "dev")]
    _resolve(ROOT / "pyproject.toml", REQUIREMENTS / "dev.txt", *extras)
    _resolve(REQUIREMENTS / "mongo.in", REQUIREMENTS / "mongo.txt")
    localstack = REQUIREMENTS / "localstack.txt"
    _resolve(REQUIREMENTS / "localstack.in", localstack, scope=LOCALSTACK_SCOPE)
    in_dev = f"--constraints={REQUIREMENTS / 'dev.txt'}"
    _resolve(REQUIREMENTS / "browser.in", REQUIREMENTS / "browser.txt", in_dev)
    _resolve(REQUIREMENTS / "docs.in", REQUIREMENTS / "docs.txt")
    _resolve(REQUIREMENTS / "redis.in", REQUIREMENTS / "redis.txt", "--no-deps")
    layer = REQUIREMENTS / "layer.txt"
    _resolve(LAYER / "requirements.txt", layer, in_dev)
    _remove(layer, CHALICE_CLI)
    brought = _names(layer)
    for requirements in sorted(FUNCTIONS.glob("*/requirements*.txt")):
        lock = lock_of(requirements)
        _resolve(requirements, lock, in_dev)
        _remove(lock, brought)


def _resolve(source: Path, lock: Path, *options: str, scope: Sequence[str] = SCOPE) -> None:
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / lock.name
        if lock.exists():
            output.write_text(lock.read_text())  # uv keeps the versions it finds there
        command = [
            sys.executable, "-m", "uv", "pip", "compile", "--quiet", *scope,
            "--generate-hashes", "--no-header", "--no-annotate",
            *options, str(source), f"--output-file={output}",
        ]  # fmt: skip
        subprocess.run(command, check=True)
        lock.write_text(output.read_text())
    print(f"locked {lock.relative_to(ROOT)}")


def lock_of(requirements: Path) -> Path:
    """Return the lock file of a bundle, by the file that names its requirements."""
    return REQUIREMENTS / requirements.name.replace("requirements", requirements.parent.name, 1)


def lock_entries(lock: Path) -> list[str]:
    """Return the entries of a lock file: a requirement with its hashes each."""
    return re.findall(r"^\S.*(?:\n    .*)*", lock.read_text(), re.MULTILINE)


def name_of(entry: str) -> str:
    """Return the package that an entry is about."""
    return re.split(r"[=;\[ ]", entry)[0].lower()


def _names(lock: Path) -> set[str]:
    return {name_of(entry) for entry in lock_entries(lock)}


def _remove(lock: Path, names: set[str]) -> None:
    kept = [entry for entry in lock_entries(lock) if name_of(entry) not in names]
    lock.write_text("\n".join(kept) + "\n")


if __name__ == "__main__":
    main()
