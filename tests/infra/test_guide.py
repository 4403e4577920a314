"""docs/guide.md has a row for every line of the original guide, and its commands are true.

tests/e2e/test_guide.py runs those about a stack.
"""

import json
import os
import re
import shlex
import subprocess
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import UnknownServiceError

from infra.paths import ROOT
from tests.infra.conftest import Templates
from tests.support import guide
from tests.support.guide import Kind, Row

OPTION = re.compile(r"--([a-z-]+)")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
# Options of the AWS command line itself, of paginated operations.
_PAGING = {"max-items", "page-size", "starting-token"}


def run(command: str) -> str:
    """Run a command in the repository and return what it prints."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    ended = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, f"{command}\n{ended.stdout}"
    return ended.stdout


def test_every_line_of_the_original_guide_has_a_row() -> None:
    lines = [line for row in guide.read() for line in row.lines]
    assert set(lines) == set(range(1, guide.LINES + 1))
    assert len(guide.read()) > 100


def test_rows_show_something() -> None:
    assert [row.command for row in guide.read() if not row.shows] == []


def test_every_kind_of_command_is_checked() -> None:
    assert {row.kind for row in guide.read()} == set(Kind)


def test_links_lead_somewhere() -> None:
    links = LINK.findall(guide.GUIDE.read_text())
    assert [link for link in links if not (guide.GUIDE.parent / link).exists()] == []


@pytest.mark.parametrize(
    "command", list(dict.fromkeys(row.command for row in guide.of_kind(Kind.FILES)))
)
def test_a_command_about_files_shows_what_it_says(command: str) -> None:
    shown = run(command)
    for row in guide.of_kind(Kind.FILES):
        if row.command == command:
            assert row.shows in shown


@pytest.mark.parametrize("row", guide.of_kind(Kind.MAKE), ids=lambda row: str(row.command))
def test_a_target_of_make_does_what_it_says(row: Row) -> None:
    target, *variables = row.words[1:]
    command = shlex.join(["make", "-n", "-o", "install", target, *variables])
    assert row.shows in run(command)


@pytest.mark.parametrize("row", guide.of_kind(Kind.AWS), ids=lambda row: str(row.command))
def test_a_command_of_aws_exists_and_names_what_is_deployed(row: Row, prod: Templates) -> None:
    _, service, operation, *_ = row.words
    shape = _operation(service, operation).input_shape
    members = {xform_name(name, "-") for name in shape.members} if shape else set()
    options = set(OPTION.findall(" ".join(word for word in row.words if word.startswith("--"))))
    assert options <= members | _PAGING
    required = shape.required_members if shape else []
    assert {xform_name(name, "-") for name in required} <= options
    deployed = json.dumps(prod)
    names = re.findall(r"artist-booking-prod[a-z-]*", row.command)
    assert [name for name in names if not re.search(rf"{name}(?![a-z-])", deployed)] == []
    assert row.shows in deployed


@cache
def _operation(service: str, name: str) -> Any:
    """Return the model of an operation by its name on the command line.

    Raises:
        KeyError: There is no such operation.
    """
    try:
        model = botocore.session.get_session().get_service_model(service)
    except UnknownServiceError as error:
        raise KeyError(service) from error
    operations = {xform_name(each, "-"): each for each in model.operation_names}
    return model.operation_model(operations[name])
