"""The commands of the migration from the monolith."""

from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from infra.local.settings import StackError
from infra.operate import migration


class Operator:
    """Stands in for the function, and remembers what it was asked."""

    def __init__(self, problem: str | None = None) -> None:
        self.problem = problem
        self.questions: list[tuple[str, dict[str, object]]] = []

    def ask(self, function: str, **question: object) -> dict[str, Any]:
        """Answer with a line."""
        self.questions.append((function, question))
        return {"lines": ["done"], "problem": self.problem}


def test_a_switch_is_set_or_all_are_listed() -> None:
    operator = Operator()
    assert list(migration.switch(operator, "", "", "", "")) == ["done"]
    list(migration.switch(operator, "notifications", "new", "Monday", "arn"))
    asked = {"feature": "notifications", "mode": "new", "reason": "Monday", "by": "arn"}
    assert operator.questions == [
        ("gateway-migration", {"action": "list"}),
        ("gateway-migration", {"action": "switch", **asked}),
    ]


@pytest.mark.parametrize(("feature", "mode"), [("notifications", ""), ("", "new")])
def test_half_a_switch_is_refused(feature: str, mode: str) -> None:
    with pytest.raises(StackError, match="make switch FEATURE"):
        migration.switch(Operator(), feature, mode, "", "")


def test_imported_records_are_linked_by_a_file(tmp_path: Path) -> None:
    file, operator = tmp_path / "ids.csv", Operator()
    file.write_text("oldId,newId,clientId\n7,apt_x,usr_x\n")
    assert list(migration.link(operator, "appointments", file)) == ["done"]
    assert operator.questions[0][1]["links"] == [("7", "apt_x", "usr_x")]
    file.write_text("id\n7\n")
    with pytest.raises(StackError, match="oldId, newId and clientId"):
        list(migration.link(operator, "appointments", file))


def test_what_is_impossible_is_said() -> None:
    with pytest.raises(StackError, match=r"there is no monolith\."):
        list(migration.ask(Operator("there is no monolith"), "list"))


def test_whoever_asks_is_named_as_far_as_aws_says() -> None:
    session = mock.Mock(spec=boto3.Session)
    session.client.return_value.get_caller_identity.return_value = {"Arn": "arn:aws:iam::1:user/a"}
    assert migration.find_caller(session) == "arn:aws:iam::1:user/a"
    error = EndpointConnectionError(endpoint_url="https://sts")
    session.client.return_value.get_caller_identity.side_effect = error
    assert migration.find_caller(session) == ""
