"""What operators see of the verification of an audit log."""

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest

from infra.local.settings import StackError
from infra.operate import audit_verify


def verify(answer: dict[str, Any], **more: str) -> str:
    """Verify a log in an environment whose function answers this."""

    def invoke(**call: Any) -> dict[str, Any]:
        assert call["FunctionName"] == "artist-booking-dev-auth-verify-audit"
        assert json.loads(call["Payload"]) == {"userId": "usr_mara"}
        return {"Payload": io.BytesIO(json.dumps(answer).encode()), **more}

    session: Any = SimpleNamespace(client=lambda _: SimpleNamespace(invoke=invoke))
    return audit_verify.verify(session, "artist-booking-dev-", "usr_mara")


def test_a_valid_log_is_described() -> None:
    line = verify({"first": 3, "count": 5, "brokenAt": None})
    assert line == "usr_mara: 5 entries from number 3 on, all valid"


def test_a_broken_log_fails_and_says_where() -> None:
    with pytest.raises(StackError, match="entry 4 is changed or missing; the 3 before it"):
        verify({"first": 1, "count": 3, "brokenAt": 4})


def test_a_failing_function_fails() -> None:
    with pytest.raises(StackError, match="down"):
        verify({"errorMessage": "down"}, FunctionError="Unhandled")
