"""World: messaging with its queues, its database, the topic, and people."""

import itertools
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from chalice.test import HTTPResponse
from pymongo.database import Database

from messaging import app as messaging_app
from messaging.models import Conversation, Message
from messaging.store import conversations
from messaging.use_cases import delivery
from shared.events.domain_events import DomainEvent
from shared.platform import clock, config
from tests.support import fake_aws
from tests.support.gateway import ApiClient, client_for

QUEUES = ("deliveries", "events")
PATH = "/v1/messages"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORKERS: Mapping[str, Any] = {
    "deliveries": messaging_app.delivery_worker,
    "events": messaging_app.events_worker,
}
_numbers = itertools.count(1)


def user_id(letter: str) -> str:
    """Return the id of a test's person."""
    return f"usr_01JD{letter * 22}"


ARTIST, CLIENT, OTHER_ARTIST, OTHER_CLIENT = (user_id(letter) for letter in "ACBD")
ADMIN = user_id("M")


class World:
    """The world of one test. Time stands still unless the test moves it.

    `artist` and `client` are known and have the conversation `cid` after a call of `open`.
    """

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, database: Database[Any], listening_url: str
    ) -> None:
        self.database = database
        self.now = NOON
        self.monkeypatch = monkeypatch
        self._listening_url = listening_url
        monkeypatch.setattr(clock, "now", lambda: self.now)
        self.artist = self.as_user(ARTIST, "artist")
        self.client = self.as_user(CLIENT, "client")
        self.cid = ""

    # ---- people and the API ----------------------------------------------------------------

    def as_user(self, person: str, role: str = "client") -> ApiClient:
        """Return a client of the API that acts as a person."""
        return client_for(messaging_app.app).as_user(person, role)

    def introduce(self, person: str, role: str, name: str = "Robin", version: int = 1) -> None:
        """Consume the event by which profiles publishes a person."""
        self.consume("user.profile.updated", card(person, role, name, version))

    def open(self) -> str:
        """Let the client open a conversation with the artist. Return its id."""
        self.introduce(ARTIST, "artist", "Ari Artist")
        self.introduce(CLIENT, "client", "Cleo Client")
        self.cid = ok(self.client.post(f"{PATH}/conversations", json={"artistId": ARTIST}), 201)[
            "id"
        ]
        return self.cid

    def path(self, rest: str = "") -> str:
        """Return a path below the conversation."""
        return f"{PATH}/conversations/{self.cid}{rest}"

    def send(self, person: ApiClient, content: str = "Hello", **fields: Any) -> dict[str, Any]:
        """Send a message. Return its JSON."""
        return ok(self.try_sending(person, content, **fields), 201)

    def try_sending(self, person: ApiClient, content: str = "Hello", **fields: Any) -> HTTPResponse:
        """Send a message. Return the response."""
        body = {"clientMessageId": new_key(), "type": "text", "content": content, **fields}
        return person.post(self.path("/messages"), json=body)

    def page(self, person: ApiClient, query: str = "") -> dict[str, Any]:
        """Return a page of messages."""
        return ok(person.get(self.path(f"/messages?{query}")))

    def conversation(self, person: ApiClient) -> dict[str, Any]:
        """Return the conversation as a person sees it in their list."""
        (found,) = [
            each
            for each in ok(person.get(f"{PATH}/conversations"))["items"]
            if each["id"] == self.cid
        ]
        return dict(found)

    # ---- time -------------------------------------------------------------------------------

    def later(self, **passed: float) -> None:
        """Let time pass."""
        self.now += timedelta(**passed)

    def sweep(self) -> int:
        """Run the sweeper, as the schedule does every minute."""
        return delivery.sweep(self.now)

    # ---- queues and workers ----------------------------------------------------------------

    def waiting(self, queue: str = "deliveries") -> int:
        """Return the number of messages on a queue."""
        attributes = fake_aws.client("sqs").get_queue_attributes(
            QueueUrl=queue_url(queue), AttributeNames=["All"]
        )["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"])

    def work(self, queue: str, receives: int = 1) -> int:
        """Run the worker of a queue on one batch. Return the number of messages that failed."""
        sqs = fake_aws.client("sqs")
        received = sqs.receive_message(
            QueueUrl=queue_url(queue), MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", [])
        batch = {"Records": [_record(message, receives) for message in received]}
        answer = WORKERS[queue](batch, None)
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for message in received:
            handle = {"QueueUrl": queue_url(queue), "ReceiptHandle": message["ReceiptHandle"]}
            if message["MessageId"] in failed:
                sqs.change_message_visibility(**handle, VisibilityTimeout=0)
            else:
                sqs.delete_message(**handle)
        return len(failed)

    def deliver(self) -> None:
        """Run the delivery worker until its queue is empty."""
        while self.waiting():
            assert self.work("deliveries") == 0

    def consume(
        self, type_: str, data: Mapping[str, Any], event_id: str | None = None
    ) -> DomainEvent:
        """Publish a domain event of another feature and consume it."""
        event = event_of(type_, data, self.now, event_id)
        assert self.redeliver(event) == 0
        return event

    def redeliver(self, event: DomainEvent) -> int:
        """Deliver an event again. Return 1 where it could not be handled now, else 0."""
        fake_aws.client("sqs").send_message(
            QueueUrl=queue_url("events"),
            MessageBody=msgspec.json.encode(event).decode(),
            MessageAttributes={
                "correlationid": {"DataType": "String", "StringValue": event.correlationid}
            },
        )
        failed = self.work("events")
        if failed:
            fake_aws.client("sqs").purge_queue(QueueUrl=queue_url("events"))
        return failed

    # ---- published events ------------------------------------------------------------------

    def published(self, *types: str) -> list[DomainEvent]:
        """Return the events published since the last call, of these types or of all."""
        sqs = fake_aws.client("sqs")
        found = []
        while received := sqs.receive_message(
            QueueUrl=self._listening_url, MaxNumberOfMessages=10
        ).get("Messages"):
            for message in received:
                found.append(msgspec.json.decode(message["Body"], type=DomainEvent))
                sqs.delete_message(
                    QueueUrl=self._listening_url, ReceiptHandle=message["ReceiptHandle"]
                )
        return [event for event in found if not types or event.type in types]

    # ---- database --------------------------------------------------------------------------

    def messages(self) -> list[Message]:
        """Return the stored messages, by sequence."""
        found = self.database.messages.find({"conversationId": self.cid}, sort=[("sequence", 1)])
        return [msgspec.convert(document, Message) for document in found]

    def stored(self) -> Conversation:
        """Return the stored conversation."""
        found = conversations.find(self.cid)
        assert found is not None
        return found

    def everything(self) -> dict[str, list[Any]]:
        """Return all stored documents, without the counters of rate limits."""
        return {
            name: list(self.database[name].find({}, sort=[("_id", 1)]))
            for name in self.database.list_collection_names()
        }


def card(person: str, role: str, name: str, version: int) -> dict[str, Any]:
    """Return the data of a `user.profile.updated` event."""
    return {
        "userId": person,
        "role": role,
        "name": name,
        "avatar": None,
        "handle": None,
        "recordVersion": version,
    }


def event_of(
    type_: str, data: Mapping[str, Any], now: datetime, event_id: str | None = None
) -> DomainEvent:
    """Return a domain event of another feature."""
    return DomainEvent(
        id=event_id or f"evt_{next(_numbers)}",
        source="/artist-booking/elsewhere",
        type=type_,
        subject=str(next(iter(data.values()))),  # every event names its record first
        time=now,
        data=dict(data),
        correlationid="test-correlation-id",
    )


def new_key() -> str:
    """Return an unused `clientMessageId`."""
    return f"message-{next(_numbers)}"


def ok(answer: HTTPResponse, status: int = 200) -> dict[str, Any]:
    """Return the body of a response, which must have this status."""
    assert answer.status_code == status, answer.body
    return dict(answer.json_body) if answer.body else {}


def errors(answer: HTTPResponse) -> dict[str, str]:
    """Return the wrong fields of a response, which must be a 422, and their messages."""
    return {error["field"]: error["message"] for error in ok(answer, 422)["errors"]}


def code(answer: HTTPResponse) -> tuple[int, str]:
    """Return the status and code of a problem."""
    return answer.status_code, answer.json_body["code"]


def queue_url(queue: str) -> str:
    """Return the URL of one of the feature's queues."""
    return config.queue_url(f"messaging-{queue}")


def contents(page: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[Any]:
    """Return the content of the messages of a page."""
    return [message["content"] for message in page["items"]]


def _record(message: Mapping[str, Any], receives: int) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {"ApproximateReceiveCount": str(receives)},
        "messageAttributes": {
            name: {"stringValue": value["StringValue"], "dataType": "String"}
            for name, value in message.get("MessageAttributes", {}).items()
        },
    }
