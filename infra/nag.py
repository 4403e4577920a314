"""Findings of cdk-nag that we accept, each with its reason. All others stop the synthesis."""

from collections.abc import Iterable, Mapping

from aws_cdk import Acknowledgment, Aws, Stack, Token, Validations

_ACCEPTED = {
    "AwsSolutions-L1": (
        "python3.13 is the runtime we pin, test and build wheels for; it is supported until 2029."
    ),
    "AwsSolutions-SQS3": "The queue that takes what a stream gave up on is itself the dead end.",
    "AwsSolutions-IAM5[Resource::*]": (
        "xray:PutTraceSegments, dynamodb:ListStreams and the reading of CloudWatch's metrics know "
        "no narrower resource."
    ),
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
    "AmazonAPIGatewayPushToCloudWatchLogs]": (
        "The policy that API Gateway documents for the one logging role of an account."
    ),
    "AwsSolutions-APIG2": (
        "FeatureApp validates against the handler's types and names every wrong field, which "
        "API Gateway's validator cannot."
    ),
    "AwsSolutions-APIG4": (
        "A WebSocket's $connect verifies its ticket or token itself (docs/adr/0014)."
    ),
}


# Of an environment without a web ACL.
WITHOUT_WEB_ACL = {
    "APIG3": (
        "A web ACL is a setting of the environment (Environment.web_acl), off where its price is "
        "not worth it; limits per address and per user are in the app (docs/adr/0023)."
    )
}

# Ids of connections are API Gateway's, made when somebody connects.
_CONNECTIONS = (
    "Our functions post to any connection of this one API; which of them receives what the "
    "messaging feature decides."
)


def acknowledge(stacks: Iterable[Stack]) -> None:
    """Record the accepted findings on the stacks."""
    for stack in stacks:
        Validations.of(stack).acknowledge(
            *(
                Acknowledgment(id=f"AwsSolutions::{rule}", reason=reason)
                for rule, reason in {**_ACCEPTED, _connections(stack): _CONNECTIONS}.items()
            )
        )


def accept(stack: Stack, reasons: Mapping[str, str]) -> None:
    """Accept findings of one stack only, by rule: `IAM5[Resource::…]` to reason."""
    for rule, reason in reasons.items():
        # cdk-nag writes references so.
        name = rule.replace(Aws.PARTITION, "<AWS::Partition>")
        name = name.replace(Aws.ACCOUNT_ID, "<AWS::AccountId>")
        if Token.is_unresolved(stack.region):
            name = name.replace(stack.region, "<AWS::Region>")
        found = Acknowledgment(id=f"AwsSolutions::AwsSolutions-{name}", reason=reason)
        Validations.of(stack).acknowledge(found)


def _connections(stack: Stack) -> str:
    partition, region, account = (
        f"<{pseudo}>" if Token.is_unresolved(value) else value
        for value, pseudo in (
            (stack.partition, "AWS::Partition"),
            (stack.region, "AWS::Region"),
            (stack.account, "AWS::AccountId"),
        )
    )
    api = f"arn:{partition}:execute-api:{region}:{account}:<WebSocketApi2C7AF84E>"
    return f"AwsSolutions-IAM5[Resource::{api}/live/*/@connections/*]"
