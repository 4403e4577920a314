"""Accounts: credentials of another account are refused before anything else is asked of AWS."""

import ast
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import DEFAULT_ACCOUNT_ID

from infra import accounts, configure, destroy, environments, failed_creations
from infra.environments import ENVIRONMENTS, Environment, apply_pin
from infra.local import __main__
from infra.local.commands import Command
from infra.local.settings import StackError
from infra.paths import ROOT

OTHER = "999999999999"
PINNED = replace(ENVIRONMENTS["prod"], account=OTHER)


@pytest.fixture
def asked(aws: None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the hosts that are asked, in an environment that is pinned to another account."""
    monkeypatch.setitem(environments.ENVIRONMENTS, "prod", PINNED)
    monkeypatch.setenv("ENV", "prod")
    hosts: list[str] = []
    answer = BotocoreStubber.__call__

    def record(self: BotocoreStubber, request: AWSPreparedRequest, **options: Any) -> Any:
        hosts.append(request.url.split("/")[2].split(".")[0])
        return answer(self, request=request, **options)

    monkeypatch.setattr(BotocoreStubber, "__call__", record)
    return hosts


ON_AWS = [command for command in __main__.COMMANDS if command.on_aws]


def required_arguments(command: Command) -> list[str]:
    named = [one for one in command.arguments if not one.name.startswith("--")]
    return ["unused" for one in named if one.options.get("nargs") not in ("?", "*")]


@pytest.mark.parametrize("command", ON_AWS, ids=lambda command: command.name)
def test_a_command_is_refused_to_the_credentials_of_another_account(
    command: Command, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main([command.name, *required_arguments(command)]) == 1
    assert asked == ["sts"]
    error = capsys.readouterr().err
    assert f"ENV=prod is account {OTHER}" in error
    assert f"these credentials are of account {DEFAULT_ACCOUNT_ID}. Nothing was touched." in error


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(lambda: accounts.main([]), id="the first step of deploy and diff"),
        pytest.param(failed_creations.main, id="the second step of deploy"),
        pytest.param(configure.main, id="configure"),
        pytest.param(lambda: destroy.main([]), id="destroy"),
    ],
)
def test_a_program_is_refused_to_the_credentials_of_another_account(
    start: Any, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["program"])
    with pytest.raises(SystemExit, match=f"ENV=prod is account {OTHER}"):
        start()
    assert asked == ["sts"]


def test_credentials_of_the_pinned_account_are_taken(aws: None) -> None:
    here = replace(PINNED, account=DEFAULT_ACCOUNT_ID, region="eu-central-1")
    assert accounts.open_session(here).region_name == "eu-central-1"


def test_whoever_deploys_an_unpinned_environment_is_told_how_to_pin_it(aws: None) -> None:
    with pytest.raises(StackError, match=f"account {DEFAULT_ACCOUNT_ID}.*make pin ENV=prod"):
        accounts.open_session(replace(PINNED, account=None))


def test_missing_credentials_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(StackError, match="ENV=prod needs credentials of AWS"):
        accounts.open_session(PINNED)


def test_an_environment_is_pinned_to_the_credentials_at_hand(aws: None, tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    path.write_text("{}\n")
    unpinned = replace(PINNED, account=None)
    assert accounts.pin(unpinned, "eu-central-1", path) == DEFAULT_ACCOUNT_ID
    pins = json.loads(path.read_text())
    assert pins == {"prod": {"account": DEFAULT_ACCOUNT_ID, "region": "eu-central-1"}}
    pinned = apply_pin(unpinned, pins)
    assert (pinned.account, pinned.region) == (DEFAULT_ACCOUNT_ID, "eu-central-1")
    assert accounts.pin(pinned, None, path) == DEFAULT_ACCOUNT_ID  # harmless


def test_a_pin_is_not_replaced_by_a_command(aws: None, tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    path.write_text(json.dumps({"prod": {"account": OTHER, "region": "us-east-1"}}))
    with pytest.raises(StackError, match=f"pinned to account {OTHER} in us-east-1"):
        accounts.pin(PINNED, None, path)
    assert OTHER in path.read_text()


def test_the_local_stack_has_no_account_on_aws() -> None:
    with pytest.raises(StackError, match="ENV=local is no environment on AWS"):
        accounts.find_environment("local")


def test_the_checked_in_pins_are_of_environments_on_aws() -> None:
    for name, pin in json.loads(environments.PINS.read_text()).items():
        assert accounts.find_environment(name).account == pin["account"]
        assert len(pin["account"]) == 12
        assert pin["account"].isdecimal()
        assert set(pin) == {"account", "region"}


def test_no_environment_has_the_prefix_of_another() -> None:
    """`destroy` finds the stacks of an environment by their prefix."""
    for one in ENVIRONMENTS.values():
        others: list[Environment] = [each for each in ENVIRONMENTS.values() if each is not one]
        assert not any(each.prefix.startswith(f"{one.prefix}-") for each in others)


def test_sessions_are_opened_where_credentials_are_checked() -> None:
    """Only what belongs to a stack on this machine opens sessions of its own."""
    allowed = {"infra/accounts.py", "infra/local/settings.py", "infra/local/standins/__main__.py"}
    found = set()
    for path in sorted((ROOT / "infra").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith("infra/localstack") and any(_opens_a_session(path)):
            found.add(name)
    assert found <= allowed


def _opens_a_session(path: Path) -> Iterator[bool]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            is_boto3 = isinstance(owner, ast.Name) and owner.id == "boto3"
            yield is_boto3 and node.func.attr in ("Session", "client", "resource")


@pytest.mark.parametrize("name", ["dev-eu", "Dev", "", "2nd", "dev_eu"])
def test_no_environment_has_the_beginning_of_anothers_names(name: str) -> None:
    """`artist-booking-dev-eu-auth` would be destroyed with `artist-booking-dev-…`."""
    with pytest.raises(ValueError, match="no name of an environment"):
        Environment(name)
