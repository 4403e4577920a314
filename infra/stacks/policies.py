"""Stack of policies: a table and its functions."""

from typing import Any

from constructs import Construct

from infra.constructs.tables import FeatureTable
from infra.stacks.feature import FeatureStack

# Calls of functions/policies/store; a transaction needs the permissions of its parts.
API_ACTIONS = (
    "GetItem",
    "BatchGetItem",
    "Query",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "ConditionCheckItem",
    "DescribeTable",
)
WORKER_ACTIONS = (
    "GetItem",
    "BatchGetItem",
    "Query",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "DescribeTable",
)


class PoliciesStack(FeatureStack):
    """The table and the functions of policies."""

    def __init__(self, scope: Construct, **options: Any) -> None:
        super().__init__(scope, "policies", **options)
        environment = self.environment_
        table = FeatureTable(
            self, "policies", prefix=environment.prefix, retain=environment.retain_data
        )
        group = self.add_group("policies", tables={"policies": table})
        api = group.functions["api"]
        table.allow(api, *API_ACTIONS)
        table.allow(group.functions["events-worker"], *WORKER_ACTIONS)
        importing = group.functions["import-rows"]
        table.allow(importing, "BatchGetItem", "Query", "PutItem", "DescribeTable")
        self.grant_tombstones(importing)
        self.secret("cursors").grant_read(api)
        self.grant_publish(group.functions["outbox"])
