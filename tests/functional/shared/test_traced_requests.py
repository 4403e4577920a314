"""Requests in the traces of X-Ray, and the address that clients are given for WebSockets."""

import json
import socket

import pytest

from shared.live import connections
from shared.platform import config
from tests.functional.shared.studio import Studio

ROOT = "1-58e57fed-1234567890abcdef12345678"


def test_a_sampled_request_is_found_by_its_route_and_correlation_id(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.setblocking(False)
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{daemon.getsockname()[1]}")
        mara = studio.client.as_user("usr_mara")
        assert mara.get("/v1/orders/1").status_code == 200
        with pytest.raises(BlockingIOError):  # it was not sampled
            daemon.recv(70_000)
        header = f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"
        monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
        answer = studio.client.get("/v1/orders/1")
        assert answer.status_code == 401
        document = json.loads(daemon.recv(70_000).partition(b"\n")[2])
    annotations = document["annotations"]
    assert document["trace_id"] == ROOT
    assert document["error"] is True
    assert annotations.pop("feature")
    assert annotations == {
        "route": "GET /v1/orders/{number}",
        "correlation_id": answer.headers["x-correlation-id"],
        "status": 401,
    }
    assert "usr_mara" not in str(document)


def test_clients_are_given_our_own_domain_and_functions_use_the_apis(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WEBSOCKET_URL", "wss://abc.execute-api.us-east-1.amazonaws.com/live")
    config.forget()
    assert connections.url() == "wss://abc.execute-api.us-east-1.amazonaws.com/live"
    monkeypatch.setenv("WEBSOCKET_DOMAIN", "live.artistbooking.example")
    config.forget()
    assert connections.url() == "wss://live.artistbooking.example"
    posting = connections._build_url("http", "https")
    assert posting == "https://abc.execute-api.us-east-1.amazonaws.com/live"
    monkeypatch.undo()
    config.forget()
