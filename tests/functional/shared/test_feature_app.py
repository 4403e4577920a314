"""What every route promises: who gets in, what may be sent, how errors look."""

import re
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.http.request import MAX_BODY_BYTES, MAX_PARAMETER_BYTES
from tests.functional.shared.studio import Studio
from tests.support.captured_logs import Logs
from tests.support.gateway import ApiClient

ORIGIN = "http://localhost:5173"
JSON = {"content-type": "application/json"}
MADE_ID = re.compile(r"cor_[0-9A-Z]{26}")


@pytest.fixture
def client(studio: Studio) -> ApiClient:
    """Nobody in particular."""
    return studio.client


@pytest.fixture
def mara(client: ApiClient) -> ApiClient:
    """A client of the studio, signed in."""
    return client.as_user("usr_mara")


def assert_problem(answer, status: int, code: str) -> dict:
    assert (answer.status_code, answer.json_body["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json_body
    assert body["status"] == status
    assert body["type"] == f"urn:artist-booking:problem:{code}"
    assert body["correlationId"] == answer.headers["x-correlation-id"]
    return body


class TestWhoGetsIn:
    def test_without_a_caller_the_answer_is_401(self, client: ApiClient) -> None:
        answer = client.get("/v1/orders/1")
        assert_problem(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    def test_an_expired_token_is_refused_even_if_the_gateway_still_remembers_it(
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
    def test_only_the_declared_roles_pass(self, client: ApiClient, role: Any, status: int) -> None:
        answer = client.as_user("usr_mara", role).delete("/v1/orders/1")
        assert answer.status_code == status

    def test_the_wrong_role_is_a_403(self, mara: ApiClient) -> None:
        assert_problem(mara.delete("/v1/orders/1"), 403, "forbidden")

    def test_a_role_nobody_knows_is_a_401(self, client: ApiClient) -> None:
        assert_problem(client.as_user("usr_mara", "root").get("/v1/orders/1"), 401, "unauthorized")

    def test_identity_claimed_by_headers_is_ignored(
        self, mara: ApiClient, client: ApiClient
    ) -> None:
        claims = {"x-user-id": "usr_admin", "x-user-role": "admin", "x-user-email": "a@b.example"}
        answer = mara.get("/v1/orders/1", headers=claims)
        assert (answer.json_body["userId"], answer.json_body["role"]) == ("usr_mara", "client")
        assert mara.delete("/v1/orders/1", headers=claims).status_code == 403
        assert client.get("/v1/orders/1", headers=claims).status_code == 401


class TestWhatMayBeSent:
    def test_a_body_over_the_limit_is_a_413(self, mara: ApiClient, studio: Studio) -> None:
        room = MAX_BODY_BYTES - len(b'{"title":""}')
        fits = mara.post("/v1/orders", body=b'{"title":"' + b"x" * room + b'"}', headers=JSON)
        assert_problem(fits, 422, "invalid_fields")
        larger = mara.post("/v1/orders", body=b" " * (MAX_BODY_BYTES + 1), headers=JSON)
        assert_problem(larger, 413, "body_too_large")
        assert studio.orders == []

    @pytest.mark.parametrize("character", ["x", "\u00fc", "\U00020000"])
    def test_nothing_has_a_name_longer_than_a_key_may_be(
        self, mara: ApiClient, character: str
    ) -> None:
        longest = character * (MAX_PARAMETER_BYTES // len(character.encode()))
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
    def test_json_is_recognized_however_it_is_spelled(
        self, mara: ApiClient, content_type: str
    ) -> None:
        headers = {"content-type": content_type}
        answer = mara.post("/v1/orders", body=b'{"title":"rose"}', headers=headers)
        assert answer.status_code == 201

    @pytest.mark.parametrize("body", [b" ", b"{", b'{"title": "\xff"}'])
    def test_what_is_no_json_is_a_400(self, mara: ApiClient, body: bytes) -> None:
        answer = mara.post("/v1/orders", body=body, headers=JSON)
        assert_problem(answer, 400, "malformed_json")

    @pytest.mark.parametrize("headers", [JSON, {}])
    def test_no_body_is_a_body_without_fields(self, mara: ApiClient, headers: Any) -> None:
        answer = mara.post("/v1/orders", body=b"", headers=headers)
        body = assert_problem(answer, 422, "invalid_fields")
        assert body["errors"] == [{"field": "body.title", "message": "is required"}]

    def test_all_wrong_fields_are_listed_and_unknown_ones_refused(
        self, mara: ApiClient, studio: Studio
    ) -> None:
        answer = mara.post("/v1/orders", json={"title": "x" * 21, "pieces": "2", "paid": True})
        body = assert_problem(answer, 422, "invalid_fields")
        assert {error["field"] for error in body["errors"]} == {
            "body.title",
            "body.pieces",
            "body.paid",
        }
        assert studio.orders == []

    def test_wrong_query_parameters_are_listed_and_unknown_ones_refused(
        self, mara: ApiClient
    ) -> None:
        answer = mara.get("/v1/orders/1?pageSize=many&draft=1&sort=up")
        body = assert_problem(answer, 422, "invalid_fields")
        assert {error["field"] for error in body["errors"]} == {"query.pageSize", "query.sort"}

    def test_query_parameters_arrive_typed(self, mara: ApiClient) -> None:
        answer = mara.get("/v1/orders/1?pageSize=50&draft=true")
        assert (answer.json_body["pageSize"], answer.json_body["draft"]) == (50, True)


class TestHowItAnswers:
    def test_a_reply_carries_its_headers_and_status(self, mara: ApiClient) -> None:
        answer = mara.post("/v1/orders", json={"title": "rose"})
        assert answer.status_code == 201
        assert answer.headers["location"] == "/v1/orders/1"
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json_body == {"number": 1, "title": "rose", "orderedBy": "usr_mara"}

    def test_nothing_to_say_is_an_empty_204(self, client: ApiClient) -> None:
        answer = client.as_user("usr_1", Role.ADMIN).delete("/v1/orders/1")
        assert (answer.status_code, answer.body) == (204, b"")

    def test_a_page_keeps_its_type_and_caching(self, client: ApiClient) -> None:
        answer = client.get("/v1/manual")
        assert answer.body == b"<p>Hello</p>"
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=300"

    def test_an_expected_problem_is_answered_as_it_was_raised(self, mara: ApiClient) -> None:
        body = assert_problem(mara.post("/v1/orders", json={"title": "taken"}), 409, "taken")
        assert body["detail"] == "Somebody has it."

    def test_a_bug_is_a_500_that_tells_nothing_and_a_log_line_that_tells_all(
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

    def test_every_request_leaves_one_line(
        self, mara: ApiClient, client: ApiClient, logs: Logs
    ) -> None:
        mara.get("/v1/orders/41?pageSize=3")
        client.get("/v1/orders/42")
        first, second = logs.named("request")
        assert (first["method"], first["route"]) == ("GET", "/v1/orders/{number}")
        assert (first["status"], first["user_id"]) == (200, "usr_mara")
        assert (second["status"], second.get("user_id")) == (401, None)
        assert first["milliseconds"] >= 0

    def test_what_was_sent_is_not_logged(self, mara: ApiClient, logs: Logs) -> None:
        canaries = {"title": "canary-title", "pieces": "canary-pieces"}
        mara.post("/v1/orders", json={"title": "canary-title"})
        mara.post("/v1/orders", json=canaries)
        mara.post("/v1/orders?canary-query=1", json={"title": "taken"})
        assert len(logs.named("request")) == 3
        assert "canary" not in logs.text


class TestCorrelation:
    @pytest.mark.parametrize(
        "sane", ["12345678", "req-2026.11:22/a=b_c", "x" * 128, "1-5759e988-bd862e3fe1be46a9"]
    )
    def test_a_sane_id_is_kept(self, mara: ApiClient, logs: Logs, sane: str) -> None:
        answer = mara.get("/v1/orders/1", headers={"X-Correlation-Id": sane})
        assert answer.headers["x-correlation-id"] == sane
        assert logs.named("request")[0]["correlation_id"] == sane

    @pytest.mark.parametrize(
        "hostile",
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
    def test_a_hostile_id_is_replaced(self, mara: ApiClient, logs: Logs, hostile: str) -> None:
        answer = mara.get("/v1/orders/1", headers={"x-correlation-id": hostile})
        assert answer.status_code == 200
        assert MADE_ID.fullmatch(answer.headers["x-correlation-id"])
        (line,) = logs.named("request")
        assert line["correlation_id"] == answer.headers["x-correlation-id"]

    def test_without_one_each_request_gets_its_own(self, mara: ApiClient) -> None:
        ids = {mara.get("/v1/orders/1").headers["x-correlation-id"] for _ in range(3)}
        assert len(ids) == 3


class TestCors:
    def test_a_configured_origin_may_read_the_answer(self, mara: ApiClient) -> None:
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
    def test_no_other_origin_may(self, mara: ApiClient, origin: Any) -> None:
        headers = {} if origin is None else {"origin": origin}
        answer = mara.get("/v1/orders/1", headers=headers)
        assert answer.status_code == 200
        assert answer.headers["vary"] == "origin"
        assert not [name for name in answer.headers if name.startswith("access-control")]

    def test_errors_can_be_read_across_origins_too(
        self, client: ApiClient, mara: ApiClient
    ) -> None:
        for answer in (
            client.get("/v1/orders/1", headers={"origin": ORIGIN}),
            mara.get("/v1/broken", headers={"origin": ORIGIN}),
        ):
            assert answer.headers["access-control-allow-origin"] == ORIGIN


class TestHealth:
    def test_alive_means_the_function_answers_and_touches_nothing(
        self, client: ApiClient, studio: Studio
    ) -> None:
        studio.down = {"table", "mail"}
        answer = client.get("/v1/studio/health")
        assert (answer.status_code, answer.json_body["status"]) == (200, "ok")

    def test_ready_asks_every_dependency(self, client: ApiClient) -> None:
        answer = client.get("/v1/studio/health?ready=1")
        assert answer.status_code == 200
        assert answer.json_body["checks"] == {"table": "ok", "mail": "ok"}

    @pytest.mark.parametrize("down", [{"mail"}, {"table", "mail"}])
    def test_not_ready_is_a_503_naming_what_is_down(
        self, client: ApiClient, studio: Studio, logs: Logs, down: Any
    ) -> None:
        studio.down = down
        answer = client.get("/v1/studio/health?ready=1")
        body = assert_problem(answer, 503, "not_ready")
        assert {name for name in ("table", "mail") if name in body["detail"]} == down
        assert b"10.0.0.1" not in answer.body
        assert {line["check"] for line in logs.named("not ready")} == down


class TestDeclaring:
    def test_a_public_route_cannot_ask_who_calls(self) -> None:
        app = FeatureApp("wrong")
        with pytest.raises(TypeError, match="public route"):

            @app.route("/v1/x", methods=["GET"], public=True)
            def handler(caller: Caller) -> None:
                """Ask in vain."""

    def test_a_public_route_cannot_ask_for_roles(self) -> None:
        app = FeatureApp("wrong")
        with pytest.raises(TypeError, match="public route"):

            @app.route("/v1/x", methods=["GET"], public=True, roles=(Role.ADMIN,))
            def handler() -> None:
                """Ask in vain."""

    @pytest.mark.parametrize("path", ["/v1/x", "/v1/{other}", "/v1/{number}/{other}"])
    def test_path_and_parameters_must_fit(self, path: str) -> None:
        app = FeatureApp("wrong")
        with pytest.raises(TypeError, match="do not fit the path"):

            @app.route(path, methods=["GET"])
            def handler(number: str) -> None:
                """Ask for what the path has not."""

    def test_a_caller_must_be_typed_as_one(self) -> None:
        app = FeatureApp("wrong")
        with pytest.raises(TypeError, match="must be a Caller"):

            @app.route("/v1/x", methods=["GET"])
            def handler(caller: str) -> None:
                """Ask for the wrong thing."""
