"""Runtime API of Lambda, as its runtime interface client calls it (version 2018-06-01).

The client asks for the next invocation, which waits until there is one, and posts the response or
the error. docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_ROOT = "/2018-06-01/runtime/"
_INVOCATION = f"{_ROOT}invocation/"


@dataclass(frozen=True)
class Invocation:
    """Request to the function.

    Attributes:
        deadline: When the function must have answered, in milliseconds since 1970.
    """

    id: str
    function_arn: str
    payload: bytes
    deadline: int
    trace: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Return what the API sends beside the payload."""
        return {
            "Lambda-Runtime-Aws-Request-Id": self.id,
            "Lambda-Runtime-Invoked-Function-Arn": self.function_arn,
            "Lambda-Runtime-Trace-Id": self.trace,
            "Lambda-Runtime-Deadline-Ms": str(self.deadline),
        }


@dataclass(frozen=True)
class Ready:
    """The function has started, and waits for an invocation."""


@dataclass(frozen=True)
class InitFailed:
    """The function could not be loaded."""

    error: bytes


@dataclass(frozen=True)
class Answer:
    """Response of one invocation, or its error."""

    invocation_id: str
    body: bytes
    is_error: bool


Event = Ready | InitFailed | Answer


class RuntimeApi:
    """Server for exactly one function process, at a loopback port of its own."""

    def __init__(self) -> None:
        self._events: queue.Queue[Event] = queue.Queue()
        self._invocations: queue.Queue[Invocation | None] = queue.Queue()
        handler = type("Handler", (_Handler,), {"api": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = False  # so that `close` waits for them
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Return host and port, as AWS_LAMBDA_RUNTIME_API holds them."""
        return f"127.0.0.1:{self._server.server_port}"

    def offer(self, invocation: Invocation) -> None:
        """Hand out the invocation to the process, as the next one."""
        self._invocations.put(invocation)

    def wait(self, seconds: float) -> Event | None:
        """Return what the process says next; None if it says nothing for so long."""
        try:
            return self._events.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return None

    def close(self) -> None:
        """Stop. The process has ended before, so that nothing holds a connection open."""
        self._invocations.put(None)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def next_invocation(self) -> Invocation | None:
        """Return the next invocation, for which it waits; None when the server stops."""
        self._events.put(Ready())
        invocation = self._invocations.get()
        if invocation is None:
            self._invocations.put(None)  # for any other connection
        return invocation

    def take(self, path: str, body: bytes) -> bool:
        """Take what the process posts; return False if the path means nothing."""
        if path == f"{_ROOT}init/error":
            self._events.put(InitFailed(body))
            return True
        invocation_id, _, kind = path.removeprefix(_INVOCATION).partition("/")
        if not path.startswith(_INVOCATION) or kind not in ("response", "error"):
            return False
        self._events.put(Answer(invocation_id, body, is_error=kind == "error"))
        return True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits 40 ms for a delayed acknowledgement
    wbufsize = -1
    api: RuntimeApi

    def log_message(self, *_: Any) -> None:
        """Keep quiet: LocalStack logs invocations."""

    def do_GET(self) -> None:
        """Answer with the next invocation."""
        if self.path != f"{_INVOCATION}next":
            self._answer(404)
            return
        invocation = self.api.next_invocation()
        if invocation is None:
            self.close_connection = True
        else:
            self._answer(200, invocation.payload, invocation.headers)

    def do_POST(self) -> None:
        """Take a response or an error."""
        known = self.api.take(self.path, self._body())
        self._answer(202 if known else 404, json.dumps({"status": "OK"}).encode())

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _answer(
        self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
