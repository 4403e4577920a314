"""Synthesis of the CDK app, skipped while its sources are unchanged.

The templates do not contain directories and ports, so all local stacks of a project share them.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.local.locks import exclusive
from infra.local.progress import step
from infra.local.settings import ENVIRONMENT, Settings, StackError

# Everything the templates and bundles are made from; `infra/local` only runs them.
_SOURCES = (
    "functions",
    "layers",
    "events",
    "infra",
    "requirements",
    "cdk.json",
    "docs/openapi.json",
    "package-lock.json",
    "pyproject.toml",
)
_NOT_SOURCES = "infra/local"
_KEPT_ASSEMBLIES = 3
_ATTEMPTS = 3


def synth(settings: Settings) -> Path:
    """Return the cloud assembly of the current sources; run `python -m infra.app` if there is none.

    An assembly lies in a folder named by the hash of its sources and never changes, so another
    command may read it while this one makes the next.

    Raises:
        StackError: The app failed (with its output), or files were saved all the time.
    """
    base = settings.root / ".local" / "cdk.out"
    with exclusive(base / "lock"):
        for _ in range(_ATTEMPTS):
            directory = base / source_hash(settings.root)
            if directory.exists():
                return directory
            with step("synthesize the CDK app"):
                unfinished = base / "unfinished"
                shutil.rmtree(unfinished, ignore_errors=True)
                _run_app(settings.root, unfinished)
            # What was saved meanwhile may or may not be in it, so it matches no known sources.
            if source_hash(settings.root) == directory.name:
                unfinished.rename(directory)
                _prune(base)
                return directory
    raise StackError("The sources change faster than they can be synthesized.")


def source_hash(root: Path) -> str:
    """Return a hash of everything that the assembly is made from."""
    digest = hashlib.sha256()
    for path in sorted(_source_files(root)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root)}\0{content}\n".encode())
    return digest.hexdigest()[:16]


def _run_app(root: Path, directory: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "infra.app"],
        cwd=root,
        env={
            **os.environ,
            "ENV": ENVIRONMENT,
            "CDK_OUTDIR": str(directory),
            # jsii's banner about Node 20 would hide the app's own message. It still runs there:
            # the variable takes a list of major versions, the other one any value.
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
            "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise StackError(f"The CDK app failed:\n{result.stdout}{result.stderr}")


def _prune(base: Path) -> None:
    assemblies = [path for path in base.iterdir() if path.is_dir()]
    assemblies.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for outdated in assemblies[_KEPT_ASSEMBLIES:]:
        shutil.rmtree(outdated)


def _source_files(root: Path) -> Iterator[Path]:
    for name in _SOURCES:
        source = root / name
        for path in source.rglob("*") if source.is_dir() else [source]:
            ignored = "__pycache__" in path.parts or path.is_relative_to(root / _NOT_SOURCES)
            if path.is_file() and not ignored:
                yield path
