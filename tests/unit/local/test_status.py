"""Status of a stack: what runs, and how to read its log."""

from dataclasses import replace

import pytest

from infra.local import endpoints, status
from infra.local.kinds import Kind, Runtime
from infra.local.settings import Settings
from infra.localstack import containers
from infra.localstack.containers import Container
from infra.operate import readiness
from infra.operate.readiness import State


def test_containers_are_listed_with_the_stand_ins(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [Container("localstack", "running", ""), Container("mongo", "running", "starting")]
    monkeypatch.setattr(containers, "list_all", lambda _: found)
    monkeypatch.setattr(containers, "find_bridge", lambda: None)
    monkeypatch.setattr(endpoints, "is_healthy", lambda *_: False)
    inside = replace(settings, kind=Kind.LOCALSTACK, runtime=Runtime.CONTAINERS)
    _, *rows = (line.split(maxsplit=4) for line in status.report(inside))
    assert [(row[0], row[1]) for row in rows] == [
        ("localstack", "running"),
        ("mongo", "starting"),
        ("standins", "stopped"),
    ]
    assert rows[0][3] == str(settings.aws_port)
    assert rows[0][4] == "docker compose -f localstack-compose.yml logs localstack"


def test_the_health_of_each_deployed_feature_is_shown(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = settings.prefix()
    stacks = [(f"{prefix}{name}", "CREATE_COMPLETE", "now") for name in ("auth", "files")]
    states = [
        State("auth", True, "dynamodb"),
        State("files", False, "s3: timed out"),
        State("social", False, "no such function"),
    ]
    monkeypatch.setattr(endpoints, "is_healthy", lambda *_: True)
    monkeypatch.setattr(status, "_stacks", lambda _: iter(stacks))
    monkeypatch.setattr(readiness, "check", lambda *_: iter(states))
    monkeypatch.setattr(status, "services", lambda _: [])
    lines = list(status.report(settings))
    table = lines[lines.index("FEATURE  HEALTH     WHAT") :]
    assert table[1:3] == ["auth     ready      dynamodb", "files    not ready  s3: timed out"]
    assert not any("social" in line for line in lines)
