"""Route to the monolith in a deployed stack: paths that no feature owns."""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from tests.support.api import TIMEOUT_SECONDS, Api
from tests.support.stack import RunningStack


class Echo(BaseHTTPRequestHandler):
    """Handler that responds with the path, the headers and the body's hash of the request."""

    def do_GET(self) -> None:
        self._echo()

    def do_POST(self) -> None:
        self._echo()

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
