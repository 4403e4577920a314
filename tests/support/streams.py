"""Stream records as Lambda receives them from a DynamoDB stream."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalice.app import DynamoDBEvent, DynamoDBRecord

from tests.support import fake_aws
from tests.support.fake_aws import PREFIX


def record(
    image: Mapping[str, Any], sequence_number: str = "1", event_name: str = "INSERT"
) -> dict[str, Any]:
    """Return the record of one item in DynamoDB's own JSON, keyed by pk and sk."""
    return {
        "awsRegion": "us-east-1",
        "eventID": f"stream-{sequence_number}",
        "eventName": event_name,
        "eventSource": "aws:dynamodb",
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/x/stream/1",
        "eventVersion": "1.1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_790_000_000,
            "Keys": {"pk": image["pk"], "sk": image["sk"]},
            **({} if event_name == "REMOVE" else {"NewImage": dict(image)}),
            "SequenceNumber": sequence_number,
            "SizeBytes": 1,
            "StreamViewType": "NEW_IMAGE",
        },
    }


def read(records: Iterable[dict[str, Any]]) -> list[DynamoDBRecord]:
    """Return the records as Chalice passes them on."""
    return list(DynamoDBEvent({"Records": list(records)}, None))


def items(table: str) -> list[dict[str, Any]]:
    """Return everything in a table in DynamoDB's own JSON, by partition and sort key."""
    client = fake_aws.client("dynamodb")
    found: list[dict[str, Any]] = []
    for page in client.get_paginator("scan").paginate(TableName=f"{PREFIX}-{table}"):
        found += page["Items"]
    return sorted(found, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
