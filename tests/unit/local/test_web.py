"""The web example's address is printed only where the example works."""

import os
from dataclasses import asdict, replace
from json import dumps

import pytest

from infra.local import endpoints, processes, web
from infra.local.kinds import Kind, Runtime
from infra.local.processes import Record
from infra.local.settings import Settings, StackError


@pytest.fixture
def running(settings: Settings) -> Settings:
    settings.run_dir.mkdir(parents=True)
    settings.stack_file.write_text("{}")
    record = Record("ministack", os.getpid(), processes.identity(os.getpid()) or "", "")
    (settings.run_dir / "ministack.json").write_text(dumps(asdict(record)))
    return settings


def test_the_address_is_an_origin_that_the_api_allows(running: Settings) -> None:
    assert web.address(running, 5173) == "http://localhost:5173"


def test_another_port_is_refused_with_what_is_allowed(running: Settings) -> None:
    with pytest.raises(
        StackError, match=r"http://localhost:5174\. It allows http://localhost:5173"
    ):
        web.address(running, 5174)


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
