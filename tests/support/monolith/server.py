"""HTTP server of the sample monolith."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.monolith.records import Records, Refused

TEMPLATES = [
    {"id": 1, "name": "birthday", "type": "birthday", "subject": "Happy birthday", "content": "…"}
]


class Monolith(ThreadingHTTPServer):
    """The server.

    Attributes:
        records: What it has stored.
        requests: Requests that it received: method, path, headers by lower-case names.
    """

    daemon_threads = False  # closing the server waits for them

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.records = Records()
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.breaks_off = False  # carries out a request, and does not answer

    @property
    def url(self) -> str:
        """Its base URL, MONOLITH_URL of the gateway."""
        return f"http://127.0.0.1:{self.server_port}/api"


@contextmanager
def running_monolith() -> Iterator[Monolith]:
    """Run a monolith; end it and all of its threads afterwards."""
    with Monolith() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Answers one request for each connection, so that no thread waits for another."""

    server: Monolith

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append((self.command, self.path, headers))
        try:
            status, made = self._route(headers, json.loads(body or b"{}"))
        except Refused as error:
            status, made = error.status, {"error": str(error)}
        if self.server.breaks_off:
            return
        encoded = json.dumps(made).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(encoded)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(encoded)

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815

    def _route(self, headers: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        path = self.path.partition("?")[0]
        user_id, role = headers.get("x-user-id"), headers.get("x-user-role", "")
        if user_id is None:
            raise Refused(401, "Unauthorized")
        api, *segments = [part for part in path.split("/") if part]
        if api.lower() != "api":
            raise Refused(404, "Not found")
        method = "GET" if self.command == "HEAD" else self.command
        name, *rest = segments[0].lower(), *segments[1:]
        if name == "notifications":
            return self._answer_notifications([method, *rest], user_id, body)
        if name == "appointments":
            return self._answer_appointments([method, *rest], user_id, role, body)
        raise Refused(404, "Not found")

    def _answer_notifications(
        self, request: list[str], user_id: str, body: dict[str, Any]
    ) -> tuple[int, Any]:
        match request:
            case ["POST", "send"]:
                return 200, self.server.records.send(user_id, body)
            case ["GET", "templates"]:
                return 200, TEMPLATES
        raise Refused(404, "Not found")

    def _answer_appointments(
        self, request: list[str], user_id: str, role: str, body: dict[str, Any]
    ) -> tuple[int, Any]:
        records = self.server.records
        match request:
            case ["POST"]:
                return 201, records.book(user_id, role, body)
            case ["GET"]:
                return 200, records.list_own(user_id)
            case ["GET", id_]:
                return 200, records.get(user_id, id_)
            case ["PATCH", id_]:
                return 200, records.change(user_id, id_, body)
            case ["DELETE", id_] | ["POST", id_, "cancel"]:
                return 200, records.change(user_id, id_, {"status": "cancelled"})
            case ["POST", id_, "confirm"]:
                return 200, records.change(user_id, id_, {"status": "confirmed"})
        raise Refused(404, "Not found")

    def log_message(self, *_: Any) -> None:
        """Log nothing."""
