"""Zips: each imports with the layer and its own requirements, and nothing else."""

import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from infra import bundling, features
from infra.lock import lock_entries, name_of
from infra.paths import FUNCTIONS, LAYER, REQUIREMENTS, ROOT

# An interpreter without site-packages: the standard library, the layer, the zip, in this order.
IMPORT = """
import sys
stdlib = [path for path in sys.path if path and "site-packages" not in path]
sys.path = {folders!r} + stdlib
import {group}.app
for handler in {handlers!r}:
    assert callable(getattr({group}.app, handler)), handler
foreign = [
    name for name, module in sys.modules.items()
    if "site-packages" in (getattr(module, "__file__", None) or "")
]
assert not foreign, foreign
"""


@pytest.fixture(scope="module")
def layer() -> Path:
    return bundling.layer(bundling.HOST)


def handlers(group: str) -> list[str]:
    app = features.load(group)
    names = [source.handler_string.rpartition(".")[2] for source in app.event_sources]
    others: list[Any] = [*app.builtin_auth_handlers, *app.pure_lambda_functions]
    names += [other.handler_string.rpartition(".")[2] for other in others]
    return [*names, "app"] if app.routes else names


@pytest.mark.parametrize("group", features.names())
def test_a_zip_imports_with_only_what_it_declares(group: str, layer: Path) -> None:
    bundle = bundling.function(group, bundling.HOST)
    script = IMPORT.format(
        folders=[str(layer / "python"), str(bundle)], group=group, handlers=handlers(group)
    )
    assert sysconfig.get_paths()["purelib"] in sys.path  # else this test would prove nothing
    environment = {"AWS_REGION": "us-east-1", "HOME": str(ROOT)}
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("declared", "bundle"),
    [(LAYER / "requirements.txt", "layer")]
    + [(path, path.parent.name) for path in FUNCTIONS.glob("*/requirements.txt")],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_declared_requirement_is_locked(declared: Path, bundle: str) -> None:
    locked = {
        name_of(entry)
        for lock in ("layer", bundle)
        for entry in lock_entries(REQUIREMENTS / f"{lock}.txt")
    }
    assert {name_of(requirement) for requirement in declared.read_text().split()} <= locked


def test_bundles_for_aws_hold_wheels_of_the_target_runtime(tmp_path: Path) -> None:
    target = bundling.AWS
    assert "--python-version=3.13" in (target.pip_options or ())
    bundle = bundling.function("auth", target)
    libraries = [path.name for path in bundle.rglob("*.so")]
    assert libraries
    assert all("aarch64" in name or "abi3" in name for name in libraries), libraries


def test_lock_files_name_no_registry_and_hash_everything() -> None:
    for lock in REQUIREMENTS.glob("*.txt"):
        entries = lock_entries(lock)
        assert entries, lock.name
        assert all("==" in entry and "--hash=sha256:" in entry for entry in entries), lock.name
        assert "://" not in lock.read_text()
    assert "resolved" not in (ROOT / "package-lock.json").read_text()
