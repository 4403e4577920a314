"""The stack of social: its table, the key of its tokens, its functions and queues."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.removal import removal
from infra.constructs.tables import FeatureTable
from infra.stacks.feature import FeatureStack

# What functions/social/store/ calls; a transaction needs the permissions of its parts.
TABLE_ACTIONS = (
    "GetItem",
    "BatchGetItem",
    "Query",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "ConditionCheckItem",
    "DescribeTable",
)
INDEXES = {"by-due": ("due", "due_at")}
# The functions that use accounts and their tokens: all but the relay of the outbox.
USERS = ("api", "events-worker", "sweeper", "webhooks-worker", "worker", "messages-worker")


class SocialStack(FeatureStack):
    """The table of social, the key of its tokens, and the functions that use them."""

    def __init__(self, scope: Construct, **options: Any) -> None:
        super().__init__(scope, "social", **options)
        environment = self.environment_
        table = FeatureTable(
            self,
            "social",
            prefix=environment.prefix,
            retain=environment.retain_data,
            indexes=INDEXES,
        )
        # It encrypts the data key of each account (docs/adr/0067). Rotation: KMS keeps the former
        # versions, so that what they encrypted can still be read.
        key = kms.Key(
            self,
            "tokens-key",
            alias=f"alias/{environment.prefix}-social-tokens",
            enable_key_rotation=True,
            removal_policy=removal(retain=environment.retain_data),
        )
        group = self.add_group(
            "social",
            tables={"social": table},
            variables={
                "SOCIAL_KEY": key.key_arn,
                "WEB_APP_URL": environment.web_app_url,
                "LOOPBACK_PROVIDERS": str(environment.is_local).lower(),
            },
            # For one message that waits for a provider; API Gateway waits half as long.
            timeout=Duration.seconds(60),
        )
        for name in USERS:
            function = group.functions[name]
            table.allow(function, *TABLE_ACTIONS)
            key.grant(function, "kms:GenerateDataKey", "kms:Decrypt")
            for secret in ("social-providers", "api"):
                self.secret(secret).grant_read(function)
            for queue in group.queues.values():
                queue.grant_send_messages(function)
            if name != "api":  # nothing is stored about a deleted account
                self.grant_tombstones(function)
        self.secret("cursors").grant_read(group.functions["api"])
        self.grant_file_imports(group.functions["worker"])
        self.grant_file_links(group.functions["messages-worker"])
        rotation = group.functions["rotate-keys"]
        table.allow(rotation, "Scan", "UpdateItem", "DescribeTable")
        key.grant(rotation, "kms:GenerateDataKey", "kms:Decrypt")
        table.allow(group.functions["copies"], "BatchGetItem", "DescribeTable")
        table.allow(group.functions["republish"], "Query", "PutItem", "DescribeTable")
        self.grant_publish(group.functions["outbox"])
