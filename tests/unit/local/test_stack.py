"""A stack as a whole: which steps start and stop it, by its kind."""

import json
from dataclasses import replace
from typing import Any

import pytest

from infra import bundling
from infra.local import demo, endpoints, mongo_venv, processes, seed, stack
from infra.local.kinds import Kind, Runtime
from infra.local.settings import Settings, StackError
from infra.local.synth import MINISTACK, Variant
from infra.localstack import capabilities, containers
from infra.localstack.containers import Container

RUNNING = [Container("localstack", "running", ""), Container("mongo", "running", "healthy")]


class Recorder:
    """Steps in the order they were taken, instead of what they do.

    Attributes:
        steps: Names of the steps.
        containers: What Docker lists.
        edition: Edition of the LocalStack that answers.
        running: Kind and runtime of the stack that runs.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps: list[str] = []
        self.containers: list[Container] = []
        self.edition = "pro"
        self.running: tuple[Kind, Runtime] | None = None
        for module, name in (
            (containers, "start"),
            (containers, "wait_until_healthy"),
            (containers, "delete"),
            (mongo_venv, "ensure"),
            (stack, "_start_processes"),
            (stack, "_bring_up_to_date"),
        ):
            monkeypatch.setattr(module, name, self._step(name))
        monkeypatch.setattr(containers, "list_all", lambda _: self.containers)
        monkeypatch.setattr(containers, "find_bridge", lambda: None)
        monkeypatch.setattr(containers, "stop", self._stop)
        monkeypatch.setattr(endpoints, "read_health", lambda *_: {"edition": self.edition})
        monkeypatch.setattr(stack, "is_running", self._is_running)

    def _step(self, name: str) -> Any:
        return lambda *_: self.steps.append(name)

    def _stop(self, _settings: Settings) -> list[str]:
        self.steps.append("stop")
        return [one.service for one in self.containers]

    def _is_running(self, settings: Settings) -> bool:
        return (settings.kind, settings.runtime) == self.running


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.setenv("LOCALSTACK_AUTH_TOKEN", "ls-1")
    return Recorder(monkeypatch)


@pytest.fixture
def in_containers(settings: Settings) -> Settings:
    return replace(settings, kind=Kind.LOCALSTACK, runtime=Runtime.CONTAINERS)


def test_containers_come_before_the_stand_ins_and_the_deployment(
    in_containers: Settings, recorder: Recorder
) -> None:
    stack.start(in_containers)
    steps = ["start", "wait_until_healthy", "_start_processes", "_bring_up_to_date"]
    assert recorder.steps == steps
    assert in_containers.described() == in_containers


def test_the_embedded_stack_needs_no_docker(settings: Settings, recorder: Recorder) -> None:
    stack.start(settings)
    assert recorder.steps == ["ensure", "_start_processes", "_bring_up_to_date"]


def test_without_a_token_no_container_is_started(
    in_containers: Settings, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOCALSTACK_AUTH_TOKEN")
    monkeypatch.setattr(containers, "list_all", lambda _: pytest.fail("Docker was asked"))
    with pytest.raises(StackError, match="LOCALSTACK_AUTH_TOKEN"):
        stack.start(in_containers)
    assert recorder.steps == []


def test_ministacks_image_needs_no_token(
    in_containers: Settings, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOCALSTACK_AUTH_TOKEN")
    stack.start(replace(in_containers, kind=Kind.MINISTACK))
    assert recorder.steps[-1] == "_bring_up_to_date"


def test_an_edition_without_authorizers_gets_no_deployment(
    in_containers: Settings, recorder: Recorder
) -> None:
    recorder.edition = "community"
    with pytest.raises(StackError, match="authorizers"):
        stack.start(in_containers)
    assert "_bring_up_to_date" not in recorder.steps


def test_the_ports_of_running_containers_are_not_taken(
    in_containers: Settings, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = {in_containers.aws_port, in_containers.mongo_port}
    monkeypatch.setattr(processes, "_is_taken", lambda port: port in taken)
    with pytest.raises(StackError, match=r"localstack needs it.*make up-localstack AWS_PORT="):
        stack.start(in_containers)
    recorder.containers = RUNNING
    stack.start(in_containers)


def test_a_stack_of_another_kind_is_stopped_first(
    settings: Settings, in_containers: Settings, recorder: Recorder
) -> None:
    stack.start(settings)
    recorder.running = (settings.kind, settings.runtime)
    with pytest.raises(StackError, match=r"A stack by ministack runs here\. First: make down"):
        stack.start(in_containers)
    assert settings.described() == settings


def test_down_stops_the_containers_and_reset_deletes_them(
    in_containers: Settings, recorder: Recorder
) -> None:
    recorder.containers = RUNNING
    assert stack.stop(in_containers) == ["localstack", "mongo"]
    assert recorder.steps == ["stop"]
    other = replace(in_containers, kind=Kind.MINISTACK, runtime=Runtime.PROCESSES)
    for one in (in_containers, other):
        one.data_dir.mkdir(parents=True)
    stack.reset(in_containers)
    assert recorder.steps == ["stop", "stop", "delete"]
    assert not in_containers.data_dir.exists()
    assert other.data_dir.exists()


def test_only_a_running_stack_is_updated(settings: Settings, recorder: Recorder) -> None:
    with pytest.raises(StackError, match=r"no running stack\. First: make up"):
        stack.update(settings)
    recorder.running = (settings.kind, settings.runtime)
    stack.update(settings)
    assert recorder.steps == ["_bring_up_to_date"]


def test_nothing_is_deployed_to_an_endpoint_of_another_kind(
    in_containers: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "find_kind", lambda _: Kind.MINISTACK)
    monkeypatch.setattr(stack, "is_running", lambda _: True)
    with pytest.raises(StackError, match="is ministack, and not localstack"):
        stack.update(in_containers)


@pytest.mark.parametrize(
    ("kind", "runtime", "variant"),
    [
        (Kind.MINISTACK, Runtime.PROCESSES, MINISTACK),
        (Kind.MINISTACK, Runtime.CONTAINERS, Variant(bundling.CONTAINER.name)),
        (Kind.LOCALSTACK, Runtime.CONTAINERS, Variant("container", one_address=True)),
        (Kind.LOCALSTACK, Runtime.PROCESSES, Variant("process", one_address=True)),
    ],
)
def test_bundles_and_limits_follow_what_runs_the_functions(
    kind: Kind,
    runtime: Runtime,
    variant: Variant,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capabilities, "has_websockets", lambda _: True)
    chosen = replace(settings, kind=kind, runtime=runtime)
    assert stack._find_variant(chosen, chosen.session()) == variant


def test_the_description_names_the_kind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "find_kind", lambda _: Kind.MINISTACK)
    monkeypatch.setattr(stack, "synth", lambda *_: None)
    monkeypatch.setattr(stack, "_deploy", lambda *_: {"gateway": {"RestApiId": "abc"}})
    for name in ("publish_api_url", "connect_webhook", "connect_networks"):
        monkeypatch.setattr(seed, name, lambda *_: None)
    monkeypatch.setattr(seed, "seed", lambda *_: {"users": {"artist": {}}})
    monkeypatch.setattr(demo, "open_books", lambda *_: None)
    monkeypatch.setattr(stack, "is_running", lambda _: True)
    stack.update(settings)
    described = json.loads(settings.stack_file.read_text())
    assert (described["kind"], described["runtime"]) == ("ministack", "processes")
    assert described["apiUrl"].endswith("/abc/api")
