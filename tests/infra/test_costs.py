"""An environment that nobody uses costs at most $6.25 a month, before MongoDB."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from infra import costs
from infra.paths import ROOT
from tests.infra.conftest import Templates

BUDGET = 6.25  # a dollar of it is the key that seals the tokens of social accounts


def total(templates: Templates) -> float:
    return sum(item.dollars for item in costs.estimate(templates))


def test_an_idle_month_is_within_the_budget(prod: Templates) -> None:
    assert total(prod) <= BUDGET, costs.table(costs.estimate(prod))


def test_the_runbook_has_the_same_bill(prod: Templates) -> None:
    table = costs.table(costs.estimate(prod))
    assert table in (ROOT / "docs" / "runbook.md").read_text(), table


def _alarm(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}


_MAXIMUM = {"ScalingConfig": {"MaximumConcurrency": 10}}
_MATH = [
    {"Id": "sum", "Expression": "a + b"},
    {"Id": "a", "MetricStat": {}},
    {"Id": "b", "MetricStat": {}},
]


@pytest.mark.parametrize(
    ("resource", "dollars"),
    [
        (_alarm(MetricName="Errors"), 0.10),
        (_alarm(Metrics=_MATH), 0.20),
        ({"Type": "AWS::SecretsManager::Secret"}, 0.40),
        ({"Type": "AWS::KMS::Key"}, 1.00),
        ({"Type": "AWS::WAFv2::WebACL"}, 6.00),
        ({"Type": "AWS::Lambda::EventSourceMapping", "Properties": {}}, 0.105),
        ({"Type": "AWS::Lambda::EventSourceMapping", "Properties": _MAXIMUM}, 0.263),
    ],
    ids=[
        "alarm",
        "alarm on two metrics",
        "secret",
        "key",
        "web ACL",
        "queue",
        "queue with a maximum",
    ],
)
def test_each_further_resource_is_counted(
    prod: Templates, resource: dict[str, Any], dollars: float
) -> None:
    more = copy.deepcopy(prod)
    more["gateway"]["Resources"]["OneMore"] = resource
    assert total(more) - total(prod) == pytest.approx(dollars, abs=0.005)


def _trace(function: dict[str, Any]) -> None:
    function["TracingConfig"] = {"Mode": "Active"}


def _enlarge(function: dict[str, Any]) -> None:
    function["MemorySize"] = 10_240


@pytest.mark.parametrize("change", [_trace, _enlarge])
def test_what_sweepers_do_all_day_is_counted(
    prod: Templates, change: Callable[[dict[str, Any]], None]
) -> None:
    more = copy.deepcopy(prod)
    for template in more.values():
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Function":
                change(resource["Properties"])
    assert total(more) > total(prod) + 0.5
