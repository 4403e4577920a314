"""Indexes: which functions the step of a deployment invokes, and what it says about each."""

import io
import json
from typing import Any

import pytest

from infra.local.settings import StackError
from infra.operate.ensure_indexes import ensure_indexes

PREFIX = "artist-booking-test-"


class Environment:
    """An environment whose functions respond with what a test gave them; it is its own session."""

    def __init__(self, answers: dict[str, dict[str, Any]]) -> None:
        self._answers = answers
        self.invoked: list[str] = []

    def client(self, service: str, **_: Any) -> "Environment":
        """Return the client of Lambda."""
        assert service == "lambda"
        return self

    def get_paginator(self, _: str) -> "Environment":
        """Return the paginator of functions."""
        return self

    def paginate(self) -> list[dict[str, Any]]:
        """Return pages of functions, some of which are none of ours."""
        others = [f"{PREFIX}auth-api", "artist-booking-other-messaging-ensure-indexes"]
        names = [*(f"{PREFIX}{feature}-ensure-indexes" for feature in self._answers), *others]
        return [{"Functions": [{"FunctionName": name}]} for name in names]

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        """Invoke a function."""
        assert Payload == b"{}"
        feature = FunctionName.removeprefix(PREFIX).removesuffix("-ensure-indexes")
        self.invoked.append(feature)
        answer = self._answers[feature]
        failed = {"FunctionError": "Unhandled"} if "errorMessage" in answer else {}
        return {"Payload": io.BytesIO(json.dumps(answer).encode()), **failed}


def run(environment: Any, *features: str) -> list[str]:
    """Run the step."""
    return list(ensure_indexes(environment, PREFIX, *features))


COMPLETE = {"created": [], "is_configured": True}


def test_every_feature_with_a_database_is_asked() -> None:
    environment = Environment(
        {
            "notifications": {"created": ["inbox.unread", "inbox.listed"], "is_configured": True},
            "messaging": COMPLETE,
            "studios": {"created": [], "is_configured": False},
        }
    )
    assert run(environment) == [
        "messaging: all indexes are there",
        "notifications: created inbox.unread, inbox.listed",
        "studios: no MongoDB is configured yet; `make configure` creates its indexes",
    ]


def test_one_stack_is_one_feature_and_may_have_none() -> None:
    environment = Environment({"notifications": COMPLETE, "messaging": COMPLETE})
    assert run(environment, "messaging") == ["messaging: all indexes are there"]
    assert run(environment, "auth") == []
    assert environment.invoked == ["messaging"]


def test_two_stacks_are_two_features() -> None:
    environment = Environment(
        {"notifications": COMPLETE, "messaging": COMPLETE, "studios": COMPLETE}
    )
    run(environment, "studios", "messaging")
    assert environment.invoked == ["messaging", "studios"]


def test_a_failure_ends_the_deployment() -> None:
    environment = Environment({"messaging": {"errorMessage": "E11000 duplicate key"}})
    with pytest.raises(StackError, match="messaging-ensure-indexes failed: E11000 duplicate key"):
        run(environment)
