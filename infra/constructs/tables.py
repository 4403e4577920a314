"""DynamoDB tables: on demand, with point-in-time recovery, expiring by `expires_at`."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.removal import removal

TTL_ATTRIBUTE = "expires_at"


class FeatureTable(dynamodb.Table):
    """Table of one feature: keys `pk` and `sk`, and a stream that carries its outbox.

    Attributes:
        indexes: Key attributes of each index by its name.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        prefix: str,
        retain: bool,
        indexes: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        super().__init__(
            scope,
            f"{name}-table",
            table_name=f"{prefix}-{name}",
            partition_key=_text("pk"),
            sort_key=_text("sk"),
            stream=dynamodb.StreamViewType.NEW_IMAGE,
            **_common(retain=retain),
        )
        for index, (partition_key, sort_key) in (indexes or {}).items():
            self.add_global_secondary_index(
                index_name=index,
                partition_key=_text(partition_key),
                sort_key=_text(sort_key),
            )
        self._index_names = list(indexes or {})

    def allow(self, function: lambda_.Function, *actions: str) -> None:
        """Grant the function these actions (`GetItem`, …) on the table and its indexes."""
        arns = [self.table_arn, *(f"{self.table_arn}/index/{name}" for name in self._index_names)]
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=[f"dynamodb:{action}" for action in actions], resources=arns
            )
        )


class RecordTable(dynamodb.Table):
    """Table of short-lived records by `id`: rate limits, idempotency keys, tombstones."""

    def __init__(self, scope: Construct, name: str, *, prefix: str, retain: bool = False) -> None:
        super().__init__(
            scope,
            f"{name}-table",
            table_name=f"{prefix}-{name}",
            partition_key=_text("id"),
            **_common(retain=retain),
        )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def _common(*, retain: bool) -> dict[str, Any]:
    return {
        "billing_mode": dynamodb.BillingMode.PAY_PER_REQUEST,
        "time_to_live_attribute": TTL_ATTRIBUTE,
        "point_in_time_recovery_specification": dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        "deletion_protection": retain,
        "removal_policy": removal(retain=retain),
    }
