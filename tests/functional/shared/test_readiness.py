"""Readiness for operators: every feature is asked, and what does not answer is named."""

import io
import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from infra import features
from infra.operate import readiness
from shared.http.app import FeatureApp
from shared.platform.config import path_name
from tests.functional.shared.studio import Studio

PREFIX = "artist-booking-dev-"
Answer = Callable[[dict[str, Any]], Any]


def is_ready(_: dict[str, Any]) -> Any:
    return {"statusCode": 200, "body": '{"status":"ok","checks":{"dynamodb":"ok"}}'}


def unready(_: dict[str, Any]) -> Any:
    return {"statusCode": 503, "body": '{"code":"not_ready","detail":"Not answering: mongo."}'}


def crashed(_: dict[str, Any]) -> Any:
    return {"errorMessage": "Unable to import module", "errorType": "Runtime.ImportModuleError"}


def missing(_: dict[str, Any]) -> Any:
    error = {"Error": {"Code": "ResourceNotFoundException", "Message": "Function not found"}}
    raise ClientError(error, "Invoke")  # type: ignore[arg-type]


def too_slow(_: dict[str, Any]) -> Any:
    raise ReadTimeoutError(endpoint_url="https://lambda.example")


class FakeLambda:
    """Lambda with a function for every feature, ready unless a test says otherwise."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.invoked: list[str] = []

    def invoke(self, **call: Any) -> Any:
        name = call["FunctionName"]
        self.invoked.append(name)
        answer = self.answers.get(name, is_ready)(json.loads(call["Payload"]))
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@pytest.fixture
def functions() -> FakeLambda:
    return FakeLambda()


@pytest.fixture
def session(functions: FakeLambda, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    session = boto3.Session(region_name="us-east-1")
    monkeypatch.setattr(session, "client", lambda *_, **__: functions)
    return session


def test_every_feature_with_a_health_route_is_asked(
    session: boto3.Session, functions: FakeLambda
) -> None:
    states = list(readiness.check(session, PREFIX))
    declared = {
        f"{PREFIX}{path_name(name)}-api"
        for name, app in features.load_all().items()
        if isinstance(app, FeatureApp)
        and ("GET", f"/v1/{path_name(name)}/health") in app.operations
    }
    assert set(functions.invoked) == declared
    assert len(declared) >= 9
    assert all(state.ready for state in states)
    assert "ready  dynamodb" in str(states[0])


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (unready, "Not answering: mongo."),
        (crashed, "The function failed; see its log."),
        (missing, "Function not found"),
        (too_slow, "Read timeout"),
    ],
)
def test_a_feature_that_is_not_ready_is_named_with_the_reason(
    session: boto3.Session, functions: FakeLambda, answer: Answer, detail: str
) -> None:
    functions.answers[f"{PREFIX}messaging-api"] = answer
    (state,) = (state for state in readiness.check(session, PREFIX) if not state.ready)
    assert state.feature == "messaging"
    assert detail in str(state)


def test_a_feature_understands_the_request_and_operators_are_not_limited(
    session: boto3.Session, functions: FakeLambda, studio: Studio
) -> None:
    functions.answers[f"{PREFIX}auth-api"] = lambda event: studio.app(
        json.loads(json.dumps(event).replace("/auth/", "/studio/")), None
    )
    for _ in range(25):
        states = {state.feature: state for state in readiness.check(session, PREFIX)}
        assert states["auth"].detail == "table, mail"
    studio.down = {"mail"}
    states = {state.feature: state for state in readiness.check(session, PREFIX)}
    assert (states["auth"].ready, states["auth"].detail) == (False, "Not answering: mail.")
