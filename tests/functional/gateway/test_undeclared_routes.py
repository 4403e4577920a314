"""Paths and methods that no feature declares, and CORS preflights."""

from typing import Any

import pytest

from tests.support.gateway import ApiClient

ORIGIN = "http://localhost:5173"


class TestUndeclaredRoutes:
    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("GET", "/v1/auth/login", ["POST"]),
            ("PUT", "/v1/auth/me", ["DELETE", "GET"]),
            ("POST", "/v1/docs/start.js", ["GET"]),
            ("DELETE", "/.well-known/jwks.json", ["GET"]),
        ],
    )
    def test_a_known_path_names_its_methods(
        self, client: ApiClient, method: str, path: str, allowed: Any
    ) -> None:
        answer = client.request(method, path)
        assert (answer.status_code, answer.json_body["code"]) == (405, "method_not_allowed")
        assert sorted(answer.headers["Allow"].split(", ")) == allowed

    @pytest.mark.parametrize(
        "path", ["/v1/nothing", "/v1/auth", "/v1/auth/me/x", "/x", "/v2/a/b/c"]
    )
    @pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    def test_an_unknown_path_is_a_404(self, client: ApiClient, method: str, path: str) -> None:
        answer = client.request(method, path)
        assert (answer.status_code, answer.json_body["code"]) == (404, "not_found")
        assert answer.headers["content-type"] == "application/problem+json"

    def test_they_have_a_rate_limit_of_their_own(self, client: ApiClient) -> None:
        answer = client.get("/v1/nothing")
        assert answer.headers["RateLimit-Policy"] == '"unowned";q=100;w=900'


class TestPreflight:
    def test_a_configured_origin_gets_the_methods_of_the_path(self, client: ApiClient) -> None:
        answer = client.options("/v1/auth/login", headers={"origin": ORIGIN})
        assert (answer.status_code, answer.body) == (204, b"")
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["access-control-allow-methods"] == "POST"
        allowed = answer.headers["access-control-allow-headers"].split(", ")
        assert {"authorization", "content-type", "idempotency-key", "x-api-key"} <= set(allowed)
        assert answer.headers["vary"] == "origin"
        assert int(answer.headers["access-control-max-age"]) > 0

    @pytest.mark.parametrize("path", ["/v1/docs", "/v1/docs/start.js", "/v1/nothing", "/a/b/c/d"])
    def test_every_path_answers_a_preflight(self, client: ApiClient, path: str) -> None:
        answer = client.options(path, headers={"origin": ORIGIN})
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-methods"]

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "*", ""])
    def test_a_foreign_origin_gets_no_cors_headers(self, client: ApiClient, origin: str) -> None:
        answer = client.options("/v1/auth/login", headers={"origin": origin})
        assert answer.status_code == 204
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["vary"] == "origin"

    def test_preflights_are_not_limited(self, client: ApiClient) -> None:
        assert "RateLimit" not in client.options("/v1/auth/login").headers
