"""Containers of a stack, with a docker command that only answers."""

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from subprocess import CompletedProcess

import pytest

from infra.local import endpoints
from infra.local.kinds import Kind, Runtime
from infra.local.settings import Settings, StackError
from infra.localstack import containers
from infra.localstack.containers import Answer, Container


class Docker:
    """Docker command that keeps what it is called with.

    Attributes:
        states: What `ps` prints, one after another; the last one again and again.
    """

    def __init__(self, *states: str, status: int = 0) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.environment: Mapping[str, str] = {}
        self._states = list(states)
        self._status = status

    def __call__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> Answer:
        self.environment = environment
        if arguments[0] == "compose":
            arguments = arguments[5:]
        self.calls.append(tuple(arguments))
        output = f"output of {arguments[0]}"
        if arguments[0] == "ps":
            output = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        return CompletedProcess([], self._status, output, "no such plugin")


def lines(**health: str) -> str:
    """Return what Compose prints of services that run, or ended: one object in each line."""
    return "\n".join(
        json.dumps(
            {
                "Service": name,
                "State": "exited" if state == "exited" else "running",
                "Health": "" if state == "exited" else state,
            }
        )
        for name, state in health.items()
    )


@pytest.fixture
def in_containers(settings: Settings) -> Settings:
    return replace(settings, kind=Kind.LOCALSTACK, runtime=Runtime.CONTAINERS)


@pytest.fixture
def healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "is_healthy", lambda *_: True)


@pytest.fixture
def clock() -> Iterator[int]:
    return iter(count(step=60))


def test_the_containers_of_the_kind_are_started_on_the_ports_of_the_stack(
    in_containers: Settings,
) -> None:
    docker = Docker()
    containers.start(in_containers, docker)
    assert docker.calls == [("up", "--detach")]
    assert docker.environment["AWS_PORT"] == str(in_containers.aws_port)
    assert docker.environment["MONGO_PORT"] == str(in_containers.mongo_port)


def test_a_docker_without_compose_is_said(in_containers: Settings) -> None:
    with pytest.raises(StackError, match=r"compose plugin\.\nno such plugin"):
        containers.start(in_containers, Docker(status=1))


def test_a_machine_without_docker_is_said(
    in_containers: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StackError, match="no `docker` command"):
        containers.start(in_containers)


@pytest.mark.usefixtures("healthy")
def test_it_waits_until_every_container_is_healthy(
    in_containers: Settings, clock: Iterator[int]
) -> None:
    docker = Docker(
        "", lines(localstack="", mongo="starting"), lines(localstack="", mongo="healthy")
    )
    containers.wait_until_healthy(in_containers, docker, lambda: next(clock), lambda _: None)
    assert len(docker.calls) == 3


def test_it_waits_until_aws_answers(
    in_containers: Settings, clock: Iterator[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([False, True])
    monkeypatch.setattr(endpoints, "is_healthy", lambda *_: next(answers))
    docker = Docker(lines(localstack="", mongo="healthy"))
    containers.wait_until_healthy(in_containers, docker, lambda: next(clock), lambda _: None)
    assert next(answers, None) is None


@pytest.mark.usefixtures("healthy")
@pytest.mark.parametrize(
    ("state", "problem"), [("exited", "ended at once"), ("starting", "is not healthy in time")]
)
def test_a_container_that_does_not_come_up_is_said_with_its_log(
    state: str, problem: str, in_containers: Settings, clock: Iterator[int]
) -> None:
    docker = Docker(lines(localstack=state, mongo="healthy"))
    with pytest.raises(StackError, match=f"localstack {problem}.\noutput of logs"):
        containers.wait_until_healthy(in_containers, docker, lambda: next(clock), lambda _: None)
    assert docker.calls[-1][-1] == "localstack"


def test_only_containers_that_run_are_stopped(in_containers: Settings) -> None:
    docker = Docker(lines(localstack="exited", mongo="healthy"))
    assert containers.stop(in_containers, docker) == ["mongo"]
    assert docker.calls[-1] == ("stop", "mongo")
    docker = Docker(lines(localstack="exited"))
    assert containers.stop(in_containers, docker) == []
    assert [call[0] for call in docker.calls] == ["ps"]


def test_one_service_can_be_stopped_and_started(in_containers: Settings) -> None:
    docker = Docker(lines(localstack="", mongo="healthy"))
    assert containers.stop(in_containers, docker, only=["mongo"]) == ["mongo"]
    containers.start(in_containers, docker, only=["mongo"])
    assert docker.calls[1:] == [("stop", "mongo"), ("up", "--detach", "mongo")]


def test_both_forms_of_the_list_are_read(in_containers: Settings) -> None:
    found = [Container("localstack", "running", ""), Container("mongo", "running", "healthy")]
    by_line = lines(mongo="healthy", localstack="")
    as_list = f"[{by_line.replace(chr(10), ',')}]"
    for output in (by_line, as_list):
        assert containers.list_all(in_containers, Docker(output)) == found


def test_the_bridge_is_listened_on_where_it_is_this_machines() -> None:
    def docker(_arguments: Sequence[str], _environment: Mapping[str, str]) -> Answer:
        return CompletedProcess([], 0, f"{address}\n", "")

    address = "127.0.0.1"
    assert containers.find_bridge(docker) == address
    # As of Docker Desktop, whose bridge is in a virtual machine (RFC 5737).
    address = "192.0.2.1"
    with pytest.raises(OSError, match="assign"):
        socket.create_server((address, 0))
    assert containers.find_bridge(docker) is None


def test_without_docker_there_is_no_bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    assert containers.find_bridge(Docker(status=1)) is None
    monkeypatch.setenv("PATH", "/nowhere")
    assert containers.find_bridge() is None
