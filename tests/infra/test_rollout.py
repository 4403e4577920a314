"""New code reaches people step by step, and leaves them when the alarm of its feature goes off."""

import re
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

from infra.constructs.rollout import AT_ONCE, Rollout
from infra.environments import Environment
from tests.infra.conftest import Templates, definition, resources

PREFIX = "artist-booking-prod"
CANARY = "LambdaCanary10Percent5Minutes"
PUBLIC = re.compile(r"-(api|authorize|connect|frame|disconnect)$")


def test_every_function_that_people_reach_has_an_alias_moved_by_a_canary(prod: Templates) -> None:
    for stack, template in prod.items():
        found = template["Resources"]
        public = {
            id_
            for id_, one in found.items()
            if one["Type"] == "AWS::Lambda::Function"
            and PUBLIC.search(one["Properties"]["FunctionName"])
        }
        aliases = [one for one in found.values() if one["Type"] == "AWS::Lambda::Alias"]
        assert {alias["Properties"]["FunctionName"]["Ref"] for alias in aliases} == public, stack
        for alias in aliases:
            assert alias["Properties"]["Name"] == "live"
            deployment = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
            group = found[deployment["DeploymentGroupName"]["Ref"]]["Properties"]
            assert (
                group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
            )
            assert group["AutoRollbackConfiguration"]["Enabled"]
            assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
            (alarm,) = group["AlarmConfiguration"]["Alarms"]
            assert found[alarm["Name"]["Ref"]]["Properties"]["AlarmName"] == (
                f"{PREFIX}-{stack}-failures"
            )
            assert not group["AlarmConfiguration"].get("IgnorePollAlarmFailure")


def test_the_api_invokes_aliases_only(prod: Templates) -> None:
    text = str(definition(prod["gateway"]))
    invoked = re.findall(r"function:[a-z-]+(:\w+)?/invocations", text)
    assert len(invoked) > 100
    assert set(invoked) == {":live"}
    for permission in resources(prod, "AWS::Lambda::Permission"):
        if permission["Principal"] == "apigateway.amazonaws.com":
            function = str(permission["FunctionName"])
            assert ":live" in function or "live" in function, function


def test_functions_call_each_other_by_the_alias(prod: Templates) -> None:
    for function in resources(prod, "AWS::Lambda::Function"):
        assert function["Environment"]["Variables"]["FUNCTION_ALIAS"] == "live"


@pytest.mark.parametrize("type_", ["Lambda::Alias", "Lambda::Version", "CodeDeploy::Application"])
def test_the_local_stack_has_functions_without_versions(local: Templates, type_: str) -> None:
    assert not resources(local, f"AWS::{type_}")
    for function in resources(local, "AWS::Lambda::Function"):
        assert "FUNCTION_ALIAS" not in function["Environment"]["Variables"]


@pytest.mark.parametrize(
    ("canary", "ignored"), [(AT_ONCE, True), ("LambdaLinear10PercentEvery1Minute", False)]
)
def test_a_deployment_at_once_does_not_ask_the_alarm(
    tmp_path_factory: pytest.TempPathFactory, canary: str, ignored: bool
) -> None:
    """What mends a feature that fails must be deployable while its alarm is on."""
    app = App(outdir=str(tmp_path_factory.mktemp("rollout")))
    stack = Stack(app, "one")
    metric = cloudwatch.Metric(namespace="here", metric_name="Failures")
    alarm = metric.create_alarm(stack, "alarm", threshold=1, evaluation_periods=1)
    function = lambda_.Function(
        stack,
        "api",
        function_name="one-api",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="app.app",
        code=lambda_.Code.from_inline("def app(*_): ..."),
    )
    rollout = Rollout(stack, Environment("one", canary=canary), stop_on=alarm)
    rollout.add_alias(stack, "api", function)
    template = app.synth().get_stack_by_name("one").template
    group: dict[str, Any]
    (group,) = (
        one["Properties"]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::CodeDeploy::DeploymentGroup"
    )
    assert group["DeploymentConfigName"] == f"CodeDeployDefault.{canary}"
    assert bool(group.get("AlarmConfiguration", {}).get("Enabled")) != ignored
