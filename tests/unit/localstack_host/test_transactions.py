"""Transactions of moto as the plugin has them: undone as a whole, and streams go on."""

from typing import Any

import boto3
import moto
import pytest
from botocore.exceptions import ClientError

from infra.localstack_host.plugin import transactions

TABLE = "things"


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Any:
    for patch in transactions.patches():
        monkeypatch.setattr(patch.owner, patch.name, patch.value)
    with moto.mock_aws():
        dynamodb = boto3.client("dynamodb", region_name="us-east-1")
        dynamodb.create_table(
            TableName=TABLE,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
            ],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        yield dynamodb, boto3.client("dynamodbstreams", region_name="us-east-1")


def key(sort: str) -> dict[str, Any]:
    return {"pk": {"S": "a"}, "sk": {"S": sort}}


def read(streams: Any, iterator: str) -> tuple[list[str], str]:
    answer = streams.get_records(ShardIterator=iterator)
    sorts = [record["dynamodb"]["Keys"]["sk"]["S"] for record in answer["Records"]]
    return sorts, answer["NextShardIterator"]


def test_a_cancelled_transaction_leaves_nothing_and_its_stream_goes_on(clients: Any) -> None:
    dynamodb, streams = clients
    dynamodb.put_item(TableName=TABLE, Item=key("1") | {"count": {"N": "1"}})
    (stream,) = streams.list_streams(TableName=TABLE)["Streams"]
    described = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream["StreamArn"],
        ShardId=described["Shards"][0]["ShardId"],
        ShardIteratorType="TRIM_HORIZON",
    )["ShardIterator"]
    sorts, iterator = read(streams, iterator)
    assert sorts == ["1"]

    count = {
        "TableName": TABLE,
        "Key": key("1"),
        "UpdateExpression": "SET #count = :two",
        "ExpressionAttributeNames": {"#count": "count"},
        "ExpressionAttributeValues": {":two": {"N": "2"}},
    }
    exists = {"TableName": TABLE, "Key": key("3"), "ConditionExpression": "attribute_exists(pk)"}
    writes = [
        {"Update": count},
        {"Put": {"TableName": TABLE, "Item": key("2")}},
        {"ConditionCheck": exists},
    ]
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        dynamodb.transact_write_items(TransactItems=writes)
    left = dynamodb.scan(TableName=TABLE)["Items"]
    assert left == [key("1") | {"count": {"N": "1"}}]

    dynamodb.transact_write_items(TransactItems=writes[:2])
    dynamodb.put_item(TableName=TABLE, Item=key("4"))
    assert read(streams, iterator)[0] == ["1", "2", "4"]
    assert dynamodb.get_item(TableName=TABLE, Key=key("1"))["Item"]["count"] == {"N": "2"}
