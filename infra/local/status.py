"""Status of the embedded stack: `make status`."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import boto3

from infra.local import processes
from infra.local.services import services
from infra.local.settings import Settings

_URLS = {"API": "apiUrl", "live": "webSocketUrl", "inbox": "inboxUrl"}


def report(settings: Settings) -> Iterator[str]:
    """Return two tables as lines: the processes, and the deployed stacks when AWS answers."""
    rows = [("SERVICE", "STATE", "PID", "PORT", "LOG")]
    aws_answers = False
    for process in services(settings):
        record = processes.find(settings, process.name)
        healthy = record is not None and process.is_healthy()
        aws_answers = aws_answers or (healthy and "AWS_PORT" in process.ports)
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
        yield ""
        yield from _table([("STACK", "STATUS", "CHANGED"), *_stacks(settings.session())])
    if aws_answers and settings.stack_file.exists():
        description = json.loads(settings.stack_file.read_text())
        urls = [(name, description[key]) for name, key in _URLS.items() if description.get(key)]
        yield ""
        yield from _table([("WHAT", "URL"), *urls])


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


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _shortened(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
