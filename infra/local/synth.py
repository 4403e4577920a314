"""Synthesis of the CDK app, skipped while its sources are unchanged.

When only code changed, the templates of an earlier assembly serve again (`infra.local.rebundle`).
The templates do not contain directories and ports, so all local stacks of a project share them.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.file_hashes import hash_files
from infra.local.locks import exclusive
from infra.local.progress import step
from infra.local.settings import ENVIRONMENT, Settings, SourceError

_Result = subprocess.CompletedProcess[str]

# The file beside the templates, and the exit status, of infra.local.rebundle. It is not imported,
# because it imports the features, whose code may not even compile.
DECLARATIONS_FILE = "declarations.sha256"
NO_ASSEMBLY = 3

# Everything the templates and bundles are made from; what is left out only runs them.
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
_NOT_SOURCES = ("infra/local", "infra/localstack")
_KEPT_ASSEMBLIES = 3
_ATTEMPTS = 3


@dataclass(frozen=True)
class Variant:
    """What an endpoint needs of an assembly.

    Attributes:
        bundles: Name of the target that the bundles are built for.
        websockets: Whether the endpoint offers API Gateway v2.
        one_address: Whether it gives functions one IP address for all callers.
    """

    bundles: str = "local"
    websockets: bool = True
    one_address: bool = False

    @property
    def folder(self) -> str:
        """Name of the folder of such assemblies."""
        parts = ("cdk.out", self.bundles, "" if self.websockets else "polling")
        return "cdk.out" if self == MINISTACK else "-".join(filter(None, parts))


MINISTACK = Variant()


def synth(settings: Settings, variant: Variant = MINISTACK) -> Path:
    """Return the cloud assembly of the current sources; run `python -m infra.app` if there is none.

    An assembly lies in a folder named by the hash of its sources and never changes, so another
    command may read it while this one makes the next.

    Raises:
        SourceError: The app failed (with its output), or files were saved all the time.
    """
    base = settings.root / ".local" / variant.folder
    with exclusive(base / "lock"):
        for _ in range(_ATTEMPTS):
            directory = base / source_hash(settings.root)
            if directory.exists():
                return directory
            unfinished = base / "unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            _make(settings.root, base, unfinished, variant)
            # What was saved meanwhile may or may not be in it, so it matches no known sources.
            if source_hash(settings.root) == directory.name:
                os.utime(unfinished)  # a copy has the time of its original, and would be pruned
                unfinished.rename(directory)
                _prune(base)
                return directory
    raise SourceError("The sources change faster than they can be synthesized.")


def source_hash(root: Path) -> str:
    """Return a hash of everything that the assembly is made from."""
    return hash_files(root, _source_files(root))[:16]


def _make(root: Path, base: Path, directory: Path, variant: Variant) -> None:
    """Make the assembly, from an earlier one if their declarations are the same."""
    if variant != MINISTACK:  # its bundles hold libraries, which are not exchanged
        _synthesize(root, directory, variant)
        return
    with step("bundle the code"):
        rebundling = _run(root, "infra.local.rebundle", str(base), str(directory))
    if rebundling.returncode == 0:
        return
    if rebundling.returncode != NO_ASSEMBLY:
        raise SourceError(f"The code cannot be bundled:\n{rebundling.stdout}{rebundling.stderr}")
    _synthesize(root, directory, variant)
    (directory / DECLARATIONS_FILE).write_text(rebundling.stdout.strip())


def _synthesize(root: Path, directory: Path, variant: Variant) -> None:
    variables = {
        "ENV": ENVIRONMENT,
        "CDK_OUTDIR": str(directory),
        "BUNDLES": variant.bundles,
        "WEBSOCKETS": str(int(variant.websockets)),
        "ONE_ADDRESS": str(int(variant.one_address)),
    }
    with step("synthesize the CDK app"):
        result = _run(root, "infra.app", **variables)
    if result.returncode != 0:
        raise SourceError(f"The CDK app failed:\n{result.stdout}{result.stderr}")


def _run(root: Path, module: str, *arguments: str, **variables: str) -> _Result:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=root,
        env={
            **os.environ,
            # jsii's banner about Node 20 would hide the app's own message. It still runs there:
            # the variable takes a list of major versions, the other one any value.
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
            "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1",
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def _prune(base: Path) -> None:
    assemblies = [path for path in base.iterdir() if path.is_dir()]
    assemblies.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for outdated in assemblies[_KEPT_ASSEMBLIES:]:
        shutil.rmtree(outdated)


def _source_files(root: Path) -> Iterator[Path]:
    for name in _SOURCES:
        source = root / name
        for path in source.rglob("*") if source.is_dir() else [source]:
            ignored = "__pycache__" in path.parts or any(
                path.is_relative_to(root / name) for name in _NOT_SOURCES
            )
            if path.is_file() and not ignored:
                yield path
