"""Windows of rate limits in DynamoDB, counted atomically.

Each function is one UpdateItem, written out for the client: nothing reads the items, so they have
no pynamodb model.
"""

from typing import Any

from botocore.exceptions import ClientError

from shared.http.leases import Bounds, Window
from shared.platform import aws
from shared.platform.config import resource_name

ADD = "SET expires_at = if_not_exists(expires_at, :closes_at) ADD hits :hits, leased :leased"
REOPEN = "SET expires_at = :closes_at, hits = :hits, leased = :leased"
OPEN = "(attribute_not_exists(expires_at) OR expires_at > :instant)"
SAME = "expires_at = :same"
WITHIN = " AND hits <= :max_hits AND leased <= :max_leased"
CLOSED = "expires_at <= :instant"


def add(
    key: str,
    instant: int,
    lifetime: int,
    *,
    granted: int = 1,
    leased: int = 0,
    closes_at: int | None = None,
    bounds: Bounds | None = None,
) -> Window | None:
    """Add to an open window, or open the subject's first (`shared.http.leases.Store`)."""
    values = {":closes_at": instant + lifetime, ":hits": granted, ":leased": leased}
    if closes_at is None:
        condition = OPEN
        values[":instant"] = instant
    else:
        condition = SAME
        values[":same"] = closes_at
    if bounds is not None:
        condition += WITHIN
        values[":max_hits"] = bounds.granted
        values[":max_leased"] = bounds.leased
    return _update(key, ADD, condition, values)


def reopen(key: str, instant: int, lifetime: int) -> Window | None:
    """Replace a closed window by a new one with one token granted."""
    values = {":closes_at": instant + lifetime, ":hits": 1, ":leased": 0, ":instant": instant}
    return _update(key, REOPEN, CLOSED, values)


def _update(key: str, update: str, condition: str, values: dict[str, int]) -> Window | None:
    try:
        item: dict[str, Any] = aws.client("dynamodb").update_item(
            TableName=resource_name("limits"),
            Key={"id": {"S": key}},
            UpdateExpression=update,
            ConditionExpression=condition,
            ExpressionAttributeValues={name: {"N": str(value)} for name, value in values.items()},
            ReturnValues="ALL_NEW",
        )["Attributes"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return None
        raise
    return Window(int(item["hits"]["N"]), int(item["leased"]["N"]), int(item["expires_at"]["N"]))
