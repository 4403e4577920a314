"""Containers of localstack-compose.yml, started and stopped by `docker compose`.

This is all that Docker is needed for: every other step of a stack runs against its endpoint,
whatever runs it.
"""

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.local import endpoints
from infra.local.settings import Settings, StackError

COMPOSE_FILE = Path("localstack-compose.yml")
_BRIDGE = ("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}")

# MongoDB and LocalStack take seconds; a machine that is slow, a minute.
DEADLINE_SECONDS = 180.0
_POLL_SECONDS = 0.5
_LOG_LINES_SHOWN = 15

Answer = subprocess.CompletedProcess[str]
Docker = Callable[[Sequence[str], Mapping[str, str]], Answer]


@dataclass(frozen=True)
class Container:
    """Container of a service.

    Attributes:
        service: Name in the compose file.
        state: `running`, `exited` and so on.
        health: `healthy`, `starting` or `unhealthy`; empty without a health check.
    """

    service: str
    state: str
    health: str

    @property
    def is_healthy(self) -> bool:
        """Whether it runs, and its health check, if it has one, succeeds."""
        return self.state == "running" and self.health in ("", "healthy")


def call_docker(arguments: Sequence[str], environment: Mapping[str, str]) -> Answer:
    """Run the docker command line with further variables.

    Raises:
        StackError: There is no docker command.
    """
    try:
        return subprocess.run(
            ["docker", *arguments],  # noqa: S607 - where it is differs by system
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise StackError(
            "This stack runs in containers, and there is no `docker` command on this machine. "
            "`make up` needs none."
        ) from None


def start(settings: Settings, docker: Docker = call_docker, *, only: Sequence[str] = ()) -> None:
    """Create and start the containers, or those of some services; unchanged ones are left alone.

    Raises:
        StackError: Docker or its compose plugin refused.
    """
    _compose(settings, docker, "up", "--detach", *only)


def wait_until_healthy(
    settings: Settings,
    docker: Docker = call_docker,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until every container is healthy, and AWS answers this machine.

    Raises:
        StackError: A container ended, or three minutes passed; with the end of its log.
    """
    deadline = clock() + DEADLINE_SECONDS
    while True:
        found = list_all(settings, docker)
        ended = [one for one in found if one.state in ("exited", "dead")]
        waiting = [one for one in found if not one.is_healthy]
        if found and not waiting and endpoints.is_healthy(settings.aws_endpoint, settings.kind):
            return
        if ended or clock() > deadline:
            names = [one.service for one in ended or waiting] or [settings.kind.value]
            problem = "ended at once" if ended else "is not healthy in time"
            raise StackError(
                f"{', '.join(names)} {problem}.\n{_log_tail(settings, docker, names[0])}"
            )
        sleep(_POLL_SECONDS)


def stop(
    settings: Settings, docker: Docker = call_docker, *, only: Sequence[str] = ()
) -> list[str]:
    """Stop the containers, or those of some services; return the names of those that ran.

    Their data stays.
    """
    running = [
        one.service
        for one in list_all(settings, docker)
        if one.state == "running" and (not only or one.service in only)
    ]
    if running:
        _compose(settings, docker, "stop", *running)
    return running


def delete(settings: Settings, docker: Docker = call_docker) -> None:
    """Delete the containers and their data."""
    _compose(settings, docker, "down", "--volumes", "--remove-orphans")


def list_all(settings: Settings, docker: Docker = call_docker) -> list[Container]:
    """Return the containers that exist, in the order of their names.

    Compose prints an object in each line; before 2.21 it printed one list.
    """
    output = _compose(settings, docker, "ps", "--all", "--format", "json").strip()
    rows = json.loads(output) if output.startswith("[") else map(json.loads, output.splitlines())
    found = [Container(row["Service"], row["State"], row.get("Health") or "") for row in rows]
    return sorted(found, key=lambda one: one.service)


def find_bridge(docker: Docker = call_docker) -> str | None:
    """Return the address of this machine on Docker's bridge, if it is ours to listen on.

    Docker Desktop forwards `host.docker.internal` to the loopback, so that nothing else is needed.
    With Docker Engine on Linux it is the address of the bridge, which no other machine reaches.
    """
    try:
        answer = docker(_BRIDGE, {})
    except StackError:
        return None
    address = answer.stdout.strip()
    if answer.returncode != 0 or not address:
        return None
    try:
        socket.create_server((address, 0)).close()
    except OSError:
        return None
    return address


def _compose(settings: Settings, docker: Docker, *arguments: str) -> str:
    file = str(settings.root / COMPOSE_FILE)
    variables = {name: str(port) for name, port in settings.ports.items()}
    answer = docker(["compose", "--file", file, "--profile", settings.kind, *arguments], variables)
    if answer.returncode != 0:
        raise StackError(
            f"docker compose {arguments[0]} failed. It needs a running Docker with the compose "
            f"plugin.\n{answer.stderr.strip()}"
        )
    return answer.stdout


def _log_tail(settings: Settings, docker: Docker, service: str) -> str:
    lines = str(_LOG_LINES_SHOWN)
    return _compose(settings, docker, "logs", "--no-color", "--tail", lines, service).rstrip()
