"""Rollout of new code: versions, an alias, and CodeDeploy, which moves it and moves it back.

Whoever answers people is invoked by its alias. A deployment publishes a version and lets CodeDeploy
move a part of the requests to it first; if the alarm of the feature goes off, CodeDeploy gives all
requests back to the former version, and CloudFormation rolls the stack back (docs/adr/0078).
"""

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import names
from infra.environments import Environment
from infra.nag import accept

# CodeDeploy's own name for deployments without steps.
AT_ONCE = "LambdaAllAtOnce"


class DeploymentRole(Construct):
    """The application of CodeDeploy and its role, which the stacks of an environment share."""

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, "Deployments")
        codedeploy.LambdaApplication(self, "Application", application_name=environment.prefix)
        iam.Role(
            self,
            "Role",
            role_name=names.deployment_role(environment),
            assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_POLICY)],
        )
        accept(Stack.of(self), {f"IAM4[Policy::{_ARN}]": "The policy that CodeDeploy documents."})


_POLICY = "service-role/AWSCodeDeployRoleForLambdaLimited"
_ARN = f"arn:<AWS::Partition>:iam::aws:policy/{_POLICY}"


class Rollout(Construct):
    """Versions, aliases and deployment groups of the public functions of a stack."""

    def __init__(
        self, scope: Construct, environment: Environment, *, stop_on: cloudwatch.Alarm
    ) -> None:
        """Prepare the rollout.

        Args:
            scope: Stack of the functions.
            environment: Environment that is deployed.
            stop_on: Alarm that takes a deployment back. It is ignored by deployments at once, so
                that what mends a failing feature can be deployed.
        """
        super().__init__(scope, "Rollout")
        self._environment = environment
        self._alarm = stop_on
        self._application = codedeploy.LambdaApplication.from_lambda_application_name(
            self, "Application", environment.prefix
        )
        role = names.deployment_role(environment)
        self._role = iam.Role.from_role_name(self, "Role", role)
        self._config = codedeploy.LambdaDeploymentConfig.from_lambda_deployment_config_name(
            self, "Config", f"CodeDeployDefault.{environment.canary}"
        )

    def add_alias(self, scope: Construct, name: str, function: lambda_.Function) -> lambda_.Alias:
        """Add the alias of a function, whose version is that of the deployed code and settings."""
        alias = lambda_.Alias(
            scope,
            f"{name}-{self._environment.alias}",
            alias_name=self._environment.alias,
            version=function.current_version,
        )
        codedeploy.LambdaDeploymentGroup(
            scope,
            f"{name}-deployment",
            alias=alias,
            application=self._application,
            role=self._role,
            deployment_config=self._config,
            deployment_group_name=function.function_name,
            alarms=[self._alarm],
            ignore_alarm_configuration=self._environment.canary == AT_ONCE,
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, stopped_deployment=True, deployment_in_alarm=True
            ),
        )
        return alias
