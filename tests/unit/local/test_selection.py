"""Some features are started with what they need, and what runs already stays."""

import json
from typing import Any

import pytest

from infra.local.assembly import Stack
from infra.local.selection import select
from infra.local.settings import StackError

PREFIX = "artist-booking-local-"
FEATURES = ("auth", "files", "notifications")


def permission(function: str) -> dict[str, Any]:
    arn = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":lambda:1:{PREFIX}{function}"]]}
    return {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": arn}}


GATEWAY = {
    "Resources": {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "DependsOn": ["OfAuth", "OfFiles"]},
        "OfAuth": permission("auth-api"),
        "OfFiles": permission("files-api"),
        "OfNotifications": permission("notifications-api"),
    }
}
EMPTY: dict[str, Any] = {"Resources": {}}
STACKS = [
    Stack(f"{PREFIX}{name}", json.dumps(GATEWAY if name == "gateway" else EMPTY).encode(), ())
    for name in ("foundation", *FEATURES, "gateway")
]


def names(stacks: list[Stack]) -> list[str]:
    return [stack.name.removeprefix(PREFIX) for stack in stacks]


def test_without_a_wish_all_are_started_as_they_are() -> None:
    assert select(STACKS, PREFIX, [], []) == STACKS


def test_a_feature_is_started_with_what_it_needs() -> None:
    selected = select(STACKS, PREFIX, ["notifications"], [])
    assert names(selected) == ["foundation", "auth", "notifications", "gateway"]


def test_what_runs_already_stays() -> None:
    assert names(select(STACKS, PREFIX, ["auth"], [f"{PREFIX}files"])) == [
        "foundation",
        "auth",
        "files",
        "gateway",
    ]


def test_the_gateway_permits_nothing_on_functions_that_are_missing() -> None:
    gateway = select(STACKS, PREFIX, ["notifications"], [])[-1].template["Resources"]
    assert gateway.keys() == {"Api", "OfAuth", "OfNotifications"}
    assert gateway["Api"]["DependsOn"] == ["OfAuth"]
    assert "OfFiles" in STACKS[-1].template["Resources"]


def test_an_unknown_feature_is_named() -> None:
    with pytest.raises(StackError, match=r"There is no stack filse\. Known are .*files"):
        select(STACKS, PREFIX, ["filse"], [])
