"""Gateway: the REST API in front of all features, and the function behind its edges."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from chalice.app import Chalice
from constructs import Construct

from gateway.rules.old_api import FEATURES
from infra import nag, names
from infra.constructs.dashboards import Dashboards
from infra.constructs.rest_api import RestApi
from infra.constructs.saved_queries import SavedQueries
from infra.constructs.tables import FeatureTable
from infra.stacks.feature import FeatureStack
from infra.watched import function_names, watched
from shared.platform.config import path_name

# Calls of functions/gateway/store by each function.
TABLE_ACTIONS = {
    "api": ("GetItem", "PutItem", "DeleteItem", "DescribeTable"),
    "compare": ("GetItem", "UpdateItem", "DescribeTable"),
    "migration": ("GetItem", "Query", "PutItem", "DeleteItem", "BatchWriteItem", "DescribeTable"),
}


class GatewayStack(FeatureStack):
    """REST API of all features; deployed last, because it names their functions."""

    def __init__(self, scope: Construct, *, apps: dict[str, Chalice], **options: Any) -> None:
        super().__init__(scope, "gateway", apps=apps, **options)
        environment = self.environment_
        group = self.add_group(
            "gateway",
            variables={
                "MONOLITH_URL": environment.monolith_url,
                # How long a change of a switch takes; a local stack has nobody to wait for.
                "SWITCH_CACHE_SECONDS": "1" if environment.is_local else "15",
                "WATCHED": watched(apps),
            },
            timeout=Duration.seconds(60),  # for the monitor, which asks about every queue
        )
        self._let_migrate(group.functions)
        self._let_monitor(group.functions["monitor"])
        self.alarms.watch_rest_api(environment.prefix)
        self._add_views(apps)
        if environment.web_acl is None:
            nag.accept(self, nag.WITHOUT_WEB_ACL)
        # The API refers to functions by name, so CloudFormation does not see this dependency.
        RestApi(self, apps, environment=environment).node.add_dependency(group)

    def _add_views(self, apps: dict[str, Chalice]) -> None:
        """Add what operators look at: saved queries and dashboards over all features."""
        environment = self.environment_
        if environment.is_local:
            return
        functions = function_names(apps)
        SavedQueries(self, prefix=environment.prefix, functions=functions)
        if environment.dashboards:
            features = [path_name(group) for group, app in apps.items() if app.routes]
            Dashboards(self, prefix=environment.prefix, features=features, functions=functions)

    def _let_migrate(self, functions: Mapping[str, lambda_.Function]) -> None:
        """Allow the functions to serve old paths: their table, and the features that they ask."""
        environment = self.environment_
        table = FeatureTable(
            self, "gateway", prefix=environment.prefix, retain=environment.retain_data
        )
        for name, actions in TABLE_ACTIONS.items():
            table.allow(functions[name], *actions)
        features = [names.entry_arn(self, environment, f"{name}-api") for name in FEATURES]
        authorizer = names.entry_arn(self, environment, "authorizer-authorize")
        comparison = names.function_arn(self, environment, "gateway-compare")
        invoked = {
            "api": [authorizer, comparison, *features],
            "compare": features,
            "migration": features,
        }
        for name, arns in invoked.items():
            functions[name].add_to_role_policy(
                iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=arns)
            )

    def _let_monitor(self, monitor: lambda_.Function) -> None:
        """Allow the monitor to read numbers of queues and of metrics, and add its own alarm."""
        queues = names.queue_arn(self, self.environment_, "*")
        monitor.add_to_role_policy(
            iam.PolicyStatement(
                actions=["sqs:GetQueueAttributes", "sqs:GetQueueUrl"], resources=[queues]
            )
        )
        monitor.add_to_role_policy(
            iam.PolicyStatement(
                actions=["cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics"],
                resources=["*"],
            )
        )
        nag.accept(self, {f"IAM5[Resource::{queues}]": "It counts the messages of all our queues."})
        self.alarms.watch_monitor(monitor)
