"""Small HTTP server: routes, JSON, problems (RFC 9457), and connections dropped on purpose."""

from __future__ import annotations

import re
import socketserver
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message as Headers
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

T = TypeVar("T")

# Far above what a stand-in ought to get: a message of Twilio has 1,600 characters, a push 4,096
# octets. It only keeps a mistake from filling the memory.
_MAX_BODY_BYTES = 1_000_000
# Those of the API (shared.http.security_headers), which this process does not import. A response
# may have its own.
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True)
class Request:
    """Request; `params` are the decoded path segments that the route names in braces."""

    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Headers
    body: bytes

    def lower_case_headers(self, *, without: Sequence[str] = ()) -> dict[str, str]:
        """Return the headers by lower-case name, except those named in `without`."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        return {name: value for name, value in headers.items() if name not in without}


@dataclass(frozen=True)
class Response:
    """Response."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """Method, path such as `/faults/{channel}`, and handler."""

    method: str
    path: str
    handler: Callable[[Request], Response]

    def match(self, path: str) -> dict[str, str] | None:
        """Return the decoded parameters of `path`, or None for another path."""
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.path))
        found = re.fullmatch(pattern, path)
        return found and {name: unquote(value) for name, value in found.groupdict().items()}


class Problem(Exception):
    """Error that is answered with problem+json; `field` names the wrong input, if any."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field
        self.headers = headers or {}

    def response(self) -> Response:
        """Return the response."""
        details: dict[str, Any] = {
            "type": "about:blank",
            "title": reason(self.status),
            "status": self.status,
            "detail": self.detail,
        }
        if self.field is not None:
            details["errors"] = [{"field": self.field, "message": self.detail}]
        headers = {"Content-Type": "application/problem+json", **self.headers}
        return Response(self.status, msgspec.json.encode(details), headers)


def reason(status: int) -> str:
    """Return the phrase of a status; statuses that a fault invents have none of their own."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Injected fault"


class ConnectionDropped(Exception):
    """Error that closes the connection without a response."""


def json_response(
    value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a response with `value` as JSON."""
    all_headers = {"Content-Type": "application/json", **(headers or {})}
    return Response(status, msgspec.json.encode(value), all_headers)


def decode_json(body: bytes, model: type[T]) -> T:
    """Decode a JSON body. Raises Problem: 400 if it is not JSON, 422 for a wrong field."""
    try:
        return msgspec.json.decode(body, type=model)
    except msgspec.ValidationError as error:
        raise _wrong_field(error, "body") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Problem(400, "The body is not valid JSON.", field="body") from None


def convert(value: Any, model: type[T], name: str) -> T:
    """Convert the input called `name`, such as a query. Raises Problem 422 for a wrong field."""
    try:
        return msgspec.convert(value, model)
    except msgspec.ValidationError as error:
        raise _wrong_field(error, name) from None


def _wrong_field(error: msgspec.ValidationError, name: str) -> Problem:
    # msgspec says where in its text: "Expected `int`, got `str` - at `$.status`".
    message, _, path = str(error).partition(" - at `$")
    return Problem(422, message, field=name + path.rstrip("`"))


class Server(ThreadingHTTPServer):
    """HTTP server that listens as soon as it exists; the first route that matches answers.

    Raises OSError when it cannot listen.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, routes: Sequence[Route]) -> None:
        self.routes = routes
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Bind without HTTPServer's reverse look-up of the address, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        host, self.server_port = self.socket.getsockname()
        self.server_name = str(host)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes; Nagle's algorithm would hold the second back for 40 ms.
    disable_nagle_algorithm = True
    timeout = 60

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: the inbox page asks every second."""

    def _answer(self) -> None:
        try:
            response = self._dispatch()
        except Problem as problem:
            response = problem.response()
        except ConnectionDropped:
            self.close_connection = True
            return
        except Exception:
            traceback.print_exc(file=sys.stderr)
            response = Problem(500, "The stand-in failed; see its log.").response()
        self._send(response)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 (http.server's names)
    do_PROPFIND = do_REPORT = do_OPTIONS = _answer  # noqa: N815

    def _dispatch(self) -> Response:
        body = self._read_body()
        url = urlsplit(self.path)
        allowed = []
        for route in self.server.routes:
            params = route.match(url.path)
            if params is None:
                continue
            if route.method == self.command:
                query = dict(parse_qsl(url.query, keep_blank_values=True))
                return route.handler(Request(params, query, self.headers, body))
            allowed.append(route.method)
        if allowed:
            raise Problem(
                405, f"Not a method of {url.path}.", headers={"Allow": ", ".join(allowed)}
            )
        raise Problem(404, f"Nothing is at {url.path}.")

    def _read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        # An unread body would be taken for the next request, so these answers are the last.
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.close_connection = True
            raise Problem(411, "The request needs a Content-Length.")
        if int(length) > _MAX_BODY_BYTES:
            self.close_connection = True
            raise Problem(413, f"The body has more than {_MAX_BODY_BYTES} bytes.")
        return self.rfile.read(int(length))

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        own = {name.lower() for name in response.headers}
        for name, value in SECURITY_HEADERS.items():
            if name not in own:
                self.send_header(name, value)
        # RFC 9110 section 8.6: an answer without a body by definition has no Content-Length.
        if response.status not in (204, 304):
            self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(response.body)
