"""Requests: authorization, input, responses, correlation ids, CORS, health, declarations."""

import re
from typing import Any

import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from shared.data import tombstones
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.platform import clock, config
from tests.functional.shared.studio import Studio
from tests.support.aws_calls import counted, failing
from tests.support.captured_logs import Logs
from tests.support.gateway import ADDRESS, ApiClient

ORIGIN = "http://localhost:5173"
KIB = 1024
JSON = {"content-type": "application/json"}
NEW_ID = re.compile(r"cor_[0-9A-Z]{26}")


@pytest.fixture
def client(studio: Studio) -> ApiClient:
    """An anonymous client."""
    return studio.client


@pytest.fixture
def mara(client: ApiClient) -> ApiClient:
    """A signed-in client."""
    return client.as_user("usr_mara")


def assert_problem(answer: HTTPResponse, status: int, code: str) -> dict[str, Any]:
    """Assert that the answer is this problem, and return its body."""
    assert (answer.status_code, answer.json_body["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    body: dict[str, Any] = answer.json_body
    assert body["status"] == status
    assert body["type"] == f"urn:artist-booking:problem:{code}"
    assert body["correlationId"] == answer.headers["x-correlation-id"]
    return body


class TestAuthorization:
    def test_an_anonymous_caller_gets_a_401(self, client: ApiClient) -> None:
        answer = client.get("/v1/orders/1")
        assert_problem(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    def test_an_expired_token_is_refused_even_if_api_gateway_cached_it(
        self, client: ApiClient, time_machine: TimeMachineFixture
    ) -> None:
        time_machine.move_to(1_000_000, tick=False)
        almost = client.as_user("usr_mara", expires_at=1_000_000.001)
        assert almost.get("/v1/orders/1").status_code == 200
        expired = client.as_user("usr_mara", expires_at=1_000_000)
        assert_problem(expired.get("/v1/orders/1"), 401, "token_expired")

    @pytest.mark.parametrize(
        ("role", "status"), [(Role.CLIENT, 403), (Role.ARTIST, 204), (Role.ADMIN, 204)]
    )
    def test_only_the_declared_roles_are_allowed(
        self, client: ApiClient, role: Any, status: int
    ) -> None:
        answer = client.as_user("usr_mara", role).delete("/v1/orders/1")
        assert answer.status_code == status

    def test_a_deleted_account_writes_nothing(self, studio: Studio, mara: ApiClient) -> None:
        key = {"idempotency-key": "order-1"}
        assert mara.post("/v1/orders", json={"title": "rose"}, headers=key).status_code == 201
        tombstones.mark_deleted("usr_mara", clock.now())
        for headers in (key, {}):
            answer = mara.post("/v1/orders", json={"title": "rose"}, headers=headers)
            assert_problem(answer, 401, "session_ended")
        assert len(studio.orders) == 1
        assert mara.get("/v1/orders/1").status_code == 200
        other = studio.client.as_user("usr_noa")
        assert other.post("/v1/orders", json={"title": "rose"}).status_code == 201

    def test_the_wrong_role_is_a_403(self, mara: ApiClient) -> None:
        assert_problem(mara.delete("/v1/orders/1"), 403, "forbidden")

    def test_an_unknown_role_is_a_401(self, client: ApiClient) -> None:
        assert_problem(client.as_user("usr_mara", "root").get("/v1/orders/1"), 401, "unauthorized")

    def test_identity_headers_are_ignored(self, mara: ApiClient, client: ApiClient) -> None:
        claims = {"x-user-id": "usr_admin", "x-user-role": "admin", "x-user-email": "a@b.example"}
        answer = mara.get("/v1/orders/1", headers=claims)
        assert (answer.json_body["userId"], answer.json_body["role"]) == ("usr_mara", "client")
        assert mara.delete("/v1/orders/1", headers=claims).status_code == 403
        assert client.get("/v1/orders/1", headers=claims).status_code == 401


class TestInput:
    def test_a_body_over_the_limit_is_a_413(self, mara: ApiClient, studio: Studio) -> None:
        length = 256 * KIB - len(b'{"title":""}')
        largest = mara.post("/v1/orders", body=b'{"title":"' + b"x" * length + b'"}', headers=JSON)
        assert_problem(largest, 422, "invalid_fields")
        larger = mara.post("/v1/orders", body=b" " * (256 * KIB + 1), headers=JSON)
        assert_problem(larger, 413, "body_too_large")
        assert studio.orders == []

    @pytest.mark.parametrize("character", ["x", "\u00fc", "\U00020000"])
    def test_a_path_parameter_longer_than_a_key_is_a_404(
        self, mara: ApiClient, character: str
    ) -> None:
        longest = character * (512 // len(character.encode()))
        assert mara.get(f"/v1/orders/{longest}").status_code == 200
        assert_problem(mara.get(f"/v1/orders/{longest}x"), 404, "not_found")

    @pytest.mark.parametrize(
        "content_type",
        ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "", None],
    )
    def test_anything_but_json_is_a_415(self, mara: ApiClient, content_type: str | None) -> None:
        headers = {} if content_type is None else {"content-type": content_type}
        answer = mara.post("/v1/orders", body=b'{"title":"rose"}', headers=headers)
        assert_problem(answer, 415, "unsupported_media_type")

    @pytest.mark.parametrize(
        "content_type", ["application/json; charset=utf-8", "Application/JSON"]
    )
    def test_the_content_type_is_case_insensitive(self, mara: ApiClient, content_type: str) -> None:
        headers = {"content-type": content_type}
        answer = mara.post("/v1/orders", body=b'{"title":"rose"}', headers=headers)
        assert answer.status_code == 201

    @pytest.mark.parametrize("body", [b" ", b"{", b'{"title": "\xff"}'])
    def test_invalid_json_is_a_400(self, mara: ApiClient, body: bytes) -> None:
        answer = mara.post("/v1/orders", body=body, headers=JSON)
        assert_problem(answer, 400, "malformed_json")

    @pytest.mark.parametrize("headers", [JSON, {}])
    def test_a_missing_body_is_one_without_fields(self, mara: ApiClient, headers: Any) -> None:
        answer = mara.post("/v1/orders", body=b"", headers=headers)
        body = assert_problem(answer, 422, "invalid_fields")
        assert body["errors"] == [{"field": "body.title", "message": "is required"}]

    def test_wrong_and_unknown_fields_are_listed(self, mara: ApiClient, studio: Studio) -> None:
        answer = mara.post("/v1/orders", json={"title": "x" * 21, "pieces": "2", "paid": True})
        body = assert_problem(answer, 422, "invalid_fields")
        assert {error["field"] for error in body["errors"]} == {
            "body.title",
            "body.pieces",
            "body.paid",
        }
        assert studio.orders == []

    def test_wrong_and_unknown_query_parameters_are_listed(self, mara: ApiClient) -> None:
        answer = mara.get("/v1/orders/1?pageSize=many&draft=1&sort=up")
        body = assert_problem(answer, 422, "invalid_fields")
        assert {error["field"] for error in body["errors"]} == {"query.pageSize", "query.sort"}

    def test_query_parameters_are_converted(self, mara: ApiClient) -> None:
        answer = mara.get("/v1/orders/1?pageSize=50&draft=true")
        assert (answer.json_body["pageSize"], answer.json_body["draft"]) == (50, True)


class TestResponses:
    def test_a_response_has_its_headers_and_status(self, mara: ApiClient) -> None:
        answer = mara.post("/v1/orders", json={"title": "rose"})
        assert answer.status_code == 201
        assert answer.headers["location"] == "/v1/orders/1"
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json_body == {"number": 1, "title": "rose", "orderedBy": "usr_mara"}

    def test_a_handler_that_returns_none_answers_204(self, client: ApiClient) -> None:
        answer = client.as_user("usr_1", Role.ADMIN).delete("/v1/orders/1")
        assert (answer.status_code, answer.body) == (204, b"")

    def test_a_raw_response_has_its_media_type_and_caching(self, client: ApiClient) -> None:
        answer = client.get("/v1/manual")
        assert answer.body == b"<p>Hello</p>"
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=300"

    def test_a_domain_error_becomes_a_problem(self, mara: ApiClient) -> None:
        body = assert_problem(mara.post("/v1/orders", json={"title": "taken"}), 409, "taken")
        assert body["detail"] == "Somebody has it."

    def test_a_bug_is_a_500_without_details_and_a_log_line_with_them(
        self, mara: ApiClient, logs: Logs
    ) -> None:
        answer = mara.get("/v1/broken")
        assert_problem(answer, 500, "internal_error")
        for internal in (b"index", b"by-date", b"RuntimeError", b"Traceback", b"studio"):
            assert internal not in answer.body
        (line,) = logs.named("unexpected failure")
        assert line["level"] == "ERROR"
        assert "has no index by-date" in line["exception"]
        assert line["correlation_id"] == answer.headers["x-correlation-id"]

    def test_every_request_is_one_log_line(
        self, mara: ApiClient, client: ApiClient, logs: Logs
    ) -> None:
        mara.get("/v1/orders/41?pageSize=3")
        client.get("/v1/orders/42")
        first, second = logs.named("request")
        assert (first["method"], first["route"]) == ("GET", "/v1/orders/{number}")
        assert (first["status"], first["user_id"]) == (200, "usr_mara")
        assert (second["status"], second.get("user_id")) == (401, None)
        assert first["milliseconds"] >= 0

    def test_input_is_not_logged(self, mara: ApiClient, logs: Logs) -> None:
        canaries = {"title": "canary-title", "pieces": "canary-pieces"}
        mara.post("/v1/orders", json={"title": "canary-title"})
        mara.post("/v1/orders", json=canaries)
        mara.post("/v1/orders?canary-query=1", json={"title": "taken"})
        assert len(logs.named("request")) == 3
        assert "canary" not in logs.text


class TestCorrelation:
    @pytest.mark.parametrize(
        "valid", ["12345678", "req-2026.11:22/a=b_c", "x" * 128, "1-5759e988-bd862e3fe1be46a9"]
    )
    def test_a_valid_id_is_used(self, mara: ApiClient, logs: Logs, valid: str) -> None:
        answer = mara.get("/v1/orders/1", headers={"X-Correlation-Id": valid})
        assert answer.headers["x-correlation-id"] == valid
        assert logs.named("request")[0]["correlation_id"] == valid

    @pytest.mark.parametrize(
        "invalid",
        [
            "",
            "short",
            "x" * 129,
            "12345678\n",
            "12345678\r\nset-cookie: a=b",
            "<script>alert(1)</script>",
            '12345678","level":"ERROR',
            "ïdentity-12345",
            "       12345678",
        ],
    )
    def test_an_invalid_id_is_replaced(self, mara: ApiClient, logs: Logs, invalid: str) -> None:
        answer = mara.get("/v1/orders/1", headers={"x-correlation-id": invalid})
        assert answer.status_code == 200
        assert NEW_ID.fullmatch(answer.headers["x-correlation-id"])
        (line,) = logs.named("request")
        assert line["correlation_id"] == answer.headers["x-correlation-id"]

    def test_each_request_without_an_id_gets_a_new_one(self, mara: ApiClient) -> None:
        ids = {mara.get("/v1/orders/1").headers["x-correlation-id"] for _ in range(3)}
        assert len(ids) == 3


class TestCors:
    def test_a_configured_origin_may_read_the_response(self, mara: ApiClient) -> None:
        answer = mara.get("/v1/orders/1", headers={"origin": ORIGIN})
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["vary"] == "origin"
        exposed = answer.headers["access-control-expose-headers"]
        assert {"x-correlation-id", "retry-after", "ratelimit"} <= set(exposed.split(", "))

    @pytest.mark.parametrize(
        "origin",
        [
            None,
            "",
            "null",
            "*",
            "https://evil.example",
            ORIGIN + ".evil.example",
            ORIGIN.upper(),
            f"{ORIGIN},https://evil.example",
        ],
    )
    def test_other_origins_may_not(self, mara: ApiClient, origin: Any) -> None:
        headers = {} if origin is None else {"origin": origin}
        answer = mara.get("/v1/orders/1", headers=headers)
        assert answer.status_code == 200
        assert answer.headers["vary"] == "origin"
        assert not [name for name in answer.headers if name.startswith("access-control")]

    def test_a_configured_origin_may_read_errors(self, client: ApiClient, mara: ApiClient) -> None:
        for answer in (
            client.get("/v1/orders/1", headers={"origin": ORIGIN}),
            mara.get("/v1/broken", headers={"origin": ORIGIN}),
        ):
            assert answer.headers["access-control-allow-origin"] == ORIGIN


class TestHealth:
    def test_health_checks_no_dependency(self, client: ApiClient, studio: Studio) -> None:
        studio.down = {"table", "mail"}
        with counted() as calls:
            answer = client.get("/v1/studio/health")
        assert (answer.status_code, answer.json_body["status"]) == (200, "ok")
        assert answer.headers["cache-control"] == "public, max-age=10"
        assert not calls

    def test_readiness_checks_every_dependency(self, client: ApiClient) -> None:
        answer = client.get("/v1/studio/health?ready=1")
        assert answer.status_code == 200
        assert answer.json_body["checks"] == {"table": "ok", "mail": "ok"}
        assert answer.headers["cache-control"] == "no-store"

    @pytest.mark.parametrize("down", [{"mail"}, {"table", "mail"}])
    def test_readiness_is_a_503_that_names_what_is_down(
        self, client: ApiClient, studio: Studio, logs: Logs, down: Any
    ) -> None:
        studio.down = down
        answer = client.get("/v1/studio/health?ready=1")
        body = assert_problem(answer, 503, "not_ready")
        assert {name for name in ("table", "mail") if name in body["detail"]} == down
        assert b"10.0.0.1" not in answer.body
        assert {line["check"] for line in logs.named("not ready")} == down

    def test_an_address_may_check_the_dependencies_a_few_times(
        self, client: ApiClient, studio: Studio
    ) -> None:
        answers = [client.get("/v1/studio/health?ready=1") for _ in range(30)]
        assert [answer.status_code for answer in answers] == [200] * 20 + [429] * 10
        assert answers[-1].headers["RateLimit-Policy"] == '"readiness";q=20;w=900'
        assert studio.probed == 2 * 20
        assert client.get("/v1/studio/health").status_code == 200
        elsewhere = client.from_address("203.0.113.9")
        assert elsewhere.get("/v1/studio/health?ready=1").status_code == 200

    def test_what_cannot_count_requests_is_not_ready(
        self, client: ApiClient, studio: Studio
    ) -> None:
        with failing("UpdateItem", ConnectionError("down")):
            answer = client.get("/v1/studio/health?ready=1")
            assert client.get("/v1/studio/health").status_code == 200
        assert_problem(answer, 503, "not_ready")
        assert studio.probed == 0

    def test_health_is_limited_without_a_call(
        self, client: ApiClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HEALTH_LIMIT", "3")
        config.forget()
        with counted() as calls:
            answers = [client.get("/v1/studio/health") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200] * 3 + [429] * 2
        assert not calls
        assert "RateLimit" not in answers[0].headers  # other containers count too
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 900
        assert client.from_address("203.0.113.9").get("/v1/studio/health").status_code == 200


class TestDeclarations:
    def test_a_public_route_that_writes_names_its_limit(self) -> None:
        app = FeatureApp("wrong")
        with pytest.raises(TypeError, match="must name its limit"):

            @app.route("/v1/x", methods=["POST"], public=True)
            def handler() -> None:
                """Never run."""

    def test_a_limit_must_be_known(self) -> None:
        app = FeatureApp("wrong")
        with pytest.raises(TypeError, match="no limit 'anonymous'"):

            @app.route("/v1/x", methods=["GET"], public=True, limit="anonymous")
            def handler() -> None:
                """Never run."""

    def test_a_public_route_cannot_take_a_caller(self) -> None:
        app = FeatureApp("wrong")
        with pytest.raises(TypeError, match="public route"):

            @app.route("/v1/x", methods=["GET"], public=True)
            def handler(caller: Caller) -> None:
                """Never run."""

    def test_a_public_route_cannot_require_roles(self) -> None:
        app = FeatureApp("wrong")
        with pytest.raises(TypeError, match="public route"):

            @app.route("/v1/x", methods=["GET"], public=True, roles=(Role.ADMIN,))
            def handler() -> None:
                """Never run."""

    @pytest.mark.parametrize("path", ["/v1/x", "/v1/{other}", "/v1/{number}/{other}"])
    def test_parameters_must_fit_the_path(self, path: str) -> None:
        app = FeatureApp("wrong")
        with pytest.raises(TypeError, match="do not fit the path"):

            @app.route(path, methods=["GET"])
            def handler(number: str) -> None:
                """Never run."""

    def test_a_caller_must_be_annotated_as_caller(self) -> None:
        app = FeatureApp("wrong")
        with pytest.raises(TypeError, match="must be a Caller"):

            @app.route("/v1/x", methods=["GET"])
            def handler(caller: str) -> None:
                """Never run."""


class TestSharedResources:
    """`/v1/orders/{number}/{action}` of API Gateway lets any action and method through."""

    @staticmethod
    def ask(studio: Studio, method: str, action: str) -> HTTPResponse:
        """Send a request to a shared resource."""
        event = {
            "requestContext": {
                "resourcePath": "/v1/orders/{number}/{action}",
                "httpMethod": method,
                "path": f"/v1/orders/1/{action}",
                "authorizer": studio.client.as_user("usr_mara").authorizer,
                "identity": {"sourceIp": ADDRESS},
            },
            "headers": {},
            "pathParameters": {"number": "1", "action": action},
            "multiValueQueryStringParameters": None,
            "body": None,
            "stageVariables": None,
        }
        answer = studio.client.app(event, None)
        return HTTPResponse(
            body=answer["body"].encode(),
            headers=answer["headers"],
            status_code=answer["statusCode"],
        )

    def test_the_route_is_found_by_the_segment_that_came(self, studio: Studio) -> None:
        answer = self.ask(studio, "POST", "copies")
        assert_problem(answer, 422, "invalid_fields")  # of its body, which is missing

    @pytest.mark.parametrize("action", ["nothing", "{number}", "copies/1", ""])
    def test_another_segment_is_no_path(self, studio: Studio, action: str) -> None:
        assert_problem(self.ask(studio, "POST", action), 404, "not_found")

    def test_another_method_is_not_allowed(self, studio: Studio) -> None:
        answer = self.ask(studio, "PUT", "copies")
        assert_problem(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == "POST"
