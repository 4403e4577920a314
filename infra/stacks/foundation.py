"""Foundation: the topic of domain events, alarms, and the tables of short-lived records."""

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.private_network import PrivateNetwork
from infra.constructs.removal import removal
from infra.constructs.rollout import DeploymentRole
from infra.constructs.tables import RecordTable
from infra.environments import Environment


class FoundationStack(Stack):
    """Resources that every feature needs; deployed first, changed rarely."""

    def __init__(self, scope: Construct, *, environment: Environment, **options: Any) -> None:
        super().__init__(scope, "foundation", **options)
        prefix = environment.prefix
        sns.Topic(
            self,
            "DomainEvents",
            topic_name=f"{prefix}-domain-events",
            master_key=kms.Alias.from_alias_name(self, "SnsKey", "alias/aws/sns"),
            enforce_ssl=True,
        )
        # Not encrypted: CloudWatch cannot use the key alias/aws/sns, and alarms contain no
        # personal data.
        alarms = sns.Topic(self, "Alarms", topic_name=f"{prefix}-alarms", enforce_ssl=True)
        alarms.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[alarms.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        if not environment.is_local:
            self._let_api_gateway_log()
        if environment.canary:
            DeploymentRole(self, environment)
        if environment.private_mongo:
            PrivateNetwork(self, environment.private_mongo, prefix=prefix)
        RecordTable(self, "limits", prefix=prefix)
        RecordTable(self, "idempotency", prefix=prefix)
        # Written by auth, asked by everybody: tombstones must outlive a stack that is deleted and
        # deployed again, or late events would bring deleted people back.
        RecordTable(self, "tombstones", prefix=prefix, retain=environment.retain_data)

    def _let_api_gateway_log(self) -> None:
        """Give API Gateway the one logging role it has per account and region."""
        role = iam.Role(
            self,
            "ApiGatewayLogs",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name(
                    "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
                )
            ],
        )
        account = apigateway.CfnAccount(
            self, "ApiGatewayAccount", cloud_watch_role_arn=role.role_arn
        )
        # Other APIs of the account may use the role too.
        role.apply_removal_policy(removal(retain=True))
        account.apply_removal_policy(removal(retain=True))
