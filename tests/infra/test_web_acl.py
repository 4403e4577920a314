"""Web ACL: off by default, and on by a setting, with a 403 that stays one."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks

from infra import bundling, features, nag
from infra.app import new_app
from infra.environments import ENVIRONMENTS, WebAcl
from infra.stacks.gateway import GatewayStack
from tests.infra.conftest import BUNDLES, Templates, definition, read, resources

RULE = "AwsSolutions-APIG3"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("protected")


@pytest.fixture(scope="module")
def protected(folder: Path) -> Templates:
    """The gateway of production with a web ACL, checked by cdk-nag."""
    return synthesize(folder, WebAcl(requests_per_address=700))


def synthesize(folder: Path, web_acl: WebAcl | None) -> Templates:
    bundling.layer(BUNDLES)
    app = new_app(folder)
    environment = replace(ENVIRONMENTS["prod"], web_acl=web_acl)
    apps = features.load_all()
    stack = GatewayStack(app, apps=apps, environment=environment, target=BUNDLES)
    nag.acknowledge([stack])
    Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True))
    app.synth()
    return {"gateway": read(folder)["gateway"]}


def test_no_environment_pays_for_one_unasked(local: Templates, prod: Templates) -> None:
    for templates in (local, prod):
        assert resources(templates, "AWS::WAFv2::WebACL") == []
        assert resources(templates, "AWS::WAFv2::WebACLAssociation") == []


def test_it_blocks_an_address_by_its_rate(protected: Templates) -> None:
    (acl,) = resources(protected, "AWS::WAFv2::WebACL")
    assert (acl["Scope"], acl["DefaultAction"]) == ("REGIONAL", {"Allow": {}})
    (rule,) = acl["Rules"]  # each costs a dollar
    assert rule["Action"] == {"Block": {}}
    assert rule["Statement"]["RateBasedStatement"] == {
        "AggregateKeyType": "IP",
        "EvaluationWindowSec": 300,
        "Limit": 700,
    }


def test_it_protects_the_stage(protected: Templates) -> None:
    (association,) = resources(protected, "AWS::WAFv2::WebACLAssociation")
    arn: Any = association["ResourceArn"]["Fn::Join"][1]
    (stage,) = (
        name
        for name, resource in protected["gateway"]["Resources"].items()
        if resource["Type"] == "AWS::ApiGateway::Stage"
    )
    assert {"Ref": stage} in arn
    assert ":/restapis/" in "".join(part for part in arn if isinstance(part, str))
    assert association["WebACLArn"]["Fn::GetAtt"][1] == "Arn"


def test_what_it_blocks_stays_a_403(protected: Templates) -> None:
    """Without a response of its own it would be DEFAULT_4XX, a 400."""
    responses = definition(protected["gateway"])["x-amazon-apigateway-gateway-responses"]
    blocked = responses["WAF_FILTERED"]
    body = json.loads(blocked["responseTemplates"]["application/json"])
    assert (blocked["statusCode"], body["status"], body["code"]) == ("403", 403, "blocked")


def test_cdk_nag_finds_nothing_where_there_is_one(protected: Templates, folder: Path) -> None:
    assert RULE not in findings(folder)


def test_cdk_nag_finds_an_environment_without_one_unless_it_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nag, "WITHOUT_WEB_ACL", {})
    synthesize(tmp_path, None)
    assert RULE in findings(tmp_path)


def findings(folder: Path) -> str:
    """Return the report of cdk-nag, which there is if it found anything."""
    report = folder / "validation-report.json"
    return report.read_text() if report.exists() else ""
