"""Roles of GitHub Actions may assume the roles of the bootstrap stack, and little else."""

import re
from typing import Any

import pytest
import yaml

from infra.paths import ROOT
from tests.infra.conftest import Templates

# Beginnings of the actions that are granted.
HARMLESS = ("Get", "GET", "List", "Describe", "Assume", "Put", "Invoke")
ROLES = ROOT / "infra" / "github_roles.yml"


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # yaml has no types
    """Loader of the short forms of CloudFormation's functions."""


def _function(loader: Any, suffix: str, node: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return {f"Fn::{suffix}": loader.construct_scalar(node)}
    return {f"Fn::{suffix}": loader.construct_sequence(node, deep=True)}


_Loader.add_multi_constructor("!", _function)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(ROLES.read_text(), _Loader)  # it is safe
    return loaded


def statements(template: dict[str, Any], role: str) -> list[dict[str, Any]]:
    (policy,) = template["Resources"][role]["Properties"]["Policies"]
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


def resources(statement: dict[str, Any]) -> list[str]:
    resource = statement["Resource"]
    listed = resource if isinstance(resource, list) else [resource]
    return [each if isinstance(each, str) else each["Fn::Sub"] for each in listed]


def subjects(template: dict[str, Any], role: str) -> dict[str, Any]:
    document = template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]
    (statement,) = document["Statement"]
    conditions: dict[str, Any] = statement["Condition"]["StringEquals"]
    assert list(statement["Condition"]) == ["StringEquals"]  # no wildcard
    return conditions


def test_only_jobs_of_the_environment_may_deploy(template: dict[str, Any]) -> None:
    host = "token.actions.githubusercontent.com"
    assert subjects(template, "DeployRole") == {
        f"{host}:aud": "sts.amazonaws.com",
        f"{host}:sub": {"Fn::Sub": "repo:${Repository}:environment:${EnvironmentName}"},
    }
    assert subjects(template, "DiffRole") == {
        f"{host}:aud": "sts.amazonaws.com",
        f"{host}:sub": {"Fn::Sub": "repo:${Repository}:pull_request"},
    }


def test_pull_requests_read_templates_and_nothing_else(template: dict[str, Any]) -> None:
    """The bootstrap stack's role for looking up would let them read people's data as well."""
    (statement,) = statements(template, "DiffRole")
    assert statement["Action"] == ["cloudformation:DescribeStacks", "cloudformation:GetTemplate"]
    (resource,) = resources(statement)
    assert resource.endswith(":stack/artist-booking-${EnvironmentName}-*/*")


def test_deployments_assume_roles_of_the_bootstrap_stack(template: dict[str, Any]) -> None:
    (assuming,) = (
        each for each in statements(template, "DeployRole") if each["Action"] == "sts:AssumeRole"
    )
    kinds = [
        re.findall(r"role/cdk-\$\{Qualifier\}-(.*)-role-", each) for each in resources(assuming)
    ]
    assert kinds == [["deploy"], ["file-publishing"], ["lookup"]]


def test_everything_else_is_bound_to_the_environment(template: dict[str, Any]) -> None:
    unbound = {
        str(statement["Action"])
        for statement in statements(template, "DeployRole")
        for resource in resources(statement)
        if "${EnvironmentName}-" not in resource and statement["Action"] != "sts:AssumeRole"
    }
    # They take no names, but the last, which lists keys of the account's APIs.
    assert unbound == {"cloudformation:ListStacks", "lambda:ListFunctions", "apigateway:GET"}


def test_nothing_of_it_deletes_or_administers(template: dict[str, Any]) -> None:
    for role in ("DeployRole", "DiffRole"):
        for statement in statements(template, role):
            action = statement["Action"]
            for each in action if isinstance(action, list) else [action]:
                verb = each.partition(":")[2]
                assert verb.startswith(
                    ("Get", "GET", "List", "Describe", "Assume", "Put", "Invoke")
                )
                assert not each.startswith("iam:")
                assert "*" not in each


def test_the_functions_that_make_indexes_may_be_invoked(
    template: dict[str, Any], prod: Templates
) -> None:
    (statement,) = (
        each
        for each in statements(template, "DeployRole")
        if each["Action"] == "lambda:InvokeFunction"
    )
    (resource,) = resources(statement)
    pattern = resource.rpartition(":")[2].replace("${EnvironmentName}", "prod").replace("*", ".*")
    invoked = {
        resource["Properties"]["FunctionName"]
        for stack in prod.values()
        for resource in stack["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
        and re.fullmatch(pattern, str(resource["Properties"].get("FunctionName")))
    }
    assert invoked == {
        "artist-booking-prod-messaging-ensure-indexes",
        "artist-booking-prod-notifications-ensure-indexes",
    }
