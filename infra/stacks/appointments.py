"""Stack of appointments: its table, its routes, its worker and its sweeper."""

from typing import Any

from aws_cdk import Duration
from constructs import Construct

from infra.constructs.tables import FeatureTable
from infra.stacks.feature import FeatureStack

# What functions/appointments/store/ calls; a transaction needs the permissions of its parts.
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
INDEXES = {
    "by-artist": ("artist_id", "listed_as"),
    "by-client": ("client_id", "listed_as"),
    "by-due": ("due", "due_at"),
}


class AppointmentsStack(FeatureStack):
    """The stack of calendars and everything that is booked in them."""

    def __init__(self, scope: Construct, **options: Any) -> None:
        super().__init__(scope, "appointments", **options)
        environment = self.environment_
        table = FeatureTable(
            self,
            "appointments",
            prefix=environment.prefix,
            retain=environment.retain_data,
            indexes=INDEXES,
        )
        group = self.add_group(
            "appointments",
            tables={"appointments": table},
            # For one event or one run of the sweeper; API Gateway waits half as long.
            timeout=Duration.seconds(60),
        )
        for name, function in group.functions.items():
            if name not in ("outbox", "copies"):  # which have only what they need
                table.allow(function, *TABLE_ACTIONS)
        table.allow(group.functions["copies"], "BatchGetItem", "DescribeTable")
        self.grant_tombstones(group.functions["import-rows"])
        self.grant_clean_files(group.functions["api"])
        self.grant_publish(group.functions["outbox"])
        self.secret("cursors").grant_read(group.functions["api"])
        calendars = group.queues["appointments-external-calendars"]
        for sender in ("api", "sweeper"):
            calendars.grant_send_messages(group.functions[sender])
