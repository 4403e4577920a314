"""Unpublished events: which are listed, which are published, and what stays."""

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import moto
import pytest
from chalice.app import DynamoDBEvent

from infra.local.settings import StackError
from infra.operate import outbox_republish
from infra.operate.outbox_republish import Selection
from shared.data.shards import shard_partition

PREFIX = "artist-booking-test-"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Functions:
    """Functions of an environment, by name without prefix: what they return for a payload."""

    def __init__(self, **functions: Callable[[dict[str, Any]], Any]) -> None:
        self.functions = {name.replace("_", "-"): run for name, run in functions.items()}
        self.invoked: list[tuple[str, dict[str, Any]]] = []

    def get_paginator(self, _: str) -> Any:
        """Return pages of functions, some of them of another environment."""
        names = [PREFIX + name for name in self.functions]
        others = ["artist-booking-other-auth-outbox", f"{PREFIX}auth-api"]
        pages = [{"Functions": [{"FunctionName": name}]} for name in (*names, *others)]
        return type("Pages", (), {"paginate": lambda _: pages})()

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        """Invoke a function."""
        name = FunctionName.removeprefix(PREFIX)
        payload = json.loads(Payload)
        self.invoked.append((name, payload))
        try:
            body = self.functions[name](payload)
        except RuntimeError as error:
            failure = json.dumps({"errorMessage": str(error)}).encode()
            return {"Payload": io.BytesIO(failure), "FunctionError": "Unhandled"}
        return {"Payload": io.BytesIO(json.dumps(body).encode())}


class Environment:
    """An environment in moto whose functions are stand-ins."""

    def __init__(self, session: boto3.Session) -> None:
        self._session = session
        self.functions = Functions(auth_outbox=self.relay, profiles_outbox=self.relay)
        self.mended = True
        self.dynamodb = session.client("dynamodb")
        self.sqs = session.client("sqs")
        for feature in ("auth", "profiles"):
            self.dynamodb.create_table(
                TableName=PREFIX + feature,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[
                    {"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")
                ],
                KeySchema=[
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
            )
            self.notices = self.sqs.create_queue(QueueName=f"{PREFIX}{feature}-outbox-dlq")

    def client(self, service: str) -> Any:
        """Return the client of a service, as a session does."""
        return self.functions if service == "lambda" else self._session.client(service)  # type: ignore[call-overload]

    def relay(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Publish and delete all, or keep all."""
        read = list(DynamoDBEvent(payload, None))  # as the function does
        assert {record.event_name for record in read} == {"INSERT"}
        keys = [record.keys for record in read]
        ids = [key["sk"]["S"] for key in keys]
        if not self.mended:
            return {"published": [], "kept": dict.fromkeys(ids, "TooLarge")}
        for key in keys:
            (table,) = [name for name in ("auth", "profiles") if self.holds(name, key)]
            self.dynamodb.delete_item(TableName=PREFIX + table, Key=key)
        return {"published": ids, "kept": {}}

    def holds(self, feature: str, key: dict[str, Any]) -> bool:
        """Return whether a table has an item."""
        return "Item" in self.dynamodb.get_item(TableName=PREFIX + feature, Key=key)

    def add(
        self,
        number: int,
        event_type: str = "user.verified",
        at: datetime = NOON,
        *,
        feature: str = "auth",
        **attributes: Any,
    ) -> None:
        """Add an item to the outbox of a feature."""
        event = {"type": event_type, "time": at.isoformat(), "id": f"evt_{number}"}
        self.dynamodb.put_item(
            TableName=PREFIX + feature,
            Item={
                "pk": {"S": shard_partition("OUTBOX", f"usr_{number}")},
                "sk": {"S": f"evt_{number}"},
                "event": {"S": json.dumps(event)},
                **attributes,
            },
        )

    def count(self, feature: str = "auth") -> int:
        """Return how many items a table holds."""
        return self.dynamodb.scan(TableName=PREFIX + feature)["Count"]

    def count_notices(self) -> int:
        """Return how many notices wait in the queue of profiles."""
        answer = self.sqs.get_queue_attributes(
            QueueUrl=self.notices["QueueUrl"], AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def run(self, *selection: str, dry_run: bool = True, now: datetime = NOON + HOUR) -> list[str]:
        """Run the command and return its lines."""
        chosen = Selection.parse(*(*selection, "", "", "", "")[:4])
        session: Any = self
        return list(outbox_republish.republish(session, PREFIX, chosen, now, dry_run=dry_run))


@pytest.fixture
def environment() -> Iterator[Environment]:
    with moto.mock_aws(config={"core": {"reset_boto3_session": False}}):
        yield Environment(boto3.Session(region_name="us-east-1"))


def ids(lines: list[str]) -> list[str]:
    """Return the ids of the events in lines, without the summary."""
    return [line.split("  ")[3].split()[0] for line in lines[:-1]]


def test_a_dry_run_lists_and_publishes_nothing(environment: Environment) -> None:
    for number in range(1, 30):
        environment.add(number)
    *lines, summary = environment.run()
    assert len(lines) == 29
    assert lines[0] == "auth  2026-11-22T12:00:00+00:00  user.verified  evt_1  given up"
    assert summary == "29 unpublished events. None was published: repeat it with DRY_RUN=0."
    assert environment.functions.invoked == []
    assert environment.count() == 29


def test_events_are_published_by_the_relay_of_their_feature(environment: Environment) -> None:
    for number in range(10, 35):
        environment.add(number)
    environment.add(1, feature="profiles")
    *lines, summary = environment.run(dry_run=False)
    assert summary == "26 of 26 events published"
    assert all(line.endswith(": published") for line in lines)
    assert [(name, len(payload["Records"])) for name, payload in environment.functions.invoked] == [
        ("auth-outbox", 10),
        ("auth-outbox", 10),
        ("auth-outbox", 5),
        ("profiles-outbox", 1),
    ]
    ordered = [
        record["dynamodb"]["Keys"]["sk"]["S"]
        for _, payload in environment.functions.invoked
        for record in payload["Records"]
    ]
    assert ordered == [*(f"evt_{number}" for number in range(10, 35)), "evt_1"]
    assert environment.count() == environment.count("profiles") == 0
    assert environment.run(dry_run=False) == ["0 of 0 events published"]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (("", "", "", ""), ["evt_1", "evt_2", "evt_3", "evt_4"]),
        (("auth", "", "", ""), ["evt_1", "evt_2", "evt_3"]),
        (("", "user.deleted", "", ""), ["evt_2"]),
        (("", "", "2026-11-22T11:00Z", ""), ["evt_1", "evt_2", "evt_4"]),
        (("", "", "2026-11-22T11:00:00.000001Z", ""), ["evt_1", "evt_4"]),
        (("", "", "", "2026-11-22T11:00+00:00"), ["evt_3"]),
        (("", "", "2026-11-22T11:00", "2026-11-22T12:00"), ["evt_2"]),
        (("auth", "user.verified", "2026-11-22", "2026-11-23"), ["evt_1", "evt_3"]),
    ],
)
def test_events_are_chosen_by_feature_type_and_time(
    environment: Environment, selection: tuple[str, ...], expected: list[str]
) -> None:
    environment.add(1)
    environment.add(2, "user.deleted", NOON - HOUR)
    environment.add(3, at=NOON - 2 * HOUR)
    environment.add(4, feature="profiles")
    assert ids(environment.run(*selection)) == expected
    environment.run(*selection, dry_run=False)
    assert environment.count() + environment.count("profiles") == 4 - len(expected)


def test_what_is_on_its_way_is_left_to_the_stream(environment: Environment) -> None:
    environment.add(1)
    environment.add(2, kept_because={"S": "TooLarge"})
    soon, later = NOON + timedelta(minutes=4, seconds=59), NOON + timedelta(minutes=5)
    assert ids(environment.run(now=soon)) == ["evt_2"]
    assert ids(environment.run(now=later)) == ["evt_1", "evt_2"]


def test_an_unreadable_event_is_listed_with_its_reason(environment: Environment) -> None:
    reason: Any = {"kept_because": {"S": "Unreadable"}}
    environment.add(1, event={"S": "{"}, **reason)
    environment.add(2, event={"S": "[]"}, **reason)
    assert environment.run()[:-1] == [
        "auth  unknown time  unknown type  evt_1  Unreadable",
        "auth  unknown time  unknown type  evt_2  Unreadable",
    ]
    assert environment.run("", "user.verified")[:-1] == []
    assert environment.run("", "", "2020-01-01")[:-1] == []


def test_the_id_says_when_an_unreadable_event_happened(environment: Environment) -> None:
    environment.add(1, event={"S": "{"}, sk={"S": "evt_01KAN9DQ00ABCDEFGHJKMNPQRS"})
    (line, _) = environment.run()
    assert line.split("  ")[1] == "2025-11-22T08:03:24+00:00"


def test_an_event_that_is_still_poison_stays(environment: Environment) -> None:
    environment.add(1)
    environment.mended = False
    line, summary = environment.run(dry_run=False)
    assert line.endswith("evt_1  given up: still not published (TooLarge)")
    assert summary == "0 of 1 events published"
    assert environment.count() == 1


def test_notices_are_deleted_when_nothing_is_left(environment: Environment) -> None:
    url = environment.notices["QueueUrl"]
    environment.add(1, feature="profiles")
    environment.add(2, "user.deleted", feature="profiles")
    for _ in range(12):
        environment.sqs.send_message(QueueUrl=url, MessageBody="notice")
    environment.run()
    environment.run("", "user.deleted", dry_run=False)
    assert environment.count_notices() == 12
    environment.run(dry_run=False)
    assert environment.count_notices() == 0


def test_an_outage_is_an_error(environment: Environment) -> None:
    def fail(_: dict[str, Any]) -> None:
        raise RuntimeError("1 of 1 events failed.")

    environment.add(1)
    environment.functions.functions["auth-outbox"] = fail
    with pytest.raises(StackError, match=r"auth-outbox failed: 1 of 1 events failed\."):
        environment.run(dry_run=False)


def test_features_and_instants_that_do_not_exist_are_errors(environment: Environment) -> None:
    with pytest.raises(StackError, match=r"social publishes no events\. Those do: auth, profiles"):
        environment.run("social")
    with pytest.raises(StackError, match="SINCE=yesterday is no instant"):
        environment.run("", "", "yesterday")


def test_documents_are_listed_and_published_by_their_function(environment: Environment) -> None:
    documents = [
        {"id": "msg_1", "types": ["message.created", "message.deleted"], "at": NOON.isoformat()},
        {"id": "cnv_1", "types": ["conversation.read"], "at": None},
    ]
    environment.functions.functions["messaging-unpublished"] = lambda _: {"items": documents}
    *lines, _ = environment.run("messaging")
    assert lines == [
        "messaging  2026-11-22T12:00:00+00:00  message.created, message.deleted  msg_1  given up",
        "messaging  unknown time  conversation.read  cnv_1  given up",
    ]
    environment.run("messaging", "message.deleted", dry_run=False)
    assert environment.functions.invoked[-1] == (
        "messaging-unpublished",
        {"publish": ["msg_1"]},
    )
