"""Stack of messaging: routes, WebSocket, delivery worker, event consumer, sweeper."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra import names
from infra.constructs.function_group import ENSURE_INDEXES, FunctionGroup
from infra.constructs.websocket_api import STAGE, WebSocketApi
from infra.stacks.feature import FeatureStack

# Functions that put delivery jobs on the queue, and functions that publish events.
ENQUEUING = ("api", "delivery-worker", "events-worker", "sweeper", "frame", "unpublished")
PUBLISHING = ("api", "delivery-worker", "events-worker", "sweeper")
# Functions that send what members write, with files that may just have been inspected.
SENDING = ("api", "frame", "sweeper")
# Functions that post to connected devices, or close their connections.
POSTING = (
    "api",
    "connect",
    "delivery-worker",
    "disconnect",
    "events-worker",
    "frame",
    "sweeper",
)


class MessagingStack(FeatureStack):
    """Resources of the conversations between artists and clients."""

    def __init__(self, scope: Construct, **options: Any) -> None:
        super().__init__(scope, "messaging", **options)
        mongo = self.secret("messaging-mongo")
        group = self.add_group(
            "messaging",
            timeout=Duration.seconds(30),  # enough for slow posts to devices, and for an erasure
            options={"ensure-indexes": ENSURE_INDEXES},
        )
        group.each(mongo.grant_read)
        self.route_to_mongo(group)
        self.secret("cursors").grant_read(group.functions["api"])
        self.grant_tombstones(group.functions["import-rows"])
        for name in SENDING:
            if name in group.functions:
                self.grant_clean_files(group.functions[name])
        if self.environment_.websockets:
            self._add_websockets(group)
        for name in ENQUEUING:
            if name in group.functions:
                group.queues["messaging-deliveries"].grant_send_messages(group.functions[name])
        for name in PUBLISHING:
            self.grant_publish(group.functions[name])

    def _add_websockets(self, group: FunctionGroup) -> None:
        websockets = WebSocketApi(
            self,
            group,
            self._apps["messaging"],
            environment=self.environment_,
            posting=POSTING,
        )
        self.alarms.watch_websocket_api(websockets.api.api_id, STAGE, "messaging")
        self.grant_records(group.functions["frame"], "limits")
        for name in ("connect", "frame"):
            group.functions[name].add_to_role_policy(
                iam.PolicyStatement(
                    actions=["lambda:InvokeFunction"],
                    resources=[names.entry_arn(self, self.environment_, "authorizer-authorize")],
                )
            )
