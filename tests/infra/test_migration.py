"""The commands of the migration from the monolith."""

from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from infra.local.settings import StackError
from infra.operate import migration
from infra.operate.import_monolith.dumps import Dump
from infra.operate.import_monolith.state import Known, State


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


def test_imported_records_are_linked_by_what_the_import_knows(tmp_path: Path) -> None:
    dump, operator = Dump(tmp_path), Operator()
    (tmp_path / "appointments.csv").write_text("id,clientId\n7,1\n8,1\n9,2\n")
    with pytest.raises(StackError, match="was not imported"):
        list(migration.link(operator, "appointments", dump, "dev"))
    (tmp_path / "import-dev").mkdir()
    state = State(tmp_path / "import-dev" / "state.sqlite")
    state.save_id("users", "1", Known("usr_x", True, "", 1, 1))
    state.save_id("appointments", "7", Known("apt_7", True, "", 1, 1))
    state.save_id("appointments", "8", Known("apt_8", False, "", 1, 2))  # set aside
    state.save_id("appointments", "9", Known("apt_9", True, "", 1, 3))  # of an unknown client
    state.close()
    assert list(migration.link(operator, "appointments", dump, "dev")) == ["done"]
    assert operator.questions[0][1]["links"] == [("7", "apt_7", "usr_x")]


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
