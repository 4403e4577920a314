"""The web example's address is printed only where the example works."""

import os
from dataclasses import asdict, replace
from json import dumps

import pytest

from infra.environments import ENVIRONMENTS
from infra.local import endpoints, processes, web
from infra.local.kinds import Kind, Runtime
from infra.local.processes import Record
from infra.local.settings import Settings, StackError
from shared.http import cors
from shared.platform import config


@pytest.fixture
def running(settings: Settings) -> Settings:
    settings.run_dir.mkdir(parents=True)
    settings.stack_file.write_text("{}")
    record = Record("ministack", os.getpid(), processes.identity(os.getpid()) or "", "")
    (settings.run_dir / "ministack.json").write_text(dumps(asdict(record)))
    return settings


def test_the_address_is_an_origin_that_the_api_allows(running: Settings) -> None:
    assert web.address(running, 5173) == "http://localhost:5173"


def test_the_api_of_a_local_stack_allows_every_port(
    running: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", ",".join(ENVIRONMENTS["local"].allowed_origins))
    config.forget()
    for port in (5173, 5174, 65535):
        for origin in (web.address(running, port), f"http://127.0.0.1:{port}"):
            assert cors.response_headers(origin)["access-control-allow-origin"] == origin
    config.forget()


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:5173.evil.example",
        "http://localhost:",
        "http://localhost",
        "http://localhost:x",
        "http://evil.example:5173",
        "http://localhost.evil.example:5173",
        "https://localhost:5173",
        "http://localhost:*",
        "http://user@localhost:5173",
    ],
)
def test_no_other_origin_is_allowed(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", ",".join(ENVIRONMENTS["local"].allowed_origins))
    config.forget()
    assert "access-control-allow-origin" not in cors.response_headers(origin)
    config.forget()


def test_no_other_environment_allows_every_port() -> None:
    for name, environment in ENVIRONMENTS.items():
        patterns = [each for each in environment.allowed_origins if "*" in each]
        assert name == "local" or patterns == []


def test_a_missing_stack_is_said(settings: Settings) -> None:
    with pytest.raises(StackError, match="First: make up"):
        web.address(settings, 5173)


def test_a_stopped_stack_is_said(running: Settings) -> None:
    (running.run_dir / "ministack.json").unlink()
    with pytest.raises(StackError, match="First: make up"):
        web.address(running, 5173)


def test_a_stack_in_containers_runs_while_its_endpoint_answers(
    running: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = {Kind.LOCALSTACK}
    monkeypatch.setattr(endpoints, "is_healthy", lambda _, kind: kind in answering)
    inside = replace(running, kind=Kind.LOCALSTACK, runtime=Runtime.CONTAINERS)
    assert web.address(inside, 5173) == "http://localhost:5173"
    answering.clear()
    with pytest.raises(StackError, match="First: make up-localstack"):
        web.address(inside, 5173)
