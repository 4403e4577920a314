"""Bundles: the folders that become the zips of the layer and the functions.

    python -m infra.bundling            build every bundle for AWS, into .local/build/aws/

The bundle of a function holds `<group>/` and what its requirements.txt names. The layer holds
`python/` with `domain`, `shared` and what layers/shared/requirements.txt names. Bundles for the
local stack leave the dependencies out, because MiniStack runs functions with the Python of .venv.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from infra import features, openapi, service_models
from infra.lock import lock_entries, name_of
from infra.paths import FUNCTIONS, LAYER, REQUIREMENTS, ROOT, SWAGGER_UI

LAYER_NAME = "layer"
LAYER_PACKAGES = ("domain", "shared")
# Published as source only; pure Python, so what is built here runs there.
SOURCE_ONLY = {"http-ece"}
SHIPPED_DOCS = ("swagger-ui.css", "swagger-ui-bundle.js")


@dataclass(frozen=True)
class Target:
    """Platform and Python version that a bundle is built for."""

    name: str
    pip_options: tuple[str, ...] | None  # None: without dependencies

    @property
    def folder(self) -> Path:
        """Folder that holds the bundles of this target."""
        return ROOT / ".local" / "build" / self.name


LOCAL = Target("local", None)
HOST = Target("host", ())
AWS = Target(
    "aws",
    (
        "--platform=manylinux2014_aarch64",
        "--platform=manylinux_2_28_aarch64",
        "--python-version=3.13",
        "--implementation=cp",
    ),
)


def layer(target: Target) -> Path:
    """Build the folder of the layer and return it."""
    folder = _fresh(target, LAYER_NAME)
    for package in LAYER_PACKAGES:
        _copy_sources(LAYER / "python" / package, folder / "python" / package)
    _install(LAYER_NAME, folder / "python", target)
    service_models.trim(folder / "python")
    return folder


def function(group: str, target: Target) -> Path:
    """Build the folder of a function group and return it."""
    folder = _fresh(target, group)
    _copy_sources(FUNCTIONS / group, folder / group)
    if group == "gateway":
        _ship_documents(folder / group / "shipped")
    _install(group, folder, target)
    return folder


def _fresh(target: Target, name: str) -> Path:
    folder = target.folder / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _copy_sources(source: Path, destination: Path) -> None:
    ignored = shutil.ignore_patterns(
        "__pycache__", "*.pyc", "requirements.txt", "py.typed", "README.md"
    )
    shutil.copytree(source, destination, ignore=ignored)


def _ship_documents(folder: Path) -> None:
    folder.mkdir()
    (folder / "openapi.json").write_text(openapi.text())
    for name in SHIPPED_DOCS:
        # The comment at the end names a source map that is not shipped.
        script = (SWAGGER_UI / name).read_text()
        (folder / name).write_text(re.sub(r"(//|/\*)# sourceMappingURL=.*", "", script))


def _install(bundle: str, folder: Path, target: Target) -> None:
    lock = REQUIREMENTS / f"{bundle}.txt"
    if target.pip_options is None or not lock.exists():
        return
    entries = lock_entries(lock)
    wheels = [entry for entry in entries if name_of(entry) not in SOURCE_ONLY]
    sources = [entry for entry in entries if name_of(entry) in SOURCE_ONLY]
    _pip_install(wheels, folder, "--only-binary=:all:", *target.pip_options)
    _pip_install(sources, folder)
    shutil.rmtree(folder / "bin", ignore_errors=True)


def _pip_install(entries: list[str], folder: Path, *options: str) -> None:
    if not entries:
        return
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listing:
        listing.write("\n".join(entries))
        listing.flush()
        command = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        command += ["--require-hashes", "--no-deps", "--no-compile", "--target", str(folder)]
        subprocess.run([*command, *options, "--requirement", listing.name], check=True)


if __name__ == "__main__":
    for path in [layer(AWS), *(function(group, AWS) for group in features.names())]:
        print(path.relative_to(ROOT))
