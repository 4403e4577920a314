"""Kill switches: what is asked, and what the operator reads."""

from typing import Any

import pytest

from infra.local.settings import StackError
from infra.operate.kill_switches import change


class Operator:
    def __init__(self, **answer: Any) -> None:
        self._answer = {"switches": [], "problem": None} | answer

    def ask(self, function: str, **question: Any) -> dict[str, Any]:
        assert function == "notifications-kill-switches"
        self.question = question
        return self._answer


def test_the_operator_reads_what_is_stopped() -> None:
    state = {"switch": "channel:sms", "since": "2026-11-30T12:00:00Z", "reason": "", "waiting": 3}
    operator = Operator(switches=[state])
    (line,) = change(operator, "channel:sms", "", "")
    assert line == "channel:sms  stopped since 2026-11-30T12:00:00Z, 3 waiting"
    assert operator.question == {"stop": "channel:sms", "release": None, "reason": ""}


def test_the_operator_reads_what_was_released() -> None:
    assert list(change(Operator(), "", "channel:sms", "")) == [
        "Nothing is stopped.",
        "What channel:sms held back goes within a minute or two.",
    ]


def test_a_wrong_name_fails() -> None:
    with pytest.raises(StackError, match="there is no channel fax"):
        list(change(Operator(problem="there is no channel fax"), "channel:fax", "", ""))
