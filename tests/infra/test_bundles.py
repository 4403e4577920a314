"""Bundles: each runs with what it ships and nothing else, from bytecode, and is small."""

import ast
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_s3_assets as assets

from infra import bundling, bytecode, features, shipped_packages
from infra.lock import lock_entries, lock_of, name_of
from infra.paths import FUNCTIONS, LAYER, REQUIREMENTS, ROOT
from tests.bench import first_answers, warm_requests
from tests.infra import exercises

# Unzipped, in bytes. Lambda takes 250 MB, but what is large is also slow to start.
# The inspector is off the request path, and its decoders are large (docs/adr/0090).
LIMITS = {"layer": 12_000_000, "notifications": 30_000_000, "files-inspector": 150_000_000}
LIMIT_OF_OTHERS = 25_000_000

# PEP 552: flags of a .pyc that holds the hash of its source, and is never compared with it.
UNCHECKED_HASH = b"\1\0\0\0"

# An interpreter without site-packages: the layer, the bundle, then the standard library.
IMPORT = """
import sys
from importlib import _bootstrap_external

folders = {folders!r}
compiled = []

source_to_code = _bootstrap_external.SourceLoader.source_to_code

def recorded(self, data, path, **options):
    compiled.append(path)
    return source_to_code(self, data, path, **options)

_bootstrap_external.SourceLoader.source_to_code = recorded
sys.path[:0] = folders
import {group}.app
for handler in {handlers!r}:
    assert callable(getattr({group}.app, handler)), handler
ours = [path for path in compiled if any(path.startswith(folder) for folder in folders)]
assert not ours, ours
foreign = [
    name for name, module in sys.modules.items()
    if "site-packages" in (getattr(module, "__file__", None) or "")
]
assert not foreign, foreign
"""
EXERCISES = [
    ("layer", "create_clients"),
    ("layer", "call_dynamodb"),
    ("layer", "call_aws"),
    ("layer", "write_logs"),
    ("layer", "create_ids"),
    ("layer", "read_zones"),
    ("auth", "hash_passwords"),
    ("auth", "check_addresses"),
    ("auth", "verify_tokens"),
    ("auth", "seal_signing_keys"),
    ("auth", "verify_passkeys"),
    ("auth", "sign_in_with_providers"),
    ("authorizer", "verify_tokens"),
    ("appointments", "read_calendars"),
    ("appointments", "read_zones"),
    ("files-inspector", "make_images"),
    ("files-inspector", "read_films"),
    ("files-inspector", "read_pdfs"),
    ("files-inspector", "guess_types"),
    ("messaging", "connect_to_mongodb"),
    ("notifications", "connect_to_mongodb"),
    ("notifications", "render_templates"),
    ("notifications", "read_zones"),
    ("profiles", "read_zones"),
    ("social", "seal_tokens"),
    ("social", "read_calendars"),
    ("notifications", "parse_phone_numbers"),
    ("notifications", "send_sms"),
    ("notifications", "send_push"),
    ("notifications", "compose_mail"),
]

Bundles = dict[str, Path]


def build(target: bundling.Target) -> Bundles:
    bundles = {bundle: bundling.function(bundle, target) for bundle in bundling.list_all()}
    return bundles | {"layer": bundling.layer(target)}


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Bundles:
    """Build every bundle for this machine."""
    return build(replace(bundling.HOST, parent=tmp_path_factory.mktemp("bundles")))


@pytest.fixture(scope="session")
def aws_python() -> str:
    """Return the version that compiles for AWS here: that of Lambda, or ours if it is missing."""
    try:
        bytecode.find_python(bundling.AWS_PYTHON)
    except bytecode.NoPython:
        return bundling.HOST.bytecode or ""
    return bundling.AWS_PYTHON


@pytest.fixture(scope="session")
def for_aws(tmp_path_factory: pytest.TempPathFactory, aws_python: str) -> Bundles:
    """Build every bundle for AWS."""
    folder = tmp_path_factory.mktemp("bundles")
    return build(replace(bundling.AWS, bytecode=aws_python, parent=folder))


def modules(bundles: Bundles, group: str) -> list[str]:
    """Return what Lambda puts on sys.path for a group, or for the layer alone."""
    layer = str(bundles["layer"] / "python")
    return [layer] if group == "layer" else [layer, str(bundles[group])]


def run(*arguments: str) -> None:
    assert sysconfig.get_paths()["purelib"] in sys.path  # else this would prove nothing
    result = subprocess.run(
        [sys.executable, "-I", "-S", *arguments],
        env={
            "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "HOME": str(ROOT),
            "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
            "_HANDLER": "group.app.app",  # as of the function that serves a group's routes
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


def handlers(group: str) -> list[str]:
    app = features.load(group)
    names = [source.handler_string.rpartition(".")[2] for source in app.event_sources]
    others: list[Any] = [*app.builtin_auth_handlers, *app.pure_lambda_functions]
    names += [other.handler_string.rpartition(".")[2] for other in others]
    return [*names, "app"] if app.routes else names


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("bundle", bundling.list_all())
def test_every_handler_is_imported_from_the_bytecode_of_its_bundle(
    bundle: str, host: Bundles
) -> None:
    group = bundling.group_of(bundle)
    before = {folder: set(files(Path(folder))) for folder in modules(host, bundle)}
    run(
        "-c",
        IMPORT.format(folders=modules(host, bundle), group=group, handlers=handlers(group)),
    )
    assert {folder: set(files(Path(folder))) for folder in before} == before


@pytest.mark.parametrize(("group", "name"), EXERCISES)
def test_what_ships_of_a_library_does_what_the_code_asks_of_it(
    group: str, name: str, host: Bundles
) -> None:
    arguments = [json.dumps(sorted(shipped_packages.AWS_SERVICES))] * (name == "create_clients")
    run(exercises.__file__, json.dumps(modules(host, group)), name, *arguments)


@pytest.mark.parametrize("name", ["layer", *bundling.list_all()])
def test_bundles_for_aws_are_small(name: str, for_aws: Bundles) -> None:
    size = sum(map(len, files(for_aws[name]).values()))
    assert size <= LIMITS.get(name, LIMIT_OF_OTHERS), f"{size:,} bytes"


def test_bundles_for_aws_hold_bytecode_that_is_never_compared_with_its_source(
    for_aws: Bundles, aws_python: str
) -> None:
    magic = subprocess.run(
        [
            bytecode.find_python(aws_python),
            "-c",
            "import importlib.util as u; print(u.MAGIC_NUMBER.hex())",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    for name, bundle in for_aws.items():
        content = files(bundle)
        heads = {content[path][:8] for path in content if path.endswith(".pyc")}
        assert heads == {bytes.fromhex(magic) + UNCHECKED_HASH}, name
        sources = [Path(path) for path in content if path.endswith(".py")]
        for source in sources:
            own = bundling.group_of(name) if name != "layer" else source.parts[1]
            assert own in source.parts, source  # libraries are bytecode alone
            cached = source.parent / "__pycache__" / f"{source.stem}.{cache_tag(aws_python)}.pyc"
            assert cached.as_posix() in content


def cache_tag(version: str) -> str:
    return f"cpython-{version.replace('.', '')}"


def test_bundles_for_aws_hold_wheels_of_the_target_runtime(for_aws: Bundles) -> None:
    assert "--python-version=3.13" in (bundling.AWS.pip_options or ())
    assert bundling.AWS.bytecode == "3.13"
    libraries = [path.name for bundle in for_aws.values() for path in bundle.rglob("*.so")]
    assert libraries
    assert all("aarch64" in name or "abi3" in name for name in libraries), libraries


def test_a_staged_asset_of_cdk_holds_the_bytecode(host: Bundles, tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    asset = assets.Asset(Stack(app, "stack"), "asset", path=str(host["profiles"]))
    app.synth()
    staged = files(tmp_path / asset.asset_path)
    assert staged == files(host["profiles"])
    assert any(path.endswith(".pyc") for path in staged)


def test_the_same_sources_make_the_same_bytes(tmp_path: Path) -> None:
    site_packages = Path(sysconfig.get_paths()["purelib"])
    made = []
    for number, folder in enumerate((tmp_path / "one", tmp_path / "elsewhere" / "other")):
        for package in ("pynamodb", "jmespath"):
            copy(site_packages / package, folder / "libraries" / package, number)
        copy(LAYER / "python" / "domain", folder / "own" / "domain", number)
        bytecode.compile_libraries(folder / "libraries", sys.executable, "/opt/python")
        bytecode.compile_own(folder / "own", ["domain"], sys.executable, "/opt/python")
        made.append(files(folder))
    assert made[0] == made[1]
    shown = [path for path, content in made[0].items() if b"/opt/python/domain/" in content]
    assert shown, "tracebacks name the path on Lambda"
    assert not any(str(tmp_path).encode() in content for content in made[0].values())


def copy(source: Path, destination: Path, modified: int) -> None:
    shutil.copytree(source, destination, ignore=shutil.ignore_patterns("__pycache__"))
    for path in destination.rglob("*"):
        os.utime(path, (modified, modified))


def test_a_source_that_cannot_be_compiled_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "broken.py").write_text("def")
    with pytest.raises(subprocess.CalledProcessError):
        bytecode.compile_own(tmp_path, ["own"], sys.executable, "/var/task")


def test_the_interpreter_is_found_on_the_path_past_one_that_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = executable(tmp_path / "shims" / "python9.9", "exit 127")
    works = executable(tmp_path / "bin" / "python9.9", "echo 9.9")
    monkeypatch.setenv("PATH", f"{broken.parent}:{works.parent}")
    assert bytecode.find_python("9.9") == str(works)
    bytecode.find_python.cache_clear()


def test_the_interpreters_of_pyenv_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = executable(tmp_path / "versions" / "9.9.1" / "bin" / "python9.9", "echo 9.9")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert bytecode.find_python("9.9") == str(works)
    bytecode.find_python.cache_clear()


def test_without_the_interpreter_the_error_says_how_to_get_it() -> None:
    with pytest.raises(bytecode.NoPython, match=r"need Python 9\.9.*uv python install 9\.9"):
        bytecode.find_python("9.9")


def executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_libraries_are_installed_once(
    tmp_path: Path, host: Bundles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(*_: object) -> None:
        raise AssertionError("downloads again")

    monkeypatch.setattr(bundling, "_pip_install", install)
    again = bundling.function("auth", replace(bundling.HOST, parent=tmp_path))
    assert files(again) == files(host["auth"])


def test_bundles_for_the_local_stack_hold_sources_alone(tmp_path: Path) -> None:
    content = files(bundling.layer(replace(bundling.LOCAL, parent=tmp_path)))
    assert {path.split("/")[1] for path in content} == {"domain", "shared"}
    assert not [path for path in content if path.endswith(".pyc")]


def test_the_services_that_ship_are_those_that_the_code_makes_clients_of() -> None:
    used = {service for path in sources() for service in services_of(path)}
    assert used == shipped_packages.AWS_SERVICES


def test_every_library_that_the_code_imports_anywhere_ships() -> None:
    # Also one that is imported late: no test of a bundle would miss it before a request does.
    own = {"domain", "shared", *(folder.name for folder in FUNCTIONS.iterdir())}
    imported = {name for path in sources() for name in imports_of(ast.parse(path.read_text()))}
    missing = imported - own - sys.stdlib_module_names - shipped_packages.PACKAGES.keys()
    assert missing <= {"_typeshed"}, missing  # which only type checkers import


def imports_of(tree: ast.AST) -> Iterator[str]:
    """List the packages that a source imports."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]


def sources() -> Iterator[Path]:
    for folder in (FUNCTIONS, LAYER / "python"):
        yield from folder.rglob("*.py")


def services_of(path: Path) -> Iterator[str]:
    """List the services of which a source makes clients; pynamodb makes its own.

    Raises:
        AssertionError: It computes the name of a service.
    """
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] == "pynamodb":
                yield "dynamodb"
            case ast.keyword(arg="services" | "worker_services", value=ast.Tuple(elts=services)):
                yield from map(ast.literal_eval, services)
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[service, *_]):
                if name not in ("client", "create_client", "resource", "prepare"):
                    continue
                if path.parent.name == "identity_providers":
                    continue  # authlib prepares requests
                if isinstance(service, ast.Constant):
                    yield str(service.value)
                else:
                    assert path.name == "aws.py" or name == "prepare", f"{path}:{node.lineno}"


def test_a_client_of_another_service_is_found(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text('import boto3\nfrom shared.platform import aws\n\naws.client("athena")\n')
    assert list(services_of(path)) == ["athena"]
    path.write_text("client(name)\n")
    with pytest.raises(AssertionError, match=r"module\.py:1"):
        list(services_of(path))


@pytest.mark.parametrize(
    ("package", "path", "shipped"),
    [
        ("botocore", "client.py", True),
        ("botocore", "data/kms/2014-11-01/service-2.json.gz", True),
        ("botocore", "data/kms/2014-11-01/examples-1.json", False),
        ("botocore", "data/athena/2017-05-18/service-2.json.gz", False),
        ("msgspec", "__init__.pyi", False),
        ("icalendar", "tests/test_time.py", False),
        ("not_named", "__init__.py", False),
    ],
)
def test_only_what_the_list_names_ships(package: str, path: str, shipped: bool) -> None:
    assert shipped_packages.ships(package, path) is shipped


def test_every_package_of_the_list_ships_in_some_bundle(for_aws: Bundles) -> None:
    folders = [for_aws["layer"] / "python", *(for_aws[bundle] for bundle in bundling.list_all())]
    shipped = {entry.name.partition(".")[0] for folder in folders for entry in folder.iterdir()}
    assert shipped_packages.PACKAGES.keys() <= shipped


def test_models_are_shipped_without_documentation(host: Bundles) -> None:
    data = host["layer"] / "python" / "botocore" / "data"
    models = list(data.rglob("service-2.json"))
    assert {model.parents[1].name for model in models} == shipped_packages.AWS_SERVICES
    for model in models:
        described = json.loads(model.read_text())
        for part in ("operations", "shapes"):
            assert '"documentation": "' not in json.dumps(described[part])


def test_the_bench_measures_requests_of_these_bundles(host: Bundles) -> None:
    folder = host["layer"].parent
    with closing(first_answers.measure(folder, runs=1)) as rows:
        row = next(rows)
    assert min(row.ours, *row.peers.values()) > 0
    assert row.peers.keys() == first_answers.PEERS.keys()
    warm = warm_requests.measure(folder, runs=1, requests=2)
    assert min(warm.besides, warm.call) > 0


@pytest.mark.parametrize(
    ("declared", "bundle"),
    [(LAYER / "requirements.txt", "layer")]
    + [(path, lock_of(path).stem) for path in FUNCTIONS.glob("*/requirements*.txt")],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_declared_requirement_is_locked(declared: Path, bundle: str) -> None:
    locked = {
        name_of(entry)
        for lock in ("layer", bundle)
        for entry in lock_entries(REQUIREMENTS / f"{lock}.txt")
    }
    assert {name_of(requirement) for requirement in declared.read_text().split()} <= locked


def test_lock_files_name_no_registry_and_hash_everything() -> None:
    for lock in REQUIREMENTS.glob("*.txt"):
        entries = lock_entries(lock)
        assert entries, lock.name
        assert all("==" in entry and "--hash=sha256:" in entry for entry in entries), lock.name
        assert "://" not in lock.read_text()
    assert "resolved" not in (ROOT / "package-lock.json").read_text()
