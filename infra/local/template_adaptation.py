"""Adaptation of templates to MiniStack, where parts of them have another meaning than on AWS.

The differences were measured with MiniStack 1.5.33 under AUTH=true. It is for MiniStack alone:
LocalStack and AWS get the templates as they are.
"""

from collections.abc import Mapping
from typing import Any

from infra.local import api_expansion

# On AWS the permission for one message is the permission for a batch of them (Service Authorization
# Reference). MiniStack takes the name of the operation for the name of the permission.
_BATCHES = {
    "sns:Publish": "sns:PublishBatch",
    "sqs:ChangeMessageVisibility": "sqs:ChangeMessageVisibilityBatch",
    "sqs:DeleteMessage": "sqs:DeleteMessageBatch",
    "sqs:SendMessage": "sqs:SendMessageBatch",
}

# MiniStack always sends a function's answer back on the WebSocket, and refuses the resource that
# makes API Gateway do so.
_NEEDLESS = {"AWS::ApiGatewayV2::RouteResponse"}

# `enforce_ssl` denies what comes over plain HTTP. MiniStack applies that to its own deliveries too,
# and there is no TLS on the loopback: every message would be denied.
_TLS_RULE = {"Bool": {"aws:SecureTransport": "false"}}

# For an assumed role, AWS compares the role's ARN, MiniStack that of the session.
_PRINCIPAL = "aws:PrincipalArn"


def adapt(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the template as the endpoint understands it.

    TLS rules and needless resources are left out, permissions cover batch operations and the
    sessions of roles, and a REST API's body becomes single resources.
    """
    adapted: dict[str, Any] = _adapt(template)
    adapted["Resources"] = api_expansion.expand(
        {
            name: resource
            for name, resource in adapted.get("Resources", {}).items()
            if resource.get("Type") not in _NEEDLESS and not _is_query_alarm(resource)
        }
    )
    return adapted


def _is_query_alarm(resource: Mapping[str, Any]) -> bool:
    """Return whether it is an alarm on a query, which MiniStack refuses; it emits no metrics."""
    is_alarm = resource.get("Type") == "AWS::CloudWatch::Alarm"
    return is_alarm and "Metrics" in resource.get("Properties", {})


def _adapt(node: Any) -> Any:
    if isinstance(node, list):
        return [_adapt(item) for item in node if not _is_tls_rule(item)]
    if isinstance(node, Mapping):
        adapted = {key: _adapt(value) for key, value in node.items()}
        if _PRINCIPAL in adapted:
            adapted[_PRINCIPAL] = _with_sessions(adapted[_PRINCIPAL])
        if "Effect" in adapted and "Action" in adapted:
            adapted["Action"] = _with_batches(adapted["Action"])
        return adapted
    return node


def _is_tls_rule(node: Any) -> bool:
    return (
        isinstance(node, Mapping)
        and node.get("Effect") == "Deny"
        and node.get("Condition") == _TLS_RULE
    )


def _with_batches(action: str | list[str]) -> list[str]:
    actions = [action] if isinstance(action, str) else action
    return [*actions, *(_BATCHES[name] for name in actions if name in _BATCHES)]


def _with_sessions(role_arn: Any) -> list[Any]:
    """Return the ARN of a role of the same template, and that of its sessions."""
    logical_id, _ = role_arn["Fn::GetAtt"]
    sessions = f"arn:aws:sts::${{AWS::AccountId}}:assumed-role/${{{logical_id}}}/*"
    return [role_arn, {"Fn::Sub": sessions}]
