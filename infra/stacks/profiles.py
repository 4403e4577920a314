"""Stack of profiles: its table, routes and triggers."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.tables import FeatureTable
from infra.stacks.feature import FeatureStack

# Actions used by functions/profiles/store; a transaction needs the permissions of its parts.
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
SEARCHING = ("api", "sweeper", "rebuild")  # what asks or fills a collection of OpenSearch
INDEXES = {
    "by-list": ("listed_in", "listed_as"),
    "by-due": ("due", "due_at"),
}


class ProfilesStack(FeatureStack):
    """Table and functions of profiles."""

    def __init__(self, scope: Construct, **options: Any) -> None:
        super().__init__(scope, "profiles", **options)
        environment = self.environment_
        table = FeatureTable(
            self,
            "profiles",
            prefix=environment.prefix,
            retain=environment.retain_data,
            indexes=INDEXES,
        )
        group = self.add_group(
            "profiles",
            tables={"profiles": table},
            # Time that erasing an account, or a batch of a rebuild, may take.
            timeout=Duration.seconds(60),
            variables={
                "WEB_APP_URL": environment.web_app_url,
                "SEARCH_ENDPOINT": environment.search.endpoint if environment.search else "",
            },
        )
        if environment.search:
            for name in SEARCHING:
                group.functions[name].add_to_role_policy(
                    iam.PolicyStatement(
                        actions=["aoss:APIAccessAll"], resources=[environment.search.arn]
                    )
                )
        for name, function in group.functions.items():
            if name != "outbox":  # it has only what the relay needs
                table.allow(function, *TABLE_ACTIONS)
        self.grant_publish(group.functions["outbox"])
        self.grant_tombstones(group.functions["rebuild"])  # it writes pages of artists again
        self.grant_tombstones(group.functions["import-rows"])
        self.grant_clean_files(group.functions["api"])
        # Pages of artists for link previews name their own address, that of the API.
        for name in ("api", "cursors"):
            self.secret(name).grant_read(group.functions["api"])
