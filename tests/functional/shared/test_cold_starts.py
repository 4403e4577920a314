"""What a cold container makes: one botocore session and its clients, all while it is imported."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import msgspec
import pytest

from infra import features
from infra.paths import FUNCTIONS, LAYER, ROOT
from shared.platform import aws
from tests.support.cold_start import ColdStart


class Request(NamedTuple):
    """A first request that calls AWS: the operations, and the status it is answered with."""

    method: str
    path: str
    body: Mapping[str, object]
    cursor: str
    calls: set[str]
    status: int


COUNTED = "UpdateItem"  # each request counts against a limit
UPLOAD = {
    "name": "forearm.jpg",
    "size": 1024,
    "contentType": "image/jpeg",
    "sha256": "0" * 64,
    "purpose": "message",
}
REFRESH = {"refreshToken": f"usr_1.ses_1.1.{'A' * 43}"}
BY_CURSOR = {COUNTED, "GetParameter"}
FORGED = "AAAA"  # to refuse a cursor, its key is needed

REQUESTS = {
    "appointments": Request("GET", "/v1/appointments", {}, FORGED, BY_CURSOR, 422),
    "auth": Request(
        "POST", "/v1/auth/refresh", REFRESH, "", {COUNTED, "VerifyMac", "GetItem"}, 401
    ),
    "consultations": Request("GET", "/v1/consultations", {}, FORGED, BY_CURSOR, 422),
    "files": Request(
        "POST", "/v1/files", UPLOAD, "", {COUNTED, "GetItem", "TransactWriteItems"}, 201
    ),
    "gateway": Request("GET", "/v1/docs", {}, "", {COUNTED}, 200),
    "messaging": Request("GET", "/v1/messages/conversations", {}, FORGED, BY_CURSOR, 422),
    "notifications": Request("GET", "/v1/notifications/inbox", {}, FORGED, BY_CURSOR, 422),
    "policies": Request("GET", "/v1/policies/acceptances", {}, FORGED, BY_CURSOR, 422),
    "profiles": Request("GET", "/v1/profiles/artists", {}, FORGED, BY_CURSOR, 422),
    "quick_actions": Request("GET", "/v1/quick-actions/executions", {}, FORGED, BY_CURSOR, 422),
    "social": Request(
        "GET", "/v1/social/accounts", {}, "", {COUNTED, "GetParameter", "Query"}, 200
    ),
}


def test_every_api_function_is_covered() -> None:
    with_routes = {name for name in features.names() if features.load(name).routes}
    assert with_routes == set(REQUESTS)


@pytest.mark.parametrize("feature", REQUESTS)
def test_an_api_function_makes_everything_while_it_is_imported(feature: str) -> None:
    request = REQUESTS[feature]
    cold = start(
        f"{feature}.app.app",
        request.method,
        request.path,
        json.dumps(request.body) if request.body else "",
        request.cursor,
    )
    assert cold.imported.sessions == 1
    assert set(cold.imported.clients.values()) == {1}
    assert set(cold.imported.files.values()) == {1}
    assert cold.imported.files["endpoints"] == 1
    assert cold.imported.calls == {}
    assert cold.answered.sessions == 0
    assert cold.answered.clients == {}
    assert cold.answered.files == {}
    # The request did need AWS.
    assert set(cold.answered.calls) == request.calls
    assert cold.status == request.status


@pytest.mark.parametrize(
    ("handler", "services"),
    [
        ("appointments.app.outbox", {"dynamodb", "sns"}),
        ("files.app.inspector", {"dynamodb", "s3"}),
        ("messaging.app.delivery_worker", {"ssm"}),
        ("authorizer.app.authorize", set()),
    ],
)
def test_another_function_makes_its_own_clients_only(handler: str, services: set[str]) -> None:
    assert start(handler).imported.clients == dict.fromkeys(services, 1)


def test_an_import_outside_of_lambda_makes_nothing() -> None:
    imported = start("auth.app.app", running="").imported
    assert (imported.sessions, imported.clients) == (0, {})


@pytest.mark.parametrize(
    ("function", "seconds"), [("prefix-files-inspector", 20), ("prefix-files-api", 5), (None, 5)]
)
def test_only_workers_wait_long_for_s3(
    monkeypatch: pytest.MonkeyPatch, function: str | None, seconds: int
) -> None:
    """They put large files. A request has less time than that in all."""
    if function is not None:
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", function)
    aws.forget()
    try:
        assert aws.client("s3").meta.config.read_timeout == seconds
    finally:
        aws.forget()


def test_threads_share_a_client() -> None:
    aws.forget()
    try:
        with ThreadPoolExecutor(8) as threads:
            made = list(threads.map(lambda _: aws.client("dynamodb"), range(64)))
        assert len({id(client) for client in made}) == 1
    finally:
        aws.forget()


def start(handler: str, *request: str, running: str | None = None) -> ColdStart:
    """Start a container for a handler and return what it made."""
    environment = {
        **os.environ,
        **dict.fromkeys(("SIGNING_KEYS", "REFRESH_KEY", "FILES_BUCKET"), "name"),
        "_HANDLER": handler if running is None else running,
        "PYTHONPATH": os.pathsep.join(map(str, (FUNCTIONS, LAYER / "python", ROOT))),
    }
    printed = subprocess.run(
        [sys.executable, "-m", "tests.support.cold_start", handler, *request],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return msgspec.json.decode(printed.splitlines()[-1], type=ColdStart)
