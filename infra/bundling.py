"""Bundles: the folders that become the zips of the layer and the functions.

    python -m infra.bundling            build every bundle for AWS, into .local/build/aws/

The bundle of a function holds `<group>/` and what its requirements.txt names. A function with
libraries of its own has a bundle of its own, with what requirements-<function>.txt names instead,
so that no other function of the group pays for them. The layer holds
`python/` with `domain`, `shared` and what layers/shared/requirements.txt names. Of the libraries
only that ships which `infra.shipped_packages` names, and bundles for AWS hold bytecode, because
Lambda could not keep what it compiles. Bundles for the local stack leave the libraries out, because
MiniStack runs functions with the Python of .venv.
"""

import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from infra import bytecode, features, openapi, service_models, shipped_packages
from infra.file_hashes import hash_files
from infra.lock import lock_entries
from infra.paths import FUNCTIONS, LAYER, REQUIREMENTS, ROOT, SWAGGER_UI

# Version of the Lambda runtime.
AWS_PYTHON = "3.13"
LAYER_NAME = "layer"
LAYER_PACKAGES = ("domain", "shared")
# Libraries as they ship, by the hash of what they were made of.
LIBRARIES = ROOT / ".local" / "build" / "libraries"
# Where Lambda unpacks the zips of the layer and of functions.
LAYER_ROOT, FUNCTION_ROOT = "/opt/python", "/var/task"
SHIPPED_DOCS = ("swagger-ui.css", "swagger-ui-bundle.js")


@dataclass(frozen=True)
class Target:
    """Platform and Python version that a bundle is built for.

    Attributes:
        name: Name of the folder of its bundles.
        pip_options: Platform whose wheels are installed; None for bundles without libraries.
        bytecode: Version of the Python that compiles the bundles; None for bundles of sources.
        parent: Where the folder of its bundles is.
    """

    name: str
    pip_options: tuple[str, ...] | None
    bytecode: str | None = None
    parent: Path = ROOT / ".local" / "build"

    @property
    def folder(self) -> Path:
        """Folder that holds the bundles of this target."""
        return self.parent / self.name


LOCAL = Target("local", None)
HOST = Target("host", (), f"{sys.version_info.major}.{sys.version_info.minor}")
AWS = Target(
    "aws",
    (
        "--platform=manylinux2014_aarch64",
        "--platform=manylinux_2_28_aarch64",
        f"--python-version={AWS_PYTHON}",
        "--implementation=cp",
    ),
    AWS_PYTHON,
)


def _container() -> Target:
    """Return the target of bundles for Linux on this machine's processor."""
    machine = {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
    options = (
        f"--platform=manylinux2014_{machine}",
        f"--platform=manylinux_2_28_{machine}",
        f"--python-version={AWS_PYTHON}",
        "--implementation=cp",
    )
    return Target("container", options)


CONTAINER = _container()
# Functions that are processes of this machine, run by a Python of Lambda's version.
PROCESS = Target("process", (f"--python-version={AWS_PYTHON}", "--implementation=cp"))
TARGETS = {target.name: target for target in (LOCAL, CONTAINER, PROCESS, AWS)}


def layer(target: Target) -> Path:
    """Build the folder of the layer and return it.

    Raises:
        NoPython: No Python on this machine can compile the bytecode of the target.
    """
    folder = _fresh(target, LAYER_NAME)
    modules = folder / "python"
    for package in LAYER_PACKAGES:
        _copy_sources(LAYER / "python" / package, modules / package)
    _add_libraries(LAYER_NAME, modules, target, LAYER_ROOT)
    _compile(modules, LAYER_PACKAGES, target, LAYER_ROOT)
    return folder


def list_bundles(group: str) -> list[str]:
    """List the bundles of a function group: the group's, and those of single functions."""
    own = (FUNCTIONS / group).glob("requirements-*.txt")
    return [group, *sorted(path.stem.replace("requirements", group, 1) for path in own)]


def function(bundle: str, target: Target) -> Path:
    """Build the folder of a bundle of functions (`list_bundles`) and return it.

    Raises:
        NoPython: No Python on this machine can compile the bytecode of the target.
    """
    group, folder = group_of(bundle), _fresh(target, bundle)
    _copy_sources(FUNCTIONS / group, folder / group)
    if group == "gateway":
        _ship_documents(folder / group / "shipped")
    _add_libraries(bundle, folder, target, FUNCTION_ROOT)
    _compile(folder, (group,), target, FUNCTION_ROOT)
    return folder


def list_all() -> list[str]:
    """List the bundles of all functions."""
    return [bundle for group in features.names() for bundle in list_bundles(group)]


def group_of(bundle: str) -> str:
    """Return the group of a bundle of functions."""
    return bundle.partition("-")[0]


def content_hash(folder: Path) -> str:
    """Return a hash of a bundle: of the names and contents of its files.

    The CDK would keep its own hashes in the home directory, by inode, time and size of each file.
    Bundles are made again in the same place, by copies with the times of their originals, so the
    hash of an earlier bundle could be taken for that of the present one, which were not deployed.
    """
    return hash_files(folder, (path for path in folder.rglob("*") if path.is_file()))


def asset_hash(folder: Path) -> str:
    """Return the name that the CDK gives to the asset of a bundle with this `content_hash`."""
    return hashlib.sha256(content_hash(folder).encode()).hexdigest()


def _fresh(target: Target, name: str) -> Path:
    folder = target.folder / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _copy_sources(source: Path, destination: Path) -> None:
    ignored = shutil.ignore_patterns(
        "__pycache__", "*.pyc", "requirements*.txt", "py.typed", "README.md"
    )
    shutil.copytree(source, destination, ignore=ignored)


def _ship_documents(folder: Path) -> None:
    folder.mkdir()
    (folder / "openapi.json").write_text(openapi.text())
    for name in SHIPPED_DOCS:
        # The comment at the end names a source map that is not shipped.
        script = (SWAGGER_UI / name).read_text()
        (folder / name).write_text(re.sub(r"(//|/\*)# sourceMappingURL=.*", "", script))


def _compile(folder: Path, own: tuple[str, ...], target: Target, shown_as: str) -> None:
    if target.bytecode is not None:
        python = bytecode.find_python(target.bytecode)
        bytecode.compile_own(folder, own, python, shown_as)


def _add_libraries(bundle: str, folder: Path, target: Target, shown_as: str) -> None:
    """Add what the lock file of a bundle names, installed once for all builds of the same."""
    lock = REQUIREMENTS / f"{bundle}.txt"
    if target.pip_options is None or not lock.exists():
        return
    made_of = [
        lock,
        *(Path(module.__file__ or "") for module in (bytecode, service_models, shipped_packages)),
    ]
    digest = hashlib.sha256(repr((target.pip_options, target.bytecode)).encode())
    for path in made_of:
        digest.update(path.read_bytes())
    installed = LIBRARIES / f"{bundle}-{digest.hexdigest()[:16]}"
    if not installed.exists():
        LIBRARIES.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=LIBRARIES) as temporary:
            built = Path(temporary) / "built"
            built.mkdir()
            _install(lock, built, target, shown_as)
            with suppress(OSError):  # another process was faster
                built.rename(installed)
    shutil.copytree(installed, folder, dirs_exist_ok=True)


def _install(lock: Path, folder: Path, target: Target, shown_as: str) -> None:
    _pip_install(lock_entries(lock), folder, "--only-binary=:all:", *(target.pip_options or ()))
    shipped_packages.trim(folder)
    if target.bytecode is not None:
        python = bytecode.find_python(target.bytecode)
        bytecode.compile_libraries(folder, python, shown_as)


def _pip_install(entries: list[str], folder: Path, *options: str) -> None:
    if not entries:
        return
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listing:
        listing.write("\n".join(entries))
        listing.flush()
        command = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        command += ["--require-hashes", "--no-deps", "--no-compile", "--target", str(folder)]
        subprocess.run([*command, *options, "--requirement", listing.name], check=True)


def main() -> None:
    """Build every bundle for AWS and print their folders."""
    for path in [layer(AWS), *(function(bundle, AWS) for bundle in list_all())]:
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    try:
        main()
    except bytecode.NoPython as error:
        sys.exit(str(error))
