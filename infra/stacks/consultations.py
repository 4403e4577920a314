"""Stack of consultations: its table and its functions."""

from typing import Any

from aws_cdk import Duration
from constructs import Construct

from infra.constructs.tables import FeatureTable
from infra.stacks.feature import FeatureStack

# The calls of functions/consultations/store. A transaction needs the permissions of its parts.
READING = ("GetItem", "BatchGetItem", "Query", "DescribeTable")
WRITING = ("PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")
API_ACTIONS = (*READING, *WRITING)
ERASURE_ACTIONS = (*READING, *WRITING, "BatchWriteItem")
INDEXES = {
    "by-artist": ("artist_list", "listed_as"),
    "by-artist-folder": ("artist_folder", "listed_as"),
    "by-client": ("client_list", "listed_as"),
    "by-client-folder": ("client_folder", "listed_as"),
    "by-due": ("due", "due_at"),
}


class ConsultationsStack(FeatureStack):
    """Resources of consultations."""

    def __init__(self, scope: Construct, **options: Any) -> None:
        super().__init__(scope, "consultations", **options)
        environment = self.environment_
        table = FeatureTable(
            self,
            "consultations",
            prefix=environment.prefix,
            retain=environment.retain_data,
            indexes=INDEXES,
        )
        group = self.add_group(
            "consultations",
            tables={"consultations": table},
            # Long enough for a batch of an erasure, or for a run of the sweeper.
            timeout=Duration.seconds(60),
        )
        table.allow(group.functions["api"], *API_ACTIONS)
        for name in ("events-worker", "sweeper"):
            table.allow(group.functions[name], *ERASURE_ACTIONS)
        table.allow(group.functions["copies"], "BatchGetItem", "DescribeTable")
        table.allow(group.functions["import-rows"], *API_ACTIONS)
        self.grant_tombstones(group.functions["import-rows"])
        self.grant_clean_files(group.functions["api"])
        self.grant_publish(group.functions["outbox"])
        self.secret("cursors").grant_read(group.functions["api"])
