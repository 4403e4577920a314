"""Failures of invoked functions: outages and bugs."""

import io
import json
from typing import Any

import pytest

from shared.platform import invocation
from shared.platform.outages import Outage


def fail(monkeypatch: pytest.MonkeyPatch, error_type: str, message: str = "") -> None:
    """Make every function raise an exception of this class."""

    class Lambda:
        def invoke(self, **_: Any) -> dict[str, Any]:
            answer = json.dumps({"errorMessage": message, "errorType": error_type}).encode()
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(answer)}

    monkeypatch.setattr("shared.platform.aws.client", lambda _: Lambda())


@pytest.mark.parametrize("error_type", ["Outage", "Sandbox.Timedout"])
def test_an_outage_of_a_function_is_one_of_its_caller(
    monkeypatch: pytest.MonkeyPatch, error_type: str
) -> None:
    fail(monkeypatch, error_type)
    with pytest.raises(Outage, match="authorizer-authorize does not answer"):
        invocation.authorize("Bearer x")


@pytest.mark.parametrize("error_type", ["KeyError", ""])
def test_a_bug_of_a_function_is_no_outage(monkeypatch: pytest.MonkeyPatch, error_type: str) -> None:
    fail(monkeypatch, error_type)
    with pytest.raises(RuntimeError, match="authorizer-authorize raised an exception"):
        invocation.authorize("Bearer x")


def test_the_token_of_an_assistant_is_refused_where_no_scope_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = {"userId": "usr_mara", "role": "artist"}
    for acting, expected in ({}, context), ({"actingId": "usr_noa", "scope": "messages"}, None):
        policy = {
            "policyDocument": {"Statement": [{"Effect": "Allow"}]},
            "context": context | acting,
        }
        monkeypatch.setattr(invocation, "invoke", lambda *_, policy=policy: policy)
        assert invocation.authorize("Bearer x") == expected


def test_a_refusal_that_is_not_cached_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, "Unauthorized", "Unauthorized")
    assert invocation.authorize("Bearer x") is None
