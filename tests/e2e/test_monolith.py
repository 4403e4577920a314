"""Route to the monolith in a deployed stack: paths that no feature owns."""

import hashlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.api import TIMEOUT_SECONDS, Api
from tests.support.stack import RunningStack

PICTURE = bytes(range(256)) * 4096  # 1 MiB that is not UTF-8


class Echo(BaseHTTPRequestHandler):
    """Handler that responds with the path, the headers and the body's hash of the request."""

    def do_GET(self) -> None:
        if self.path == "/old/picture":
            self._serve_picture()
        elif self.path == "/old/moved":
            self.send_response(302)
            self.send_header("location", "/old/page")
            self.send_header("content-length", "0")
            self.end_headers()
        else:
            self._echo()

    def do_HEAD(self) -> None:
        self._serve_picture()

    def do_POST(self) -> None:
        self._echo()

    def _serve_picture(self) -> None:
        """Answer with a picture, or the part of it that is asked for, and two cookies."""
        asked = self.headers.get("range")
        body = PICTURE[:100] if asked == "bytes=0-99" else PICTURE
        self.send_response(206 if asked else 200)
        self.send_header("content-type", "image/png")
        self.send_header("accept-ranges", "bytes")
        if asked:
            self.send_header("content-range", f"bytes 0-99/{len(PICTURE)}")
        self.send_header("set-cookie", "sid=1; Expires=Tue, 01 Dec 2099 00:00:00 GMT; Path=/")
        self.send_header("set-cookie", "theme=dark")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _echo(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        received = self.rfile.read(int(headers.get("content-length", "0")))
        digest = hashlib.sha256(received).hexdigest()
        body = json.dumps({"path": self.path, "headers": headers, "sha256": digest}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def monolith(stack: RunningStack) -> Iterator[None]:
    """Run a monolith and configure the gateway's function as Environment.monolith_url does."""
    client, name = stack.client("lambda"), f"{stack.settings.prefix()}gateway-api"
    variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        told = {"Variables": variables | {"MONOLITH_URL": url}}
        client.update_function_configuration(FunctionName=name, Environment=told)
        yield
        server.shutdown()
    client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


@pytest.mark.usefixtures("monolith")
def test_only_the_gateway_sets_identity_headers_for_the_monolith(
    api: Api, stack: RunningStack
) -> None:
    person = stack.user("artist")
    signed_in = api.signed_in(person["email"], person["password"])
    seen = signed_in.get("/old/page?a=1&a=2", x_user_id="usr_evil", x_user_role="admin").json()
    assert seen["path"] == "/old/page?a=1&a=2"
    identity = {name: seen["headers"].get(f"x-user-{name}") for name in ("id", "email", "role")}
    assert identity == {"id": person["id"], "email": person["email"], "role": "artist"}
    assert "x-user-id" not in api.get("/old/page", x_user_id="usr_evil").json()["headers"]


@pytest.mark.usefixtures("monolith")
def test_a_forged_token_does_not_reach_the_monolith(api: Api) -> None:
    assert replace(api, token="a.b.c").get("/old/page").status_code == 401


@pytest.mark.usefixtures("monolith")
@pytest.mark.parametrize(
    "media_type", ["image/png", "application/octet-stream", "multipart/form-data; boundary=x"]
)
def test_a_binary_body_reaches_the_monolith_unchanged(api: Api, media_type: str) -> None:
    body = bytes(range(256))  # not UTF-8
    headers = {"x-api-key": str(api.key), "x-forwarded-for": api.address}
    answer = requests.post(
        f"{api.base_url}/old/uploads",
        data=body,
        headers=headers | {"content-type": media_type},
        timeout=TIMEOUT_SECONDS,
    )
    assert answer.json()["sha256"] == hashlib.sha256(body).hexdigest()


@pytest.mark.usefixtures("monolith")
@pytest.mark.parametrize("accept", ["image/avif,image/webp,*/*", "text/html,*/*;q=0.8"])
def test_pictures_cookies_parts_and_redirects_come_back_unchanged(api: Api, accept: str) -> None:
    whole = api.get("/old/picture", accept=accept)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "image/png")
    assert hashlib.sha256(whole.content).digest() == hashlib.sha256(PICTURE).digest()
    assert whole.raw.headers.getlist("set-cookie") == [
        "sid=1; Expires=Tue, 01 Dec 2099 00:00:00 GMT; Path=/",
        "theme=dark",
    ]
    part = api.get("/old/picture", accept=accept, range="bytes=0-99")
    assert (part.status_code, part.content) == (206, PICTURE[:100])
    assert part.headers["content-range"] == f"bytes 0-99/{len(PICTURE)}"
    head = api.call("HEAD", "/old/picture", accept=accept)
    assert (head.status_code, head.content) == (200, b"")
    # API Gateway hands on the length of what it does not send under another name.
    length = head.headers.get("x-amzn-remapped-content-length", head.headers["content-length"])
    assert length == str(len(PICTURE))
    headers = {"x-api-key": str(api.key), "x-forwarded-for": api.address}
    moved = requests.get(
        f"{api.base_url}/old/moved",
        headers=headers,
        allow_redirects=False,
        timeout=TIMEOUT_SECONDS,
    )
    assert (moved.status_code, moved.headers["location"]) == (302, "/api/old/page")


@pytest.mark.usefixtures("monolith")
@pytest.mark.parametrize(("size", "status"), [(4_587_520, 200), (4_587_521, 413)])
def test_uploads_pass_up_to_what_a_function_takes(api: Api, size: int, status: int) -> None:
    body = bytes([255]) * size
    headers = {"x-api-key": str(api.key), "x-forwarded-for": api.address}
    answer = requests.post(
        f"{api.base_url}/old/uploads",
        data=body,
        headers=headers | {"content-type": "application/octet-stream"},
        timeout=TIMEOUT_SECONDS,
    )
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["sha256"] == hashlib.sha256(body).hexdigest()


def send(api: Api, target: str, *headers: bytes) -> tuple[int, dict[str, object]]:
    """Send a GET exactly as written: clients would normalize paths and refuse line breaks."""
    address = urlsplit(api.base_url)
    lines = [
        f"GET {address.path}{target} HTTP/1.1".encode(),
        f"host: {address.netloc}".encode(),
        f"x-api-key: {api.key}".encode(),
        b"connection: close",
        *headers,
    ]
    with socket.create_connection((address.hostname, address.port), TIMEOUT_SECONDS) as opened:
        opened.sendall(b"\r\n".join(lines) + b"\r\n\r\n")
        response = http.client.HTTPResponse(opened)
        response.begin()
        body = response.read()
    return response.status, json.loads(body) if body.startswith(b"{") else {}


@pytest.mark.usefixtures("monolith")
@pytest.mark.parametrize(
    "target",
    [
        *("/old/../admin", "/old/%2e%2e/admin", "/old/..%2fadmin", "/old/..;/admin"),
        *("/old/..\\admin", "/old/..%5cadmin", "/old/%252e%252e%252fadmin", "/old%0d%0aa"),
    ],
)
def test_paths_that_climb_do_not_reach_the_monolith(api: Api, target: str) -> None:
    status, body = send(api, target)
    assert 400 <= status < 500
    assert "sha256" not in body


@pytest.mark.usefixtures("monolith")
def test_headers_that_only_a_proxy_may_set_do_not_reach_the_monolith(api: Api) -> None:
    names = (
        *("Proxy", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Prefix"),
        *("X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-Method-Override"),
        *("X-HTTP-Method", "X-Real-IP", "X_User_Id", "x-USER-role", "X-User_Email"),
    )
    status, body = send(api, "/old/page", *(f"{name}: 198.18.99.99".encode() for name in names))
    assert status == 200
    assert "198.18.99.99" not in str(body)


@pytest.mark.usefixtures("monolith")
@pytest.mark.parametrize(
    "header",
    [
        b"x-legacy: a\r\n x-user-id: usr_admin",
        b"x-legacy: a\nx-user-id: usr_admin",
        b"x-legacy: a\rx-user-id: usr_admin",
        b"x-user-id : usr_admin",
    ],
)
def test_a_line_break_in_a_header_forges_none(api: Api, header: bytes) -> None:
    status, body = send(api, "/old/page", header)
    assert status in (200, 400)
    headers = body.get("headers", {})
    assert isinstance(headers, dict)
    assert not [name for name in headers if "user-id" in name]
