"""The strangler route in a deployed stack: what no feature owns goes to the monolith."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support.api import Api
from tests.support.stack import RunningStack


class Echo(BaseHTTPRequestHandler):
    """Answers with the path and headers it was asked with."""

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = json.dumps({"path": self.path, "headers": headers}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def monolith(stack: RunningStack) -> Iterator[None]:
    """A monolith, and the gateway's function told where it is, as Environment.monolith_url does."""
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
def test_the_monolith_learns_who_is_calling_from_us_alone(api: Api, stack: RunningStack) -> None:
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
