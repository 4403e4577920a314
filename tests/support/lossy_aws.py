"""A DynamoDB on a socket of its own that loses answers: it does the work and closes the connection.

It answers with moto, whose tables it shares with the test.
"""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.models import botocore_stubber

from shared.platform import aws


class LossyServer(ThreadingHTTPServer):
    """The endpoint.

    Attributes:
        calls: How often each operation was carried out.
        lost: How often its answer was lost.
    """

    daemon_threads = True

    def __init__(self, operation: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.operation = operation
        self.calls: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self._seen: set[bytes] = set()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def connect(self) -> Any:
        """Return a client with our settings that reaches moto through this endpoint only."""
        client = aws.create_client("dynamodb", self.url, **aws.SERVICES["dynamodb"])
        client.meta.events.unregister("before-send", botocore_stubber)
        return client

    def loses(self, operation: str, body: bytes) -> bool:
        """Record a call, and return whether its answer is lost: that of each first attempt."""
        with self._lock:
            self.calls[operation] += 1
            is_lost = operation == self.operation and body not in self._seen
            self._seen.add(body)
            self.lost[operation] += is_lost
            return is_lost


class _Handler(BaseHTTPRequestHandler):
    server: LossyServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        answer = _ask_moto(self.headers, body)
        if self.server.loses(operation, body):
            self.close_connection = True
            return
        self.send_response(answer.status_code)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, format: str, *args: Any) -> None:  # the name it has
        """Log nothing."""


def _ask_moto(headers: Any, body: bytes) -> AWSResponse:
    url = f"https://dynamodb.{os.environ['AWS_REGION']}.amazonaws.com/"
    known = HTTPHeaders()
    for name, value in headers.items():
        known[name] = value
    request = AWSPreparedRequest("POST", url, known, body, stream_output=False)
    answer = botocore_stubber("before-send.dynamodb", request)
    assert answer is not None
    return answer


@contextmanager
def losing(operation: str) -> Iterator[LossyServer]:
    """Serve a DynamoDB that loses the answer to the first attempt of each call of an operation."""
    server = LossyServer(operation)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
