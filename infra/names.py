"""Names of resources, by which stacks find each other's without sharing tokens.

A name is `<application>-<environment>-<what>`; its ARN follows from it. So stacks neither export
nor import anything and can be deployed one by one.
"""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.environments import Environment

_RETENTION = {
    1: logs.RetentionDays.ONE_DAY,
    7: logs.RetentionDays.ONE_WEEK,
    30: logs.RetentionDays.ONE_MONTH,
}


def retention(environment: Environment) -> logs.RetentionDays:
    """How long logs are kept."""
    return _RETENTION[environment.log_retention_days]


def topic_arn(scope: Construct, environment: Environment, name: str) -> str:
    """The ARN of a topic of ours."""
    return Stack.of(scope).format_arn(service="sns", resource=f"{environment.prefix}-{name}")


def table_arn(scope: Construct, environment: Environment, name: str) -> str:
    """The ARN of a table of ours."""
    return Stack.of(scope).format_arn(
        service="dynamodb", resource="table", resource_name=f"{environment.prefix}-{name}"
    )


def function_arn(scope: Construct, environment: Environment, name: str) -> str:
    """The ARN of a function of ours."""
    return Stack.of(scope).format_arn(
        service="lambda",
        resource="function",
        resource_name=f"{environment.prefix}-{name}",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )


def variables(scope: Construct, environment: Environment, group: str) -> dict[str, str]:
    """The environment variables of every function (shared.platform.config.Common)."""
    return {
        "ENVIRONMENT": environment.name,
        "RESOURCE_PREFIX": environment.prefix,
        "ALLOWED_ORIGINS": ",".join(environment.allowed_origins),
        "ANONYMOUS_LIMIT": str(environment.anonymous_limit),
        "USER_LIMIT": str(environment.user_limit),
        "DOMAIN_EVENTS_TOPIC_ARN": topic_arn(scope, environment, "domain-events"),
        "POWERTOOLS_SERVICE_NAME": group,
        "POWERTOOLS_METRICS_NAMESPACE": "ArtistBooking",
    }
