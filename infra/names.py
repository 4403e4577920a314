"""Names of resources, by which stacks refer to each other without sharing tokens.

A name is `<application>-<environment>-<what>`, and its ARN follows from it. Stacks therefore
neither export nor import anything and can be deployed one by one.
"""

from aws_cdk import ArnFormat, Aws, Stack
from aws_cdk import aws_logs as logs
from constructs import Construct
from msgspec.structs import asdict

from infra.environments import Environment

_RETENTION = {
    1: logs.RetentionDays.ONE_DAY,
    7: logs.RetentionDays.ONE_WEEK,
    30: logs.RetentionDays.ONE_MONTH,
}


def retention(environment: Environment) -> logs.RetentionDays:
    """Return how long logs are kept."""
    return _RETENTION[environment.log_retention_days]


def topic_arn(scope: Construct, environment: Environment, name: str) -> str:
    """Return the ARN of a topic."""
    return Stack.of(scope).format_arn(service="sns", resource=f"{environment.prefix}-{name}")


def queue_arn(scope: Construct, environment: Environment, name: str) -> str:
    """Return the ARN of a queue."""
    return Stack.of(scope).format_arn(service="sqs", resource=f"{environment.prefix}-{name}")


def parameter_arn(scope: Construct, environment: Environment, name: str) -> str:
    """Return the ARN of a parameter of Systems Manager."""
    return Stack.of(scope).format_arn(
        service="ssm", resource="parameter", resource_name=f"{environment.prefix}-{name}"
    )


def table_arn(scope: Construct, environment: Environment, name: str) -> str:
    """Return the ARN of a table."""
    return Stack.of(scope).format_arn(
        service="dynamodb", resource="table", resource_name=f"{environment.prefix}-{name}"
    )


def function_arn(scope: Construct, environment: Environment, name: str) -> str:
    """Return the ARN of a function."""
    return Stack.of(scope).format_arn(
        service="lambda",
        resource="function",
        resource_name=f"{environment.prefix}-{name}",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )


def entry_arn(scope: Construct, environment: Environment, name: str) -> str:
    """Return the ARN by which a public function is invoked: its alias, where there is one."""
    arn = function_arn(scope, environment, name)
    return f"{arn}:{environment.alias}" if environment.alias else arn


def deployment_role(environment: Environment) -> str:
    """Return the name of the role with which CodeDeploy moves aliases."""
    return f"{environment.prefix}-deployments"


def bucket_name(environment: Environment, name: str) -> str:
    """Return the full name of a bucket."""
    return f"{environment.prefix}-{name}-{environment.account or Aws.ACCOUNT_ID}"


def variables(scope: Construct, environment: Environment, group: str) -> dict[str, str]:
    """Return the environment variables of every function (`shared.platform.config.Common`)."""
    return {
        "ENVIRONMENT": environment.name,
        "RESOURCE_PREFIX": environment.prefix,
        "ALLOWED_ORIGINS": ",".join(environment.allowed_origins),
        **{name.upper(): str(limit) for name, limit in asdict(environment.limits).items()},
        "DOMAIN_EVENTS_TOPIC_ARN": topic_arn(scope, environment, "domain-events"),
        "EXPORTS_BUCKET": bucket_name(environment, "files"),
        "POWERTOOLS_SERVICE_NAME": group,
        **({"FUNCTION_ALIAS": environment.alias} if environment.alias else {}),
    }
