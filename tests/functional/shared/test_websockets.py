"""WebSockets: typed frames, errors as frames, one log line per frame, open connections."""

from typing import Annotated, Any

import pytest
from msgspec import Meta

from domain.errors import StateConflict, Unauthenticated
from shared.data import tombstones
from shared.http.app import FeatureApp
from shared.live import connections
from shared.live.connections import Gone, NotPosted
from shared.live.websockets import ClientFrame, Handshake, ServerFrame
from shared.platform import clock, config, deadlines
from shared.platform.outages import Outage
from tests.support import emf
from tests.support.captured_logs import Logs
from tests.support.sockets import Device, Refused, SocketGateway


class Order(ClientFrame, frozen=True, tag="order"):
    client_message_id: str
    title: Annotated[str, Meta(max_length=20)]
    pieces: int = 1


class Wave(ClientFrame, frozen=True, tag="wave"):
    """An action without fields and without a response."""


class Break(ClientFrame, frozen=True, tag="break"):
    """An action whose handler has a bug."""


class Measure(ClientFrame, frozen=True, tag="measure"):
    """An action that looks at its deadline."""


class Ordered(ServerFrame, frozen=True, tag="ordered"):
    title: str
    ordered_by: str


class Taken(StateConflict):
    """The piece is sold."""

    code = "taken"


class NotConnected(Unauthenticated):
    """The connection is unknown."""

    code = "not_connected"


class Member:
    user_id = person_id = "usr_mara"


@pytest.fixture
def closed() -> list[str]:
    """Ids of the closed connections."""
    return []


@pytest.fixture
def app(closed: list[str]) -> FeatureApp:
    """A feature with an action of each kind."""
    app = FeatureApp("studio")

    @app.sockets.on_connect
    def connect(handshake: Handshake) -> str | None:
        if handshake.headers.get("x-broken"):
            raise RuntimeError("the secret is 42")
        if handshake.headers.get("x-late"):
            raise Outage("table artist-booking-local-studio is throttled")
        if handshake.query.get("key") != "sesame":
            raise Unauthenticated("No.")
        return handshake.headers.get("sec-websocket-protocol")

    def enter(connection_id: str) -> Member:
        if connection_id in closed:
            raise NotConnected("Open a new WebSocket.")
        return Member()

    app.sockets.on_frames(enter)

    @app.sockets.on_frame
    def order(member: Member, frame: Order) -> Ordered:
        if frame.title == "taken":
            raise Taken("Somebody has it.")
        if frame.title == "late":
            raise Outage("table artist-booking-local-studio is throttled")
        return Ordered(frame.title, member.user_id)

    @app.sockets.on_frame
    def wave(member: Member, frame: Wave) -> None:
        return None

    @app.sockets.on_frame
    def fail(member: Member, frame: Break) -> None:
        raise RuntimeError("table artist-booking-local-studio has no index by-date")

    @app.sockets.on_disconnect
    def disconnect(connection_id: str) -> None:
        closed.append(connection_id)

    return app


@pytest.fixture
def gateway(app: FeatureApp, aws: None, monkeypatch: pytest.MonkeyPatch) -> SocketGateway:
    gateway = SocketGateway(app)
    gateway.install(monkeypatch)
    return gateway


@pytest.fixture
def device(gateway: SocketGateway) -> Device:
    return gateway.open({"key": "sesame"})


def assert_error(answer: dict[str, Any], status: int, code: str) -> dict[str, Any]:
    """Assert that the answer is an error frame with this problem, and return the problem."""
    assert answer["event"] == "error"
    problem: dict[str, Any] = answer["problem"]
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"urn:artist-booking:problem:{code}"
    assert problem["correlationId"]
    return problem


class TestOpening:
    def test_an_accepted_client_gets_the_agreed_subprotocol(self, gateway: SocketGateway) -> None:
        assert gateway.open({"key": "sesame"}, {"Sec-WebSocket-Protocol": "v1"}).protocol == "v1"
        assert gateway.open({"key": "sesame"}).protocol is None

    def test_a_refused_client_gets_the_status(self, gateway: SocketGateway) -> None:
        with pytest.raises(Refused) as refused:
            gateway.open()
        assert refused.value.status == 401

    def test_a_bug_refuses_the_client_without_details(self, gateway: SocketGateway) -> None:
        answer = gateway.call("$connect", "con1", "CONNECT", headers={"X-Broken": "1"})
        assert answer["statusCode"] == 500
        assert "42" not in answer["body"]

    def test_an_outage_refuses_the_client_with_503(self, gateway: SocketGateway) -> None:
        answer = gateway.call("$connect", "con1", "CONNECT", headers={"X-Late": "1"})
        assert answer["statusCode"] == 503
        assert "table" not in answer["body"]

    def test_closing_calls_the_feature(
        self, gateway: SocketGateway, device: Any, closed: list[str]
    ) -> None:
        device.close()
        assert closed == [device.id]


class TestFrames:
    def test_an_action_reaches_its_handler_and_its_result_is_sent_back(self, device: Any) -> None:
        frame = {"action": "order", "clientMessageId": "a-1", "title": "Swallow"}
        assert device.say(frame) == {
            "event": "ordered",
            "title": "Swallow",
            "orderedBy": "usr_mara",
        }

    def test_every_frame_of_a_deleted_account_is_refused(self, device: Any) -> None:
        tombstones.mark_deleted("usr_mara", clock.now())
        for frame in ({"action": "wave"}, {"action": "order"}):
            assert_error(device.say(frame), 401, "session_ended")

    def test_an_outage_is_a_503(self, device: Any) -> None:
        answer = device.say({"action": "order", "clientMessageId": "a-1", "title": "late"})
        problem = assert_error(answer, 503, "unavailable")
        assert "table" not in str(problem)

    def test_a_frame_has_a_deadline(self, gateway: SocketGateway, app: FeatureApp) -> None:
        left: list[float] = []

        @app.sockets.on_frame
        def measure(member: Member, frame: Measure) -> None:
            left.append(deadlines.seconds_left())

        gateway.open({"key": "sesame"}).say({"action": "measure"})
        assert 0 < left[0] <= deadlines.REQUEST_SECONDS

    def test_an_action_may_have_no_response(self, device: Any) -> None:
        assert device.say({"action": "wave"}) is None

    @pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\ud83d", "None", "{}x"])
    def test_invalid_json_is_a_400(self, device: Any, text: str) -> None:
        if len(text) > 32 * 1024:
            text = text[: 32 * 1024]
        assert_error(device.say(text), 400, "malformed_json")

    @pytest.mark.parametrize("text", ["[]", "1", "null", '"order"'])
    def test_a_frame_that_is_not_an_object_is_a_422(self, device: Any, text: str) -> None:
        assert_error(device.say(text), 422, "invalid_fields")

    @pytest.mark.parametrize("action", ["orders", "", None, 1, "$connect", {"a": 1}])
    def test_an_unknown_action_gets_the_list_of_actions(self, device: Any, action: Any) -> None:
        problem = assert_error(device.say({"action": action}), 422, "invalid_fields")
        (error,) = problem["errors"]
        assert error["field"] == "body.action"
        assert "order" in error["message"]

    def test_a_missing_action_is_an_unknown_one(self, device: Any) -> None:
        problem = assert_error(device.say({"title": "Swallow"}), 422, "invalid_fields")
        assert [error["field"] for error in problem["errors"]] == ["body.action"]

    def test_every_wrong_field_is_named(self, device: Any) -> None:
        frame = {"action": "order", "clientMessageId": "a-1", "title": 7, "pieces": "x", "free": 1}
        answer = device.say(frame)
        problem = assert_error(answer, 422, "invalid_fields")
        named = {error["field"] for error in problem["errors"]}
        assert named == {"body.title", "body.pieces", "body.free"}
        assert answer["action"] == "order"
        assert answer["clientMessageId"] == "a-1"

    def test_a_problem_has_the_client_message_id(self, device: Any) -> None:
        frame = {"action": "order", "clientMessageId": "a-1", "title": "taken"}
        answer = device.say(frame)
        assert_error(answer, 409, "taken")
        assert (answer["action"], answer["clientMessageId"]) == ("order", "a-1")

    def test_a_bug_is_a_500_without_details(self, device: Any) -> None:
        answer = device.say({"action": "break"})
        assert_error(answer, 500, "internal_error")
        assert "table" not in str(answer)

    def test_a_frame_of_more_than_32_kib_is_refused(self, device: Any) -> None:
        frame = {"action": "order", "clientMessageId": "a-1", "title": "é" * (16 * 1024)}
        assert_error(device.say(frame), 413, "frame_too_large")

    def test_the_sender_is_checked_before_the_frame_is_decoded(
        self, device: Any, closed: list[str]
    ) -> None:
        closed.append(device.id)
        assert_error(device.say("{"), 401, "not_connected")

    def test_two_handlers_for_one_action_are_an_error(self, app: FeatureApp) -> None:
        with pytest.raises(ValueError, match="wave"):

            @app.sockets.on_frame
            def again(member: Member, frame: Wave) -> None:
                return None


class TestLogging:
    def test_a_frame_is_one_log_line_without_content(self, device: Any, logs: Logs) -> None:
        device.say({"action": "order", "clientMessageId": "a-1", "title": "Swallow"})
        (line,) = logs.named("frame")
        assert (line["action"], line["status"], line["user_id"]) == ("order", 200, "usr_mara")
        assert line["correlation_id"] == f"request-{device.id}"
        assert "Swallow" not in str(logs.lines)

    def test_an_invalid_frame_is_one_log_line_too(self, device: Any, logs: Logs) -> None:
        device.say({"action": "order", "title": "Secret"})
        device.say("Secret")
        assert [line["status"] for line in logs.named("frame")] == [422, 400]
        assert "Secret" not in str(logs.lines)

    def test_a_handshake_is_one_log_line_without_credentials(
        self, gateway: SocketGateway, logs: Logs
    ) -> None:
        gateway.open({"key": "sesame"}, {"Authorization": "Bearer abc"})
        (line,) = logs.named("websocket")
        assert line["status"] == 200
        assert "sesame" not in str(logs.lines)
        assert "abc" not in str(logs.lines)


class TestPosting:
    def test_a_posted_frame_arrives(self, gateway: SocketGateway, device: Any) -> None:
        connections.post(device.id, '{"event":"pong"}')
        assert device.received == [{"event": "pong"}]

    def test_a_closed_connection_is_gone(self, gateway: SocketGateway, device: Any) -> None:
        device.vanish()
        with pytest.raises(Gone):
            connections.post(device.id, "{}")
        with pytest.raises(Gone):
            connections.close(device.id)

    def test_a_temporary_failure_is_not_gone(self, gateway: SocketGateway, device: Any) -> None:
        gateway.fails.add(device.id)
        with pytest.raises(NotPosted, match="LimitExceeded"):
            connections.post(device.id, "{}")

    def test_without_a_websocket_no_client_is_reached(
        self, gateway: SocketGateway, device: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("WEBSOCKET_URL")
        config.forget()
        with pytest.raises(NotPosted, match="NoWebSocket"):
            connections.close(device.id)

    @pytest.mark.parametrize(
        ("configured", "endpoint", "public", "callback"),
        [
            ("", "http://127.0.0.1:1", None, None),
            ("wss://a.example/live", "", "wss://a.example/live", "https://a.example/live"),
            ("/_aws/x/live", "http://h:1", "ws://h:1/_aws/x/live", "http://h:1/_aws/x/live"),
            ("/_aws/x/live", "https://h", "wss://h/_aws/x/live", "https://h/_aws/x/live"),
        ],
    )
    def test_urls(
        self,
        monkeypatch: pytest.MonkeyPatch,
        configured: str,
        endpoint: str,
        public: str | None,
        callback: str | None,
    ) -> None:
        monkeypatch.setenv("WEBSOCKET_URL", configured)
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        config.forget()
        try:
            assert connections.url() == public
            assert connections._build_url("http", "https") == callback
        finally:
            monkeypatch.undo()
            config.forget()


def test_a_feature_without_a_websocket_declares_no_function() -> None:
    app = FeatureApp("studio")
    assert not app.websocket_handlers
    assert not app.sockets.operations


class TestMetrics:
    @pytest.mark.parametrize(
        ("frame", "status_class", "failures"),
        [
            ({"action": "wave"}, "2xx", 0),
            ({"action": "order", "clientMessageId": "c1", "title": "taken"}, "4xx", 0),
            ({"action": "break"}, "5xx", 1),
        ],
    )
    def test_a_frame_is_one_line_and_a_bug_a_failure(
        self, device: Device, logs: Logs, frame: dict[str, Any], status_class: str, failures: int
    ) -> None:
        device.say(frame)
        (line,) = logs.named("frame")
        assert emf.failures(line) == failures
        dimensions = (("feature", "tests"), ("routeGroup", "frames"), ("statusClass", status_class))
        assert ("Latency", dimensions) in emf.read(line)

    @pytest.mark.parametrize(
        ("headers", "failures"), [({}, 0), ({"X-Broken": "1"}, 1)], ids=["refused", "broken"]
    )
    def test_a_handshake_that_breaks_is_a_failure(
        self, gateway: SocketGateway, logs: Logs, headers: dict[str, str], failures: int
    ) -> None:
        gateway.call("$connect", "con1", "CONNECT", headers=headers)
        (line,) = logs.named("websocket")
        assert emf.failures(line) == failures
