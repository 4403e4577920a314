"""The smoke test asks for what a deployment must answer, and says what is wrong."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace

import boto3
import pytest

from infra.local.settings import HOST, StackError
from infra.operate import smoke
from infra.operate.smoke import Endpoint
from tests.support.cloudformation import Account, FakeCloudFormation

PREFIX = "artist-booking-dev-"


@contextmanager
def answering(broken: str, status: int, body: str) -> Iterator[str]:
    """Serve an API of which one path is broken; the key is checked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.removeprefix("/api")
            assert self.headers["x-api-key"] == "key"
            is_broken = path == broken
            self.send_response(status if is_broken else 200)
            self.end_headers()
            self.wfile.write((body if is_broken else json.dumps({"status": "healthy"})).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}/api"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_health_readiness_and_a_read_are_asked_for() -> None:
    with answering("", 500, "") as url:
        answers = list(smoke.check(Endpoint(url, "key")))
    assert all(answer.passed for answer in answers)
    paths = [answer.path for answer in answers]
    assert paths[0] == "/v1/health"
    assert "/v1/notifications/health?ready=1" in paths
    assert paths[-1] == "/v1/profiles/artists?limit=1"


@pytest.mark.parametrize(
    ("path", "status", "body", "detail"),
    [
        ("/v1/auth/health?ready=1", 503, '{"detail": "indexes missing"}', "503: .*indexes missing"),
        ("/v1/profiles/artists?limit=1", 403, '{"message": "Forbidden"}', "403: .*Forbidden"),
        ("/v1/health", 200, "<html>", "200, but no JSON object"),
    ],
)
def test_what_is_wrong_is_said(path: str, status: int, body: str, detail: str) -> None:
    with answering(path, status, body) as url:
        failed = [answer for answer in smoke.check(Endpoint(url, "key")) if not answer.passed]
    assert [answer.path for answer in failed] == [path]
    assert str(failed[0]).startswith("FAILED")
    assert re.search(detail, failed[0].detail)


def test_an_api_that_is_away_fails() -> None:
    with answering("", 500, "") as url:
        pass
    answers = list(smoke.check(Endpoint(url, "key")))
    assert all(answer.detail.startswith("no answer: ") for answer in answers)


def test_the_api_on_aws_is_found_by_its_stack_and_its_key() -> None:
    keys = SimpleNamespace(
        get_api_keys=lambda **options: {
            "items": [
                {"name": name, "value": f"the-value-of-{name}"}
                for name in ("artist-booking-dev-web-2", "artist-booking-dev-web")
                if name.startswith(options["nameQuery"]) and options["includeValues"]
            ]
        }
    )
    gateway = {"Resources": {}, "Outputs": {"ApiUrl": "https://api.example/api"}}
    cloudformation = FakeCloudFormation(None, {"artist-booking-dev-gateway": gateway})
    session = boto3.Session(region_name="us-east-1")
    account = Account(session, cloudformation, {"apigateway": keys}).as_session
    assert smoke.find(account, PREFIX) == Endpoint(
        "https://api.example/api", "the-value-of-artist-booking-dev-web"
    )
    with pytest.raises(StackError, match="artist-booking-prod-gateway is not deployed"):
        smoke.find(account, "artist-booking-prod-")
    cloudformation.stacks["artist-booking-test-gateway"] = gateway
    with pytest.raises(StackError, match="There is no API key artist-booking-test-web"):
        smoke.find(account, "artist-booking-test-")
