"""Forwarding to the monolith, with an identity from a verified token or none."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from auth.use_cases import access_tokens
from gateway.use_cases import monolith as forwarding
from shared.platform import clock, config
from tests.functional.gateway.conftest import Functions
from tests.support.gateway import ApiClient

JSON = "application/json"


class Monolith(ThreadingHTTPServer):
    """A server that records requests and answers what a test sets."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[dict[str, Any]] = []
        self.status = 200
        self.headers = {"content-type": JSON}
        self.cookies: list[str] = []
        self.body = b'{"from":"monolith"}'

    @property
    def last(self) -> dict[str, Any]:
        """The last request."""
        return self.requests[-1]


class _Handler(BaseHTTPRequestHandler):
    server: Monolith

    def answer(self) -> None:
        length = int(self.headers.get("content-length", 0))
        self.server.requests.append(
            {
                "method": self.command,
                "path": self.path,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "body": self.rfile.read(length),
            }
        )
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        for cookie in self.server.cookies:
            self.send_header("Set-Cookie", cookie)
        self.send_header("content-length", str(len(self.server.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.server.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


@pytest.fixture
def monolith(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Monolith]:
    """A monolith that requests are forwarded to."""
    with Monolith() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        forward_to(f"http://127.0.0.1:{server.server_port}", monkeypatch)
        yield server
        server.shutdown()


def forward_to(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Configure the URL of the monolith."""
    monkeypatch.setenv("MONOLITH_URL", url)
    config.forget()


@pytest.fixture
def token(client: ApiClient) -> str:
    """A valid access token."""
    return access_tokens.issue("usr_mara", "mara@example.com", "artist", "ses_1", clock.now())


def identity(monolith: Monolith) -> dict[str, str]:
    """Return the x-user-* headers that reached the monolith, underscores included."""
    headers: dict[str, str] = monolith.last["headers"]
    return {
        name: value
        for name, value in headers.items()
        if name.replace("_", "-").startswith("x-user-")
    }


class TestIdentity:
    def test_an_anonymous_request_has_no_identity(
        self, client: ApiClient, monolith: Monolith
    ) -> None:
        assert client.get("/v1/legacy").status_code == 200
        assert identity(monolith) == {}

    def test_a_verified_token_becomes_headers(
        self, client: ApiClient, monolith: Monolith, token: str
    ) -> None:
        client.with_token(token).get("/v1/legacy")
        assert identity(monolith) == {
            "x-user-id": "usr_mara",
            "x-user-email": "mara@example.com",
            "x-user-role": "artist",
        }

    @pytest.mark.parametrize(
        "name",
        ["x-user-id", "X-User-Id", "x-user-role", "x-user-email", "x-user-anything", "x_user_id"],
    )
    def test_identity_headers_from_outside_are_dropped(
        self, client: ApiClient, monolith: Monolith, token: str, name: str
    ) -> None:
        claimed = client.with_headers({name: "usr_admin"})
        claimed.get("/v1/legacy")
        assert identity(monolith) == {}
        claimed.with_token(token).get("/v1/legacy")
        assert set(identity(monolith)) == {"x-user-id", "x-user-email", "x-user-role"}
        assert "usr_admin" not in str(monolith.last)

    @pytest.mark.parametrize("authorization", ["Bearer x", "Basic dTpw", "", "Bearer"])
    def test_an_invalid_token_is_refused(
        self, client: ApiClient, monolith: Monolith, authorization: str
    ) -> None:
        answer = client.get("/v1/legacy", headers={"authorization": authorization})
        assert (answer.status_code, answer.json_body["code"]) == (401, "unauthorized")
        assert monolith.requests == []

    @pytest.mark.parametrize("scheme", ["Basic", "Token", "Bearer Bearer"])
    def test_a_valid_token_with_another_scheme_is_refused(
        self, client: ApiClient, monolith: Monolith, token: str, scheme: str
    ) -> None:
        headers = {"authorization": f"{scheme} {token}"}
        assert client.get("/v1/legacy", headers=headers).status_code == 401
        assert monolith.requests == []

    def test_an_expired_token_is_refused(self, client: ApiClient, monolith: Monolith) -> None:
        yesterday = datetime(2020, 1, 1, tzinfo=UTC)
        expired = access_tokens.issue("usr_mara", "m@example.com", "artist", "ses_1", yesterday)
        assert client.with_token(expired).get("/v1/legacy").status_code == 401
        assert monolith.requests == []


class TestForwarding:
    def test_path_query_method_and_body_are_unchanged(
        self, client: ApiClient, monolith: Monolith
    ) -> None:
        body = json.dumps({"name": "Größe"}).encode()
        answer = client.put(
            "/v1/legacy/a/b?x=1&x=2&q=a%20b%26c&empty=", body=body, headers={"content-type": JSON}
        )
        assert (answer.status_code, answer.body) == (200, monolith.body)
        assert answer.headers["content-type"] == JSON
        assert monolith.last["method"] == "PUT"
        assert monolith.last["path"] == "/v1/legacy/a/b?x=1&x=2&q=a+b%26c&empty="
        assert monolith.last["body"] == body
        assert monolith.last["headers"]["content-type"] == JSON

    @pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    def test_every_method_is_forwarded(
        self, client: ApiClient, monolith: Monolith, method: str
    ) -> None:
        assert client.request(method, "/v1/legacy").status_code == 200
        assert monolith.last["method"] == method

    def test_the_correlation_id_is_forwarded_and_the_api_key_is_not(
        self, client: ApiClient, monolith: Monolith
    ) -> None:
        headers = {"x-correlation-id": "request-1", "x-api-key": "canary", "accept": "text/x"}
        answer = client.get("/v1/legacy", headers=headers)
        sent = monolith.last["headers"]
        assert answer.headers["x-correlation-id"] == sent["x-correlation-id"] == "request-1"
        assert sent["accept"] == "text/x"
        assert "canary" not in str(monolith.last)

    def test_an_invalid_correlation_id_is_replaced(
        self, client: ApiClient, monolith: Monolith
    ) -> None:
        answer = client.get("/v1/legacy", headers={"x-correlation-id": "a b"})
        sent = monolith.last["headers"]["x-correlation-id"]
        assert sent == answer.headers["x-correlation-id"]
        assert sent.startswith("cor_")

    def test_hop_by_hop_headers_are_not_forwarded(
        self, client: ApiClient, monolith: Monolith
    ) -> None:
        headers = {"te": "trailers", "host": "evil.example", "proxy-authorization": "x"}
        client.get("/v1/legacy", headers=headers)
        assert not {"te", "proxy-authorization"} & set(monolith.last["headers"])
        assert monolith.last["headers"]["host"] == f"127.0.0.1:{monolith.server_port}"

    @pytest.mark.parametrize("status", [201, 304, 404, 422, 500, 503])
    def test_responses_are_returned_unchanged(
        self, client: ApiClient, monolith: Monolith, status: int
    ) -> None:
        monolith.status = status
        monolith.headers |= {"etag": '"7"', "retry-after": "3", "x-powered-by": "php"}
        monolith.body = b"" if status == 304 else b'{"error":"said so"}'
        answer = client.get("/v1/legacy")
        assert (answer.status_code, answer.body) == (status, monolith.body)
        assert (answer.headers["etag"], answer.headers["retry-after"]) == ('"7"', "3")
        assert "x-powered-by" not in answer.headers

    def test_redirects_are_returned_to_the_caller(
        self, client: ApiClient, monolith: Monolith
    ) -> None:
        monolith.status = 302
        monolith.headers["location"] = "https://elsewhere.example/"
        answer = client.get("/v1/legacy")
        assert (answer.status_code, answer.headers["location"]) == (
            302,
            monolith.headers["location"],
        )
        assert len(monolith.requests) == 1

    @pytest.mark.parametrize(
        "path",
        [
            "/a/../../admin",
            "/..",
            "/./a",
            "/%2e%2e/admin",
            "/..%2fadmin",
            "/..;/admin",
            "/..\\admin",
            "/..%5cadmin",
            "/%252e%252e%252fadmin",
            "/%c0%ae%c0%ae/admin",
            "/a%00",
            "/a%0d%0ahost:evil.example",
        ],
    )
    def test_paths_that_climb_for_some_server_are_refused(
        self, client: ApiClient, monolith: Monolith, path: str
    ) -> None:
        assert client.get(f"/old{path}").status_code == 404
        assert monolith.requests == []

    def test_declared_paths_are_not_forwarded(self, client: ApiClient, monolith: Monolith) -> None:
        assert client.get("/v1/auth/login").status_code == 405
        assert monolith.requests == []

    @pytest.mark.parametrize("path", ["/v1/auth/m%65", "/v1/%2561uth/me"])
    def test_declared_paths_in_another_spelling_are_not_forwarded(
        self, client: ApiClient, monolith: Monolith, path: str
    ) -> None:
        assert client.put(path).status_code == 404
        assert monolith.requests == []

    def test_a_percent_sign_reaches_the_monolith_as_one(
        self, client: ApiClient, monolith: Monolith
    ) -> None:
        assert client.get("/old/100%/a%20b").status_code == 200
        assert monolith.last["path"] == "/old/100%25/a%20b"

    @pytest.mark.parametrize(
        "name",
        [
            *("Proxy", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X_Forwarded_Proto"),
            *("X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-Real-IP"),
            *("X-Method-Override", "X-HTTP-Method", "x_http_method_override"),
        ],
    )
    def test_headers_that_a_server_would_trust_are_dropped(
        self, client: ApiClient, monolith: Monolith, name: str
    ) -> None:
        assert client.get("/v1/legacy", headers={name: "canary"}).status_code == 200
        assert "canary" not in str(monolith.last)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("x-legacy", "a\r\nx-user-id: usr_admin"),
            ("x-legacy", "a\nb"),
            ("x-legacy", "a\x00b"),
            ("x-user-id ", "usr_admin"),
            ("x-legacy: a\r\nx-user-id", "usr_admin"),
        ],
    )
    def test_a_line_break_in_a_header_is_a_400(
        self, client: ApiClient, monolith: Monolith, name: str, value: str
    ) -> None:
        answer = client.get("/v1/legacy", headers={name: value})
        assert (answer.status_code, answer.json_body["code"]) == (400, "malformed_header")
        assert monolith.requests == []

    def test_headers_in_other_scripts_are_sent_as_utf_8(
        self, client: ApiClient, monolith: Monolith
    ) -> None:
        assert client.get("/v1/legacy", headers={"x-name": "Łucja"}).status_code == 200
        assert monolith.last["headers"]["x-name"].encode("latin-1").decode() == "Łucja"

    def test_a_control_character_in_a_header_of_the_monolith_is_a_502(
        self, client: ApiClient, monolith: Monolith
    ) -> None:
        monolith.headers["etag"] = '"7"\x00'
        answer = client.get("/v1/legacy")
        assert (answer.status_code, answer.json_body["code"]) == (502, "monolith_unavailable")

    def test_pages_of_the_monolith_keep_their_policy_or_get_one(
        self, client: ApiClient, monolith: Monolith
    ) -> None:
        assert "frame-ancestors 'self'" in client.get("/old").headers["content-security-policy"]
        monolith.headers["content-security-policy"] = "default-src 'self'"
        answer = client.get("/old")
        assert answer.headers["content-security-policy"] == "default-src 'self'"
        assert answer.headers["x-content-type-options"] == "nosniff"

    def test_a_response_without_end_is_a_502(
        self, client: ApiClient, monolith: Monolith, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(forwarding, "MAX_ANSWER_BYTES", 1024)
        forwarding._connections.cache_clear()
        monolith.body = b"x" * 1024
        assert client.get("/v1/legacy").status_code == 200
        monolith.body = b"x" * 1025
        answer = client.get("/v1/legacy")
        assert (answer.status_code, answer.json_body["code"]) == (502, "answer_too_large")


class TestBodies:
    @pytest.mark.parametrize("media_type", ["image/png", "application/pdf", "text/html", "x/y"])
    def test_a_binary_response_is_returned_unchanged(
        self, client: ApiClient, monolith: Monolith, media_type: str
    ) -> None:
        monolith.body = bytes(range(256))  # not UTF-8
        monolith.headers["content-type"] = media_type
        answer = client.get("/old/picture", headers={"accept": "text/html"})
        assert (answer.status_code, answer.body) == (200, monolith.body)
        assert answer.headers["content-type"] == media_type

    def test_long_text_is_returned_unchanged(self, client: ApiClient, monolith: Monolith) -> None:
        monolith.body = ("\x01ü" * (forwarding.MAX_TEXT_BYTES // 3 + 1)).encode()
        answer = client.get("/old/list")
        assert (answer.status_code, answer.body) == (200, monolith.body)

    def test_an_upload_is_forwarded_unchanged(self, client: ApiClient, monolith: Monolith) -> None:
        body = b"--x\r\ncontent-disposition: form-data; name=f\r\n\r\n\xff\x00\r\n--x--\r\n"
        media_type = "multipart/form-data; boundary=x"
        answer = client.post("/old/uploads", body=body, headers={"content-type": media_type})
        assert answer.status_code == 200
        assert (monolith.last["body"], monolith.last["headers"]["content-type"]) == (
            body,
            media_type,
        )

    def test_the_largest_upload_is_forwarded_and_a_larger_one_is_a_413(
        self, client: ApiClient, monolith: Monolith
    ) -> None:
        largest = b"\xff" * forwarding.MAX_BODY_BYTES
        headers = {"content-type": "application/octet-stream"}
        assert client.put("/old/file", body=largest, headers=headers).status_code == 200
        assert len(monolith.last["body"]) == len(largest)
        answer = client.put("/old/file", body=largest + b"x", headers=headers)
        assert (answer.status_code, answer.json_body["code"]) == (413, "body_too_large")
        assert str(forwarding.MAX_BODY_BYTES) in answer.json_body["detail"]
        assert len(monolith.requests) == 1

    def test_a_part_of_a_file_can_be_fetched(self, client: ApiClient, monolith: Monolith) -> None:
        monolith.status = 206
        monolith.headers |= {"content-range": "bytes 0-1/9", "accept-ranges": "bytes"}
        monolith.body = b"\xff\x00"
        answer = client.get("/old/file", headers={"range": "bytes=0-1", "if-range": '"7"'})
        assert (answer.status_code, answer.body) == (206, b"\xff\x00")
        assert answer.headers["content-range"] == "bytes 0-1/9"
        assert monolith.last["headers"]["range"] == "bytes=0-1"
        assert monolith.last["headers"]["if-range"] == '"7"'

    def test_a_head_says_what_a_get_would(self, client: ApiClient, monolith: Monolith) -> None:
        monolith.headers |= {"etag": '"7"', "accept-ranges": "bytes"}
        answer = client.request("HEAD", "/old/file")
        assert (answer.status_code, answer.body) == (200, b"")
        assert answer.headers["content-length"] == str(len(monolith.body))
        assert (answer.headers["etag"], answer.headers["accept-ranges"]) == ('"7"', "bytes")

    def test_a_download_keeps_its_name(self, client: ApiClient, monolith: Monolith) -> None:
        monolith.headers["content-disposition"] = 'attachment; filename="a.pdf"'
        answer = client.get("/old/file")
        assert answer.headers["content-disposition"] == 'attachment; filename="a.pdf"'


class TestCookies:
    def test_each_cookie_is_returned_as_it_is(self, client: ApiClient, monolith: Monolith) -> None:
        monolith.cookies = [
            "sid=1; Expires=Tue, 01 Dec 2026 00:00:00 GMT; Path=/; HttpOnly",
            "theme=dark",
        ]
        answer = client.get("/old/login")
        assert answer.headers["set-cookie"] == monolith.cookies  # type: ignore[comparison-overlap]

    def test_a_cookie_reaches_the_monolith(self, client: ApiClient, monolith: Monolith) -> None:
        client.get("/old/page", headers={"cookie": "sid=1; theme=dark"})
        assert monolith.last["headers"]["cookie"] == "sid=1; theme=dark"

    def test_a_cookie_with_a_control_character_is_a_502(
        self, client: ApiClient, monolith: Monolith
    ) -> None:
        monolith.cookies = ["sid=1\x01"]
        assert client.get("/old/login").status_code == 502

    def test_more_cookies_than_api_gateway_returns_are_a_502(
        self, client: ApiClient, monolith: Monolith
    ) -> None:
        monolith.cookies = ["a" * 4096, "b" * 4096]
        assert client.get("/old/login").status_code == 502


def test_a_monolith_that_does_not_answer_is_a_502(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound but not listening, so connections are refused
        forward_to(f"http://127.0.0.1:{unused.getsockname()[1]}", monkeypatch)
        answer = client.get("/v1/legacy")
    assert (answer.status_code, answer.json_body["code"]) == (502, "monolith_unavailable")
    assert b"127.0.0.1" not in answer.body
