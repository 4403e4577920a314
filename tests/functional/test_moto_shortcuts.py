"""Moto's shortcuts give the answers of moto, and leave the same items behind."""

import copy
import random
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError
from moto.core.botocore_stubber import BotocoreStubber
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing import validators

from shared.data import rate_limit_store
from shared.http.leases import Bounds, Window
from shared.platform import aws
from tests.support import fake_aws, moto_items, moto_shortcuts

TABLE = f"{fake_aws.PREFIX}-auth"
ADA, BOB = ({"pk": {"S": "USER"}, "sk": {"S": name}} for name in ("ada", "bob"))
STORED = {
    **ADA,
    "visits": {"N": "1"},
    "photo": {"B": b"\x00\xff"},
    "tags": {"SS": ["b", "a"]},
    "B": {"S": "an attribute with the name of a type"},
    "nested": {"M": {"B": {"B": b"\x01"}, "list": {"L": [{"BOOL": True}, {"NULL": True}]}}},
}
NEW_ONLY = {
    "ConditionExpression": "attribute_not_exists(#key)",
    "ExpressionAttributeNames": {"#key": "pk"},
}
COUNT = {
    "UpdateExpression": "ADD #visits :one SET #seen = if_not_exists(#seen, :one) REMOVE #tags",
    "ExpressionAttributeNames": {"#visits": "visits", "#seen": "seen", "#tags": "tags"},
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}
OF_USERS = {
    "KeyConditionExpression": "pk = :users AND begins_with(sk, :start)",
    "ExpressionAttributeValues": {":users": {"S": "USER"}, ":start": {"S": "a"}},
}


def put(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": TABLE, "Item": item, **more}}


CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "get": ("get_item", {"Key": ADA}),
    "get what is not there": ("get_item", {"Key": BOB, "ConsistentRead": True}),
    "put": ("put_item", {"Item": {**BOB, "photo": {"BS": [b"1", b"2"]}}}),
    "put over": ("put_item", {"Item": ADA, "ReturnValues": "ALL_OLD"}),
    "put refused": ("put_item", {"Item": ADA, **NEW_ONLY}),
    "put refused, with the old item": (
        "put_item",
        {"Item": ADA, **NEW_ONLY, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
    ),
    "update": ("update_item", {"Key": ADA, **COUNT, "ReturnValues": "ALL_NEW"}),
    "update what is not there": ("update_item", {"Key": BOB, **COUNT, "ReturnValues": "ALL_NEW"}),
    "update a key": (
        "update_item",
        {
            "Key": ADA,
            "UpdateExpression": "SET sk = :other",
            "ExpressionAttributeValues": {":other": {"S": "b"}},
        },
    ),
    "update parts": (
        "update_item",
        {
            "Key": ADA,
            "UpdateExpression": "SET nested.#l = list_append(nested.#l, :two), "
            "visits = visits + :n REMOVE nested.B, tags",
            "ExpressionAttributeNames": {"#l": "list"},
            "ExpressionAttributeValues": {":two": {"L": [{"S": "2"}]}, ":n": {"N": "2"}},
            "ReturnValues": "UPDATED_NEW",
        },
    ),
    "update with an action twice": (
        "update_item",
        {"Key": ADA, "UpdateExpression": "REMOVE tags REMOVE photo"},
    ),
    "update an attribute twice": (
        "update_item",
        {"Key": ADA, "UpdateExpression": "REMOVE tags, photo, tags"},
    ),
    "update an attribute and a part of it": (
        "update_item",
        {
            "Key": ADA,
            "UpdateExpression": "SET nested = :n REMOVE nested.B",
            "ExpressionAttributeValues": {":n": {"M": {}}},
        },
    ),
    "update to a value of another type": (
        "update_item",
        {
            "Key": ADA,
            "UpdateExpression": "ADD tags :n",
            "ExpressionAttributeValues": {":n": {"N": "1"}},
        },
    ),
    "update to what is too large": (
        "update_item",
        {
            "Key": ADA,
            "UpdateExpression": "SET notes = :n",
            "ExpressionAttributeValues": {":n": {"S": "é" * 202_500}},
        },
    ),
    "put what is nearly too large": ("put_item", {"Item": {**BOB, "notes": {"S": "é" * 202_400}}}),
    "put what is too large": ("put_item", {"Item": {**BOB, "notes": {"S": "é" * 202_500}}}),
    "put on conditions": (
        "put_item",
        {
            "Item": BOB,
            "ConditionExpression": "attribute_not_exists(#k) OR #k IN (:a, :b) AND size(#k) > :n",
            "ExpressionAttributeNames": {"#k": "pk"},
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":b": {"S": "b"}, ":n": {"N": "1"}},
        },
    ),
    "a condition with a name too many": (
        "put_item",
        {
            "Item": ADA,
            "ConditionExpression": "attribute_exists(#k)",
            "ExpressionAttributeNames": {"#k": "pk", "#other": "sk"},
        },
    ),
    "a wrong expression": ("update_item", {"Key": ADA, "UpdateExpression": "SET SET"}),
    "an unknown table": ("get_item", {"TableName": "nobodys", "Key": ADA}),
    "delete": ("delete_item", {"Key": ADA, "ReturnValues": "ALL_OLD"}),
    "delete refused": ("delete_item", {"Key": ADA, **NEW_ONLY}),
    "query": ("query", OF_USERS),
    "count": ("query", {**OF_USERS, "Select": "COUNT"}),
    "a page": ("query", {**OF_USERS, "Limit": 1, "ScanIndexForward": False}),
    "scan": ("scan", {"ProjectionExpression": "sk, photo"}),
    "batch get": ("batch_get_item", {"RequestItems": {TABLE: {"Keys": [ADA, BOB]}}}),
    "batch write": (
        "batch_write_item",
        {"RequestItems": {TABLE: [{"PutRequest": {"Item": BOB}}, {"DeleteRequest": {"Key": ADA}}]}},
    ),
    "transact get": (
        "transact_get_items",
        {"TransactItems": [{"Get": {"TableName": TABLE, "Key": key}} for key in (ADA, BOB)]},
    ),
    "transaction": (
        "transact_write_items",
        {"TransactItems": [put(BOB), {"Update": {"TableName": TABLE, "Key": ADA, **COUNT}}]},
    ),
    "transaction refused at the end": (
        "transact_write_items",
        {
            "TransactItems": [
                {"Delete": {"TableName": TABLE, "Key": ADA}},
                put(BOB, ConditionExpression="attribute_exists(pk)"),
            ]
        },
    ),
    "transaction refused after an update": (
        "transact_write_items",
        {
            "TransactItems": [
                {"Update": {"TableName": TABLE, "Key": ADA, **COUNT}},
                put({**BOB, "sk": {"S": "eve"}}),
                put(BOB, ConditionExpression="attribute_exists(pk)"),
            ]
        },
    ),
    "transaction with one item twice": ("transact_write_items", {"TransactItems": [put(BOB)] * 2}),
}


@pytest.fixture
def aws_in_memory(request: pytest.FixtureRequest) -> None:
    """Start AWS in memory. `aws` is the module of the clients here."""
    request.getfixturevalue("aws")


def call(name: str, client: Any) -> tuple[Any, Any]:
    """Make a call on a table with one item; return its answer or error, and the items then."""
    moto_items.clear("auth")
    client.put_item(TableName=TABLE, Item=STORED)
    method, parameters = CALLS[name]
    if "Items" not in str(list(parameters)):
        parameters = {"TableName": TABLE, **parameters}
    try:
        answer = getattr(client, method)(**parameters)
    except ClientError as error:
        answer = error.response
    status = answer.pop("ResponseMetadata")["HTTPStatusCode"]
    return (status, answer), moto_items.items("auth")


def get_client(of: str) -> Any:
    """Return a client of features, or one that validates parameters while it makes a request."""
    made: Any = boto3.client
    return aws.client("dynamodb") if of == "features" else made("dynamodb")


@pytest.mark.parametrize("of", ["features", "boto3"])
@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_answered_as_without_shortcuts(
    name: str, of: str, aws_in_memory: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = call(name, get_client(of))
    leave_shortcuts(monkeypatch)
    assert short == call(name, get_client(of))


INDEXED = f"{fake_aws.PREFIX}-appointments"
OF_ARTIST = {
    "TableName": INDEXED,
    "IndexName": "by-artist",
    "KeyConditionExpression": "artist_id = :artist",
    "ExpressionAttributeValues": {":artist": {"S": "a"}},
}
QUERIES: dict[str, dict[str, Any]] = {
    "of an index": OF_ARTIST,
    "backwards": {**OF_ARTIST, "ScanIndexForward": False},
    "a range": {
        **OF_ARTIST,
        "KeyConditionExpression": "artist_id = :artist AND listed_as > :after",
        "ExpressionAttributeValues": {":artist": {"S": "a"}, ":after": {"S": "2"}},
    },
    "filtered": {
        **OF_ARTIST,
        "FilterExpression": "#size > :size",
        "ExpressionAttributeNames": {"#size": "size"},
        "ExpressionAttributeValues": {":artist": {"S": "a"}, ":size": {"N": "9"}},
    },
    "of the table": {
        "TableName": INDEXED,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "P"}},
        "Limit": 2,
    },
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_finds_the_same_items_in_the_same_order(
    name: str, aws_in_memory: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = fake_aws.client("dynamodb")
    for number, place in enumerate("3142"):
        owner = {"artist_id": {"S": "a"}, "listed_as": {"S": place}} if number != 1 else {}
        item = {"sk": {"S": f"R{place}"}, "size": {"N": f"{number * 8}"}, **owner}
        for pk in ("P", f"Q{place}"):
            client.put_item(TableName=INDEXED, Item={"pk": {"S": pk}, **item})

    def find() -> list[Any]:
        pages = client.get_paginator("query").paginate(**QUERIES[name])
        return [(page["Items"], page["Count"], page["ScannedCount"]) for page in pages]

    short = find()
    leave_shortcuts(monkeypatch)
    assert short == find()
    assert short[0][1] > 1


def test_a_query_ends_at_the_same_item_when_a_page_is_full(
    aws_in_memory: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page holds 1 MB, and moto counts it without repeating names."""
    client = aws.client("dynamodb")
    for number in range(4):
        item = {"pk": {"S": "P"}, "sk": {"S": f"{number}"}, "notes": {"S": "é" * 180_000}}
        client.put_item(TableName=INDEXED, Item=item)

    def read() -> list[int]:
        pages = client.get_paginator("query").paginate(**QUERIES["of the table"] | {"Limit": 9})
        return [page["Count"] for page in pages]

    def shorten(number: str) -> None:
        client.update_item(
            TableName=INDEXED,
            Key={"pk": {"S": "P"}, "sk": {"S": number}},
            UpdateExpression="SET notes = :n",
            ExpressionAttributeValues={":n": {"S": "short"}},
        )

    short = read()
    shorten("0")
    longer = read()
    leave_shortcuts(monkeypatch)
    assert longer == read() == [3, 1]
    client.put_item(TableName=INDEXED, Item=item | {"sk": {"S": "0"}})
    assert short == read() == [2, 2]


def test_windows_of_rate_limits_are_counted_as_by_moto(
    aws_in_memory: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count() -> list[Window | None]:
        moto_items.clear("limits")
        chance = random.Random(1)
        windows: list[Window | None] = []
        closes_at: int | None = None
        for instant in range(0, 600, 2):
            if chance.random() < 0.1:
                windows.append(rate_limit_store.reopen("key", instant, 60))
            bounds = Bounds(chance.randrange(30), chance.randrange(9))
            window = rate_limit_store.add(
                "key",
                instant,
                60,
                granted=chance.randrange(1, 4),
                leased=chance.randrange(-1, 3),
                closes_at=chance.choice([None, closes_at, 7]),
                bounds=chance.choice([None, bounds]),
            )
            closes_at = window.closes_at if window else None
            windows.append(window)
        return windows

    short = count()
    leave_shortcuts(monkeypatch)
    assert short == count()
    assert None in short
    assert len({window for window in short if window}) > 50


BODY = {"MessageBody": "é", "MessageAttributes": {"k": {"DataType": "String", "StringValue": "v"}}}
QUEUE_CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "send": ("send_message", BODY),
    "send later": ("send_message", {"MessageBody": "b", "DelaySeconds": 9}),
    "send too late": ("send_message", {"MessageBody": "b", "DelaySeconds": 901}),
    "send nothing": ("send_message", {}),
    "send what is too large": ("send_message", {"MessageBody": "b" * 2_000_000}),
    "send several": (
        "send_message_batch",
        {"Entries": [{"Id": "0", **BODY}, {"Id": "1", "MessageBody": "c", "DelaySeconds": 3}]},
    ),
    "send one too late": (
        "send_message_batch",
        {"Entries": [{"Id": "0", **BODY}, {"Id": "1", "MessageBody": "c", "DelaySeconds": 901}]},
    ),
    "send an id twice": ("send_message_batch", {"Entries": [{"Id": "0", **BODY}] * 2}),
    "send none": ("send_message_batch", {"Entries": []}),
    "receive": ("receive_message", {"MaxNumberOfMessages": 10}),
    "receive with attributes": (
        "receive_message",
        {"AttributeNames": ["ApproximateReceiveCount"], "MessageAttributeNames": ["All"]},
    ),
    "receive too many": ("receive_message", {"MaxNumberOfMessages": 11}),
    "delete": ("delete_message", {}),
    "show again": ("change_message_visibility", {"VisibilityTimeout": 0}),
    "show too late": ("change_message_visibility", {"VisibilityTimeout": 50_000}),
    "delete what is not there": ("delete_message", {"ReceiptHandle": "nothing"}),
    "count": ("get_queue_attributes", {"AttributeNames": ["ApproximateNumberOfMessages"]}),
    "of no queue": ("receive_message", {"QueueUrl": f"{fake_aws.QUEUES}/1/nobodys"}),
}
MADE_BY_CHANCE = {"MessageId", "ReceiptHandle"}


def without_chance(answer: Any) -> Any:
    """Return an answer with the names of what is made by chance, and without their values."""
    if isinstance(answer, dict):
        return {
            name: name in MADE_BY_CHANCE or without_chance(part) for name, part in answer.items()
        }
    return [without_chance(part) for part in answer] if isinstance(answer, list) else answer


def call_queue(name: str, queue: str) -> Any:
    """Make a call for a queue with one message; return its answer or error, and what waits then."""
    client = fake_aws.client("sqs")
    url = fake_aws.create_queue(queue)
    client.send_message(QueueUrl=url, MessageBody="first")
    method, parameters = QUEUE_CALLS[name]
    parameters = {"QueueUrl": url, **parameters}
    if method in ("delete_message", "change_message_visibility"):
        (received,) = client.receive_message(QueueUrl=url)["Messages"]
        parameters = {"ReceiptHandle": received["ReceiptHandle"], **parameters}
    try:
        answer = getattr(client, method)(**parameters)
        status = answer.pop("ResponseMetadata")["HTTPStatusCode"]
    except ClientError as error:
        answer, status = error.response, error.response.pop("ResponseMetadata")["HTTPStatusCode"]
    except ParamValidationError as error:
        answer, status = str(error), 0
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
    names.append("ApproximateNumberOfMessagesNotVisible")
    waiting = client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return status, without_chance(answer), waiting


@pytest.mark.parametrize("name", QUEUE_CALLS)
def test_a_call_for_a_queue_is_answered_as_without_shortcuts(
    name: str, aws_in_memory: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = call_queue(name, "short")
    leave_shortcuts(monkeypatch)
    assert short == call_queue(name, "whole")


def test_calls_for_queues_make_no_requests(
    aws_in_memory: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fake_aws.create_queue("short")
    monkeypatch.setattr(moto_shortcuts, "_call", None)
    for client in (fake_aws.client("sqs"), aws.client("sqs")):
        client.send_message(QueueUrl=url, MessageBody="body")
        entries = [{"Id": "0", "MessageBody": "another"}]
        client.send_message_batch(QueueUrl=url, Entries=entries)
        received = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert {message["Body"] for message in received} == {"body", "another"}
        for message in received:
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_a_call_for_a_queue_that_somebody_looks_at_is_made_by_botocore(
    aws_in_memory: None,
) -> None:
    client = aws.create_client("sqs")
    seen: list[str] = []
    client.meta.events.register(
        "before-call.sqs.SendMessage", lambda params, **_: seen.append(params["method"])
    )
    client.send_message(QueueUrl=fake_aws.create_queue("short"), MessageBody="body")
    assert seen == ["POST"]


def leave_shortcuts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let moto do everything."""
    for owner, name, method in (
        (BotocoreStubber, "process_request", moto_shortcuts._process_request),
        (DynamoDBBackend, "transact_write_items", moto_shortcuts._transact_write_items),
        (DynamoType, "cast_value", property(moto_shortcuts._cast_value)),
        (DynamoType, "size", moto_shortcuts._size),
        (Item, "__init__", moto_shortcuts._make_item),
        (Item, "size", moto_shortcuts._size_item),
        (Table, "query", moto_shortcuts._query_all),
        (ConditionExpressionParser, "parse", moto_shortcuts._parse_condition),
        (moto_shortcuts._NODES.Node, "find_clauses", moto_shortcuts._find_all),
        (
            moto_shortcuts._NODES.DepthFirstTraverser,
            "traverse_node_recursively",
            moto_shortcuts._traverse_all,
        ),
        (validators, "deepcopy", copy.deepcopy),
        (validators.ActionCountValidator, "traverse", moto_shortcuts._check_each),
        (validators.OverlappingPathsValidator, "traverse", moto_shortcuts._check_each),
        (
            ConditionExpressionParser,
            "_lex_condition_expression",
            moto_shortcuts._lex_condition,
        ),
    ):
        monkeypatch.setattr(owner, name, method)


def test_the_shortcuts_are_taken(aws_in_memory: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moto_shortcuts, "_process_request", None)
    for name in CALLS:
        call(name, get_client("boto3"))
    monkeypatch.setattr(moto_shortcuts, "_call", None)
    for name in CALLS:
        call(name, aws.client("dynamodb"))


def test_handlers_of_requests_see_calls_that_make_none(aws_in_memory: None) -> None:
    """As that of `shared.platform.aws`, which begins no call that is too late."""
    client = aws.create_client("dynamodb", parameter_validation=False)
    seen: list[str] = []
    client.meta.events.register_first(
        "before-send.*.*", lambda event_name, **_: seen.append(event_name)
    )
    call("get", client)
    assert seen == ["before-send.dynamodb.PutItem", "before-send.dynamodb.GetItem"]


def test_parameters_that_an_operation_does_not_have_are_refused(aws_in_memory: None) -> None:
    with pytest.raises(KeyError, match="Keys"):
        aws.client("dynamodb").get_item(TableName=TABLE, Key=ADA, Keys=[])


def test_answers_share_nothing_with_what_is_stored(aws_in_memory: None) -> None:
    client = aws.client("dynamodb")
    moto_items.clear("auth")
    client.put_item(TableName=TABLE, Item=STORED)
    item = client.get_item(TableName=TABLE, Key=ADA)["Item"]
    item["tags"]["SS"].append("c")
    item["nested"]["M"]["list"]["L"].clear()
    assert client.get_item(TableName=TABLE, Key=ADA)["Item"] == STORED
