"""Ports come from the environment, else from the last start, else from the defaults."""

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.kinds import Kind, Runtime
from infra.local.settings import DEFAULT_PORTS, HOST, Settings, StackError


def test_default_settings(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path, {})
    assert settings.local_dir == tmp_path / ".local"
    assert settings.aws_endpoint == "http://127.0.0.1:4566"
    options = "retryWrites=false&directConnection=true"
    assert settings.mongo_uri == f"mongodb://127.0.0.1:27017/?{options}"


def test_the_environment_moves_ports_and_directory(tmp_path: Path) -> None:
    environment = {"AWS_PORT": "5000", "LOCAL_DIR": "elsewhere"}
    settings = Settings.load(tmp_path, environment)
    assert (settings.aws_port, settings.local_dir) == (5000, tmp_path / "elsewhere")


def test_a_later_command_finds_the_ports_of_the_last_start(tmp_path: Path) -> None:
    Settings.load(tmp_path, {"AWS_PORT": "5000"}).remember_ports()
    assert Settings.load(tmp_path, {}).aws_port == 5000
    assert Settings.load(tmp_path, {"AWS_PORT": "5001"}).aws_port == 5001


def test_commands_follow_the_described_stack(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path, {})
    assert (settings.kind, settings.runtime) == (Kind.MINISTACK, Runtime.PROCESSES)
    replace(settings, kind=Kind.LOCALSTACK, runtime=Runtime.CONTAINERS).remember_kind()
    later = Settings.load(tmp_path, {})
    assert (later.kind, later.runtime) == (Kind.LOCALSTACK, Runtime.CONTAINERS)


def test_a_description_is_kept_while_its_stack_is_started_again(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path, {})
    whole = {"kind": "ministack", "runtime": "processes", "apiUrl": "http://127.0.0.1:4566/api"}
    settings.local_dir.mkdir()
    settings.stack_file.write_text(json.dumps(whole))
    settings.remember_kind()
    assert settings.description() == whole
    replace(settings, kind=Kind.LOCALSTACK).remember_kind()
    assert settings.description() == {"kind": "localstack", "runtime": "processes"}


def test_functions_in_containers_have_names_of_their_own_for_this_machine(tmp_path: Path) -> None:
    here = Settings.load(tmp_path, {})
    assert (here.standins_url, here.functions_mongo_uri) == (here.inbox_url, here.mongo_uri)
    inside = replace(here, kind=Kind.LOCALSTACK, runtime=Runtime.CONTAINERS)
    assert inside.inbox_url == "http://127.0.0.1:8025"
    assert inside.standins_url == "http://host.docker.internal:8025"
    assert inside.mongo_uri == "mongodb://127.0.0.1:27017/?directConnection=true"
    assert inside.functions_mongo_uri == "mongodb://mongo:27017/?directConnection=true"


def test_each_kind_of_stack_keeps_its_own_data(tmp_path: Path) -> None:
    here = Settings.load(tmp_path, {})
    stacks = [replace(here, kind=kind, runtime=runtime) for kind in Kind for runtime in Runtime]
    assert len({stack.data_dir for stack in stacks}) == len(stacks)
    assert here.data_dir == here.local_dir / "data"


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "1.5"])
def test_an_invalid_port_is_refused_by_name(tmp_path: Path, port: str) -> None:
    with pytest.raises(StackError, match=f"SMTP_PORT={port}"):
        Settings.load(tmp_path, {"SMTP_PORT": port})


def test_free_ports_are_free_and_all_different(tmp_path: Path) -> None:
    settings = Settings.on_free_ports(tmp_path)
    ports = {settings.aws_port, settings.mongo_port, settings.inbox_port, settings.smtp_port}
    assert len(ports) == len(DEFAULT_PORTS)
    for port in ports:
        socket.create_server((HOST, port)).close()


def test_the_session_reaches_this_stack_whatever_the_shell_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_PROFILE": "missing",
        "AWS_ENDPOINT_URL": "http://elsewhere.example",
        "AWS_ENDPOINT_URL_SQS": "http://elsewhere.example",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_DEFAULT_REGION": "eu-north-1",
    }.items():
        monkeypatch.setenv(name, value)
    session = Settings.load(tmp_path, {"AWS_PORT": "5000"}).session()
    for client in (session.client("lambda"), session.client("sqs")):
        assert client.meta.endpoint_url == "http://127.0.0.1:5000"
        assert client.meta.region_name == "us-east-1"
        assert client.meta.config.proxies == {}  # type: ignore[attr-defined]
