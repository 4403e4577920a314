"""Each boundary of the code is broken by an import that crosses it, in a copy of the tree."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra import boundaries
from infra.paths import ROOT

COPIED = ("functions", "layers", "infra", ".importlinter")
NEW = "planted_feature"
SUMMARY = re.compile(r"^Contracts: \d+ kept, (\d+) broken\.$", re.MULTILINE)

# The ids of the contracts that must break, the file that gets another line, and the line.
VIOLATIONS = [
    ("features", "functions/policies/use_cases/versions.py", "import auth.schemas"),
    ("features", "functions/messaging/rules/text.py", "from files.rules import file_names"),
    ("shared", "layers/shared/python/shared/data/idempotency_store.py", "import auth.schemas"),
    ("domain", "layers/shared/python/domain/money.py", "import smtplib"),
    ("domain", "layers/shared/python/domain/money.py", "from auth.rules import errors"),
    ("domain", "layers/shared/python/domain/ids.py", "from shared.platform import clock"),
    ("platform", "layers/shared/python/shared/platform/config.py", "import shared.http.decoding"),
    ("databases", "functions/appointments/use_cases/booking.py", "import pynamodb"),
    ("databases", "functions/notifications/channels/sms.py", "from pymongo import MongoClient"),
    ("databases", "layers/shared/python/shared/events/queues.py", "import pynamodb.models"),
    ("chalice", "functions/profiles/use_cases/boards.py", "from chalice.app import Response"),
    ("chalice", "layers/shared/python/shared/platform/signing.py", "import chalice"),
    ("aws", "functions/files/store/bucket.py", "import botocore.session"),
    ("boto3", "functions/files/store/bucket.py", "import boto3"),
    ("rules", "functions/consultations/rules/deadlines.py", "import shared.platform.clock"),
    ("rules", "functions/messaging/rules/text.py", "import requests"),
    ("rules", "functions/messaging/rules/text.py", "import shared.events.queues"),
    ("layers", "functions/auth/store/table.py", "from auth.use_cases import sessions"),
    ("layers", "functions/policies/models.py", "from policies.rules import errors"),
    ("layers", "functions/consultations/use_cases/queries.py", "import consultations.app"),
    ("layers", "functions/policies/helpers.py", "# A part that no feature has."),
    ("deployed", "functions/auth/use_cases/accounts.py", "import infra.paths"),
    ("deployed", "layers/shared/python/shared/platform/clock.py", "import tests.support"),
    # A rule that reads or writes crosses two boundaries.
    ("databases rules", "functions/appointments/rules/slots.py", "import pynamodb"),
    ("layers rules", "functions/policies/rules/subjects.py", "from policies.store import table"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what the boundaries are about."""
    project = tmp_path_factory.mktemp("boundaries")
    for name in COPIED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, project / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, project / name)
    return project


@contextmanager
def planted(path: Path, line: str) -> Iterator[None]:
    """Put a line at the end of a file, or in a new one, and take it away again."""
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{before or ''}{line}\n")
    try:
        yield
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_text(before)


def names() -> dict[str, str]:
    """The contracts' names by their ids."""
    text = boundaries.CONFIGURATION.read_text()
    return dict(re.findall(r"^\[importlinter:contract:(\w+)\]\nname = (.+)$", text, re.MULTILINE))


def run(project: Path) -> subprocess.CompletedProcess[str]:
    """Check the boundaries of a project."""
    return subprocess.run(
        [sys.executable, "-m", "infra.boundaries"],
        cwd=project,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def broken(project: Path) -> set[str]:
    """The ids of the contracts that are broken in a project."""
    ended = run(project)
    summary = SUMMARY.search(ended.stdout)
    assert summary is not None, ended.stdout + ended.stderr
    found = {id_ for id_, name in names().items() if f"{name} BROKEN" in ended.stdout}
    assert len(found) == int(summary[1])
    assert (ended.returncode != 0) == bool(found)
    return found


def test_the_code_keeps_every_boundary(copy: Path) -> None:
    assert broken(copy) == set()


def test_every_boundary_is_tried() -> None:
    assert {ids for ids, _, _ in VIOLATIONS} >= set(names())


@pytest.mark.parametrize(("ids", "path", "line"), VIOLATIONS)
def test_an_import_across_a_boundary_breaks_it_and_no_other(
    copy: Path, ids: str, path: str, line: str
) -> None:
    with planted(copy / path, line):
        assert broken(copy) == set(ids.split())


@pytest.mark.parametrize(
    ("id_", "part", "line"),
    [
        ("features", "use_cases/creation.py", "import auth.schemas"),
        ("databases", "use_cases/creation.py", "import pynamodb"),
        ("chalice", "use_cases/creation.py", "import chalice"),
        ("rules", "rules/limits.py", "import shared.platform.aws"),
        ("layers", "store.py", f"import {NEW}.use_cases"),
        ("layers", "helpers.py", ""),
    ],
)
def test_a_new_feature_is_covered_without_an_edit(
    copy: Path, id_: str, part: str, line: str
) -> None:
    feature = copy / "functions" / NEW
    for package in (feature, feature / "use_cases", feature / "rules"):
        package.mkdir()
        (package / "__init__.py").touch()
    try:
        assert broken(copy) == set()
        with planted(feature / part, line):
            assert broken(copy) == {id_}
    finally:
        shutil.rmtree(feature)


def test_nobody_imports_a_new_feature(copy: Path) -> None:
    feature = copy / "functions" / NEW
    feature.mkdir()
    (feature / "__init__.py").touch()
    try:
        with planted(copy / "functions/auth/use_cases/accounts.py", f"import {NEW}"):
            assert broken(copy) == {"features"}
        with planted(copy / "layers/shared/python/shared/platform/clock.py", f"import {NEW}"):
            assert broken(copy) == {"shared"}
    finally:
        shutil.rmtree(feature)


def test_a_folder_that_the_linter_cannot_see_is_refused(copy: Path) -> None:
    with planted(copy / "functions/auth/hidden/module.py", "import pynamodb"):
        ended = run(copy)
        assert ended.returncode != 0
        assert "functions/auth/hidden" in ended.stderr


# Libraries that call servers outside, and the modules that may import them.
CALLING = {
    "aiohttp",
    "ftplib",
    "http.client",
    "httplib2",
    "httpx",
    "pywebpush",
    "requests",
    "smtplib",
    "socket",
    "ssl",
    "twilio.http.http_client",
    "urllib.request",
    "urllib3",
    "xmlrpc",
}
GUARDS = {
    "layers/shared/python/shared/platform/outside_calls.py": {"socket", "ssl"},
    # Names the types of what tests pass to the guard.
    "functions/appointments/icalendar/fetch.py": {"socket"},
    # Sends datagrams to the daemon of X-Ray that Lambda runs beside the function.
    "layers/shared/python/shared/platform/traces.py": {"socket"},
}


def list_calling(source: str) -> set[str]:
    """List the libraries of `CALLING` that a module imports."""
    imported: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {
        library
        for library in CALLING
        for name in imported
        if name == library or name.startswith(f"{library}.")
    }


def test_only_the_guarded_client_calls_servers_outside() -> None:
    """Mail is the exception: it goes to the operator's own server, which no user chooses."""
    found = {
        str(path.relative_to(ROOT)): libraries
        for folder in ("functions", "layers")
        for path in (ROOT / folder).rglob("*.py")
        if (libraries := list_calling(path.read_text()))
    }
    mail = {path for path, libraries in found.items() if libraries <= {"smtplib", "ssl", "socket"}}
    mail = {path for path in mail if path.startswith("functions/notifications/channels/")}
    assert {path: found[path] for path in found.keys() - mail} == GUARDS


@pytest.mark.parametrize(
    ("line", "library"),
    [
        ("import requests", "requests"),
        ("import urllib.request as web", "urllib.request"),
        ("from urllib import request", "urllib.request"),
        ("from urllib3.util import Timeout", "urllib3"),
        ("from http import client", "http.client"),
        ("def f():\n    import httpx", "httpx"),
        ("from twilio.http.http_client import TwilioHttpClient", "twilio.http.http_client"),
    ],
)
def test_every_way_to_import_a_calling_library_is_seen(line: str, library: str) -> None:
    assert list_calling(line) == {library}


@pytest.mark.parametrize(
    "line", ["from urllib.parse import urlsplit", "from http import HTTPStatus"]
)
def test_what_calls_nobody_may_be_imported(line: str) -> None:
    assert list_calling(line) == set()
