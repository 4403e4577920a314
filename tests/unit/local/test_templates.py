"""Adaptation of templates to MiniStack: what changes, and what must stay."""

import copy
from typing import Any

from infra.local import template_adaptation

TLS_RULE = {
    "Effect": "Deny",
    "Action": "sqs:*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
OTHER_DENIAL = {
    "Effect": "Deny",
    "Action": "s3:*",
    "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
}


def with_statements(*statements: dict[str, Any]) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {"Resources": {"Policy": {"Properties": {"PolicyDocument": document}}}}


def statements_of(template: dict[str, Any]) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = template["Resources"]["Policy"]["Properties"][
        "PolicyDocument"
    ]["Statement"]
    return statements


def test_only_the_tls_rule_is_removed() -> None:
    adapted = template_adaptation.adapt(with_statements(TLS_RULE, OTHER_DENIAL))
    assert [each["Condition"] for each in statements_of(adapted)] == [OTHER_DENIAL["Condition"]]


def test_a_permission_for_one_message_is_one_for_a_batch() -> None:
    statement = {"Effect": "Allow", "Action": ["sns:Publish", "kms:Sign"], "Resource": "*"}
    (adapted,) = statements_of(template_adaptation.adapt(with_statements(statement)))
    assert set(adapted["Action"]) == {"sns:Publish", "sns:PublishBatch", "kms:Sign"}


def test_a_single_action_is_understood_too() -> None:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    (adapted,) = statements_of(template_adaptation.adapt(with_statements(statement)))
    assert set(adapted["Action"]) == {"sqs:SendMessage", "sqs:SendMessageBatch"}


def test_everything_else_and_the_original_stay_the_same() -> None:
    template = with_statements(TLS_RULE) | {"Outputs": {"Url": {"Value": {"Ref": "Queue"}}}}
    original = copy.deepcopy(template)
    assert template_adaptation.adapt(template)["Outputs"] == original["Outputs"]
    assert template == original


def test_resources_that_ministack_refuses_are_removed() -> None:
    template = {
        "Resources": {
            "Route": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {}},
            "Answer": {"Type": "AWS::ApiGatewayV2::RouteResponse", "Properties": {}},
        }
    }
    assert set(template_adaptation.adapt(template)["Resources"]) == {"Route"}


def test_a_role_is_compared_with_its_sessions_too() -> None:
    role = {"Fn::GetAtt": ["InspectorRole", "Arn"]}
    condition = {"ArnNotEquals": {"aws:PrincipalArn": role}}
    denial = {"Effect": "Deny", "Action": "s3:GetObject", "Condition": condition}
    (adapted,) = statements_of(template_adaptation.adapt(with_statements(denial)))
    sessions = "arn:aws:sts::${AWS::AccountId}:assumed-role/${InspectorRole}/*"
    assert adapted["Condition"] == {
        "ArnNotEquals": {"aws:PrincipalArn": [role, {"Fn::Sub": sessions}]}
    }
