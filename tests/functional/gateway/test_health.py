"""Platform health: all features are asked, and those that are down are named."""

from typing import Any

import pytest

from gateway.use_cases import documents
from tests.functional.gateway.conftest import Functions
from tests.support.captured_logs import Logs
from tests.support.gateway import ApiClient


def unreachable(_: dict[str, Any]) -> None:
    raise ConnectionError("10.0.0.1 refused")


def test_all_features_with_a_health_route_are_asked(
    client: ApiClient, functions: Functions
) -> None:
    answer = client.get("/v1/health")
    assert answer.status_code == 200
    assert answer.json_body["status"] == "ok"
    assert set(answer.json_body["features"]) == set(documents.list_features())
    assert set(functions.invocations) == {f"{feature}-api" for feature in documents.list_features()}
    assert "auth-api" in functions.invocations
    assert set(answer.json_body["features"].values()) == {"ok"}


@pytest.mark.parametrize(("query", "ready"), [("", None), ("?ready=1", {"ready": ["1"]})])
def test_features_check_what_the_caller_requests(
    client: ApiClient, functions: Functions, query: str, ready: Any
) -> None:
    client.get(f"/v1/health{query}", headers={"x-correlation-id": "request-1"})
    request = functions.invocations["auth-api"]
    assert request["path"] == request["requestContext"]["resourcePath"] == "/v1/auth/health"
    assert request["multiValueQueryStringParameters"] == ready
    assert request["headers"] == {"x-correlation-id": "request-1"}


def test_features_understand_the_request(client: ApiClient, functions: Functions) -> None:
    from auth.app import app  # noqa: PLC0415

    functions.answers["auth-api"] = lambda request: app(request, None)
    assert client.get("/v1/health").json_body["features"]["auth"] == "ok"


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: {"statusCode": 503},
        lambda _: {"errorMessage": "Runtime.ImportModuleError", "errorType": "x"},
        lambda _: None,
        unreachable,
    ],
    ids=["not ready", "crashed", "no answer", "unreachable"],
)
def test_a_feature_that_is_down_is_named(
    client: ApiClient, functions: Functions, answer: Any
) -> None:
    functions.answers["auth-api"] = answer
    response = client.get("/v1/health?ready=1")
    assert (response.status_code, response.json_body["code"]) == (503, "not_ready")
    assert response.json_body["detail"] == "Not answering: auth."
    assert b"10.0.0.1" not in response.body


def test_a_failure_is_logged_with_the_correlation_id_of_the_request(
    client: ApiClient, functions: Functions, logs: Logs
) -> None:
    functions.answers["auth-api"] = unreachable
    client.get("/v1/health", headers={"x-correlation-id": "request-1"})
    (line,) = logs.named("feature did not answer")
    assert (line["feature"], line["correlation_id"]) == ("auth", "request-1")
