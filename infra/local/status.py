"""Status of the stack on this machine: `make status`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import boto3

from infra.local import endpoints, processes
from infra.local.kinds import Runtime
from infra.local.services import services
from infra.local.settings import Settings
from infra.localstack import containers
from infra.operate import readiness

_URLS = {"API": "apiUrl", "live": "webSocketUrl", "inbox": "inboxUrl"}


def report(settings: Settings) -> Iterator[str]:
    """Return tables as lines: what runs, and stacks, features and URLs when AWS answers."""
    rows = [("SERVICE", "STATE", "PID", "PORT", "LOG"), *_containers(settings)]
    aws_answers = endpoints.is_healthy(settings.aws_endpoint, settings.kind)
    for process in services(settings):
        record = processes.find(settings, process.name)
        healthy = record is not None and process.is_healthy()
        if record is None:
            state = "killed" if processes.was_started(settings, process.name) else "stopped"
        else:
            state = "healthy" if healthy else "not answering"
        rows.append(
            (
                process.name,
                state,
                str(record.pid) if record else "-",
                ", ".join(str(port) for port in process.ports.values()),
                _shortened(processes.log_file(settings, process.name)),
            )
        )
    yield from _table(rows)
    if aws_answers:
        stacks = list(_stacks(settings.session()))
        yield ""
        yield from _table([("STACK", "STATUS", "CHANGED"), *stacks])
        if stacks:
            yield ""
            yield from _table([("FEATURE", "HEALTH", "WHAT"), *_features(settings, stacks)])
    description = settings.description()
    urls = [(name, description[key]) for name, key in _URLS.items() if description.get(key)]
    if aws_answers and urls:
        yield ""
        yield from _table([("WHAT", "URL"), *urls])


def _containers(settings: Settings) -> Iterator[tuple[str, str, str, str, str]]:
    if settings.runtime is Runtime.CONTAINERS:
        ports = {"mongo": settings.mongo_port, settings.kind.value: settings.aws_port}
        for one in containers.list_all(settings):
            log = f"docker compose -f {containers.COMPOSE_FILE} logs {one.service}"
            state = one.health or one.state
            yield (one.service, state, "-", str(ports.get(one.service, "-")), log)


def _stacks(session: boto3.Session) -> Iterator[tuple[str, str, str]]:
    pages = session.client("cloudformation").get_paginator("describe_stacks").paginate()
    for page in pages:
        for stack in page["Stacks"]:
            changed = stack.get("LastUpdatedTime", stack["CreationTime"])
            yield (
                stack["StackName"],
                stack["StackStatus"],
                changed.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            )


def _features(
    settings: Settings, stacks: Sequence[tuple[str, str, str]]
) -> Iterator[tuple[str, str, str]]:
    # A part of the stack may have been started: the others are not unhealthy.
    deployed = {name for name, _, _ in stacks}
    prefix = settings.prefix()
    for state in readiness.check(settings.session(), prefix):
        if f"{prefix}{state.feature}" in deployed:
            yield (state.feature, "ready" if state.ready else "not ready", state.detail)


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _shortened(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
