"""Ports come from the environment, else from the last start, else from the defaults."""

import socket
from pathlib import Path

import pytest

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
