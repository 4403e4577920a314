"""Stack of quick_actions: its table and its functions."""

from typing import Any

from aws_cdk import Duration
from constructs import Construct

from infra.constructs.tables import FeatureTable
from infra.stacks.feature import FeatureStack

# The calls of functions/quick_actions/store. A transaction needs the permissions of its parts.
API_ACTIONS = ("GetItem", "BatchGetItem", "Query", "PutItem", "ConditionCheckItem", "DescribeTable")
EVENTS_ACTIONS = (*API_ACTIONS, "DeleteItem", "BatchWriteItem")


class QuickActionsStack(FeatureStack):
    """Resources of quick_actions."""

    def __init__(self, scope: Construct, **options: Any) -> None:
        super().__init__(scope, "quick-actions", **options)
        environment = self.environment_
        prefix = environment.prefix
        table = FeatureTable(self, "quick-actions", prefix=prefix, retain=environment.retain_data)
        group = self.add_group(
            "quick_actions",
            tables={"quick-actions": table},
            timeout=Duration.seconds(60),  # long enough for an erasure
        )
        api = group.functions["api"]
        table.allow(api, *API_ACTIONS)
        table.allow(group.functions["events-worker"], *EVENTS_ACTIONS)
        table.allow(group.functions["copies"], "BatchGetItem", "DescribeTable")
        importing = group.functions["import-rows"]
        table.allow(importing, "GetItem", "PutItem", "ConditionCheckItem", "DescribeTable")
        self.grant_tombstones(importing)
        self.secret("cursors").grant_read(api)
        self.secret("quick-action-links").grant_read(api)
        self.grant_publish(group.functions["outbox"])
