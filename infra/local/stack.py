"""Stack on this machine as a whole, started and stopped by `make up` and by tests.

Docker is needed for one step, to start the containers of a stack by LocalStack; every other step
runs against the endpoint, whatever runs it.
"""

import json
import shutil
from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import boto3

from infra import bundling
from infra.local import assembly, demo, endpoints, mongo_venv, processes, seed
from infra.local.deploy import Outputs, deploy, deployed
from infra.local.kinds import Kind, Runtime
from infra.local.locks import exclusive
from infra.local.progress import note, step
from infra.local.selection import select
from infra.local.services import is_running, services
from infra.local.settings import Settings, StackError
from infra.local.synth import MINISTACK, Variant, synth
from infra.localstack import capabilities, containers
from infra.operate.ensure_indexes import COMPLETE, ensure_indexes

_REST_API_ID = "RestApiId"
_WEBSOCKET_API_ID = "WebSocketApiId"
_CONTAINERS_PORTS = ("AWS_PORT", "MONGO_PORT")


def start(settings: Settings, only: Collection[str] = ()) -> dict[str, Any]:
    """Start the whole stack and return what stack.json holds. Harmless when it is running.

    Args:
        settings: The stack.
        only: Features to start, with what they need; what runs already stays. All unless given.

    Raises:
        StackError: Another kind of stack runs, a port is taken, a process or container does not
            start, the app does not synthesize, there is no such feature, or a stack does not
            deploy.
    """
    with _locked(settings):
        require_no_other(settings)
        in_containers = settings.runtime is Runtime.CONTAINERS
        if in_containers and settings.kind is Kind.LOCALSTACK:
            capabilities.require_token()
        runs = in_containers and any(
            one.state == "running" for one in containers.list_all(settings)
        )
        processes.require_free_ports(settings, _CONTAINERS_PORTS if runs else ())
        settings.remember_kind()
        if in_containers:
            _start_containers(settings)
        else:
            mongo_venv.ensure(settings)
        _start_processes(settings)
        settings.remember_ports()
        return _bring_up_to_date(settings, only)


def update(settings: Settings) -> dict[str, Any]:
    """Deploy what changed to a stack that runs, and add missing demo data; return as `start` does.

    Raises:
        StackError: It does not run, or a stack does not deploy.
    """
    with _locked(settings):
        if not is_running(settings):
            raise StackError(f"There is no running stack. First: {settings.command}")
        return _bring_up_to_date(settings)


def deploy_assembly(settings: Settings, directory: Path) -> None:
    """Deploy the stacks of an assembly that differ from what runs.

    Raises:
        StackError: A stack does not deploy.
    """
    with _locked(settings):
        _deploy(settings, directory)


def stop(settings: Settings) -> list[str]:
    """Stop what `start` started and keep the data; return the names of what was stopped."""
    with _locked(settings):
        return _stop(settings)


def reset(settings: Settings) -> list[str]:
    """Stop, then delete the data and everything derived from it."""
    with _locked(settings):
        stopped = _stop(settings)
        if settings.runtime is Runtime.CONTAINERS:
            containers.delete(settings)
        shutil.rmtree(settings.data_dir, ignore_errors=True)
        for name in ("logs", "run", "tmp"):
            shutil.rmtree(settings.local_dir / name, ignore_errors=True)
        for file in (settings.stack_file, settings.local_dir / "ports.json"):
            file.unlink(missing_ok=True)
        return stopped


def _locked(settings: Settings) -> AbstractContextManager[None]:
    return exclusive(settings.local_dir / "lock")


def require_no_other(settings: Settings) -> None:
    """Refuse to start a stack beside one of another kind, whose description it would overwrite.

    Raises:
        StackError: One of another kind or runtime runs here.
    """
    other = settings.described()
    if (other.kind, other.runtime) != (settings.kind, settings.runtime) and is_running(other):
        raise StackError(f"A stack by {other.kind} runs here. First: make down")


def _bring_up_to_date(settings: Settings, only: Collection[str] = ()) -> dict[str, Any]:
    kind = endpoints.find_kind(settings.aws_endpoint)
    if kind is not settings.kind:
        raise StackError(f"At {settings.aws_endpoint} is {kind}, and not {settings.kind}.")
    session = settings.session()
    outputs = _deploy(settings, synth(settings, _find_variant(settings, session)), only)
    api_url = settings.api_url(_rest_api_id(outputs))
    with step("seed"):
        seed.publish_api_url(settings, session, api_url)
        seed.connect_webhook(settings, api_url)
        started = {name.removeprefix(settings.prefix()) for name in outputs}
        if seed.NETWORKS in started:
            seed.connect_networks(settings, api_url)
        seeded = seed.seed(settings, session)
        if started >= demo.FEATURES:
            demo.open_books(session, settings.prefix(), seeded["users"]["artist"])
    description = {
        "kind": settings.kind,
        "runtime": settings.runtime,
        "apiUrl": api_url,
        "webSocketUrl": _websocket_url(settings, outputs),
        "apiKeys": {},
        "inboxUrl": settings.inbox_url,
        "awsEndpoint": settings.aws_endpoint,
        "mongoUri": settings.mongo_uri,
        "users": {},
        **seeded,
    }
    settings.stack_file.write_text(json.dumps(description, indent=2) + "\n")
    return description


def _find_variant(settings: Settings, session: boto3.Session) -> Variant:
    """Return what the endpoint needs of an assembly."""
    if settings.kind is Kind.MINISTACK:
        in_containers = settings.runtime is Runtime.CONTAINERS
        return Variant(bundling.CONTAINER.name) if in_containers else MINISTACK
    by_runtime = {Runtime.CONTAINERS: bundling.CONTAINER, Runtime.PROCESSES: bundling.PROCESS}
    return Variant(
        by_runtime[settings.runtime].name,
        websockets=capabilities.has_websockets(session.client("apigatewayv2")),
        one_address=True,
    )


def _deploy(settings: Settings, directory: Path, only: Collection[str] = ()) -> Outputs:
    session = settings.session()
    stacks = assembly.read(directory)
    if only:
        selected = select(stacks, settings.prefix(), only, deployed(session))
        if len(selected) < len(stacks):
            note("features that start later know nobody who registered before; see make reset")
        stacks = selected
    outputs = deploy(session, stacks, settings.kind)
    seed.configure(settings, session)
    for line in ensure_indexes(session, settings.prefix()):
        if not line.endswith(COMPLETE):
            note(line)
    return outputs


def _start_containers(settings: Settings) -> None:
    with step("start the containers"):
        containers.start(settings)
        containers.wait_until_healthy(settings)
    if settings.kind is Kind.LOCALSTACK:
        health = endpoints.read_health(settings.aws_endpoint, settings.kind)
        capabilities.require_authorizers(health or {})


def _start_processes(settings: Settings) -> None:
    due = []
    for process in services(settings):
        running = processes.find(settings, process.name)
        if running is None and processes.was_started(settings, process.name):
            note(f"{process.name} was killed or the machine went down. {process.after_a_crash}")
        if running is not None and running.fingerprint != process.fingerprint:
            with step(f"stop {process.name}, whose configuration changed"):
                processes.stop(settings, process)
            running = None
        if running is None:
            due.append(process)
        elif not process.is_healthy():
            with step(f"wait for {process.name}"):
                processes.wait_until_healthy(settings, process)
    for process in due:
        processes.start(settings, process)
    for process in due:
        with step(f"start {process.name}"):
            processes.wait_until_healthy(settings, process)


def _stop(settings: Settings) -> list[str]:
    stopped = []
    for process in reversed(services(settings)):
        if processes.find(settings, process.name):
            with step(f"stop {process.name}"):
                processes.stop(settings, process)
            stopped.append(process.name)
    if settings.runtime is Runtime.CONTAINERS:
        with step("stop the containers"):
            stopped += containers.stop(settings)
    return stopped


def _rest_api_id(outputs: Outputs) -> str:
    found = _output(outputs, _REST_API_ID)
    if found is None:
        raise StackError(f"No stack has the output {_REST_API_ID}.")
    return found


def _websocket_url(settings: Settings, outputs: Outputs) -> str | None:
    """Return the WebSocket URL; None if the environment has no WebSocket API."""
    found = _output(outputs, _WEBSOCKET_API_ID)
    return settings.websocket_url(found) if found else None


def _output(outputs: Outputs, name: str) -> str | None:
    return next((each[name] for each in outputs.values() if name in each), None)
