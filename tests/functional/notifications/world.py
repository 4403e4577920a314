"""notifications with everything around it: queues, database, providers, and people."""

import itertools
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import requests
from pymongo.database import Database

from infra.local.standins.server import Standins
from notifications import app as door
from notifications.channels import email, push, sms
from notifications.channels.breaker import Breaker
from notifications.models import Delivery
from notifications.store import contacts
from notifications.use_cases import due_work
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from shared.platform import clock, config
from tests.support import fake_aws
from tests.support.gateway import ApiClient, client_for

QUEUES = ("email", "sms", "push", "events")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORKERS: Mapping[str, Any] = {
    "email": door.email_worker,
    "sms": door.sms_worker,
    "push": door.push_worker,
    "events": door.events_worker,
}
_numbers = itertools.count(1)


class World:
    """One test's view of the feature. Time stands still unless the test moves it."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, standins: Standins, database: Database[Any]
    ) -> None:
        self.standins = standins
        self.database = database
        self.now = NOON
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(clock, "now", lambda: self.now)
        self.close_circuits()

    # ---- people and the API ----------------------------------------------------------------

    def as_nobody(self) -> ApiClient:
        """Somebody who is not signed in."""
        return client_for(door.app)

    def as_user(self, user_id: str, role: str = "client") -> ApiClient:
        """A person at the API."""
        return self.as_nobody().as_user(user_id, role, email=address_of(user_id))

    def post(self, person: ApiClient, path: str, body: Any, status: int = 202) -> dict[str, Any]:
        """Call a route of notifications and expect this status."""
        answer = person.post(f"/v1/notifications/{path}", json=body)
        assert answer.status_code == status, answer.body
        return dict(answer.json_body) if answer.body else {}

    def errors(self, person: ApiClient, path: str, body: Any) -> dict[str, str]:
        """The wrong fields of a body, by their names."""
        problem = self.post(person, path, body, 422)
        return {error["field"]: error["message"] for error in problem["errors"]}

    # ---- the passing of time ---------------------------------------------------------------

    def later(self, **passed: float) -> None:
        """Let time pass."""
        self.now += timedelta(**passed)

    def sweep(self) -> int:
        """Run the sweeper, as the schedule does each minute."""
        return due_work.sweep(self.now)

    # ---- queues and workers ----------------------------------------------------------------

    def waiting(self, queue: str) -> int:
        """How many messages the queue holds."""
        attributes = fake_aws.client("sqs").get_queue_attributes(
            QueueUrl=queue_url(queue), AttributeNames=["All"]
        )["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"])

    def work(self, queue: str, receives: int = 1) -> int:
        """Give the worker a batch, as received for the n-th time; how many came back.

        What came back can be received again at once.
        """
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

    def hear(self, type_: str, data: Mapping[str, Any], event_id: str | None = None) -> str:
        """Let a domain event arrive now and be consumed; its id."""
        event = DomainEvent(
            id=event_id or f"evt_{next(_numbers)}",
            source="/artist-booking/auth",
            type=type_,
            subject=str(next(iter(data.values()))),  # every fact names its record first
            time=self.now,
            data=dict(data),
            correlationid="test-correlation-id",
        )
        return self.hear_again(event)

    def hear_again(self, event: DomainEvent) -> str:
        """Let that very event arrive."""
        fake_aws.client("sqs").send_message(
            QueueUrl=queue_url("events"),
            MessageBody=msgspec.json.encode(event).decode(),
            MessageAttributes={
                "correlationid": {"DataType": "String", "StringValue": event.correlationid}
            },
        )
        assert self.work("events") == 0
        return event.id

    # ---- what is there already -------------------------------------------------------------

    def know(self, user_id: str, phone: str | None = None, name: str = "Robin") -> None:
        """Let the user be known by an address, and by a phone number where given."""
        contacts.tell_contact(user_id, address_of(user_id), name, Role.CLIENT, self.now)
        if phone is not None:
            self.database.contacts.update_one({"_id": user_id}, {"$set": {"phone": phone}})

    def subscribe(self, person: ApiClient, label: str) -> dict[str, Any]:
        """Register a browser of the push stand-in for the person."""
        url = f"{self.standins.inbox_url}/push/subscriptions"
        issued: dict[str, Any] = requests.post(url, json={"user": label}, timeout=5).json()
        self.post(person, "subscriptions", issued, 201)
        return issued

    # ---- the world outside -----------------------------------------------------------------

    def messages(self, channel: str, to: str | None = None) -> list[dict[str, Any]]:
        """What arrived at the providers."""
        query = {"channel": channel} | ({"to": to} if to else {})
        url = f"{self.standins.inbox_url}/messages"
        arrived: list[dict[str, Any]] = requests.get(url, params=query, timeout=5).json()
        return arrived

    def fault(self, channel: str, **fault: Any) -> None:
        """Let the provider fail."""
        url = f"{self.standins.inbox_url}/faults/{channel}"
        requests.put(url, json=fault, timeout=5).raise_for_status()

    def heal(self) -> None:
        """End all faults, and let the circuits be closed again."""
        requests.delete(f"{self.standins.inbox_url}/faults", timeout=5).raise_for_status()
        self.close_circuits()

    def close_circuits(self) -> None:
        """Forget the providers' failures, as after half a minute or in a new container."""
        for module in (email, sms, push):
            self._monkeypatch.setattr(module, "_breaker", Breaker(module.__name__))

    def configure(self, provider: str, **settings: str) -> None:
        """Put other settings into a provider's secret."""
        put_secret(provider, settings)
        config.forget()

    # ---- what is kept ----------------------------------------------------------------------

    def deliveries(self, notification_id: str | None = None) -> list[Delivery]:
        """The deliveries, of a notification or all."""
        wanted = {"notificationId": notification_id} if notification_id else {}
        found = self.database.deliveries.find(wanted, sort=[("_id", 1)])
        return [msgspec.convert(document, Delivery) for document in found]

    def delivery(self, notification_id: str | None = None) -> Delivery:
        """The only delivery."""
        (delivery,) = self.deliveries(notification_id)
        return delivery


def address_of(user_id: str) -> str:
    """The mail address of a test's person: `usr_ada` has `ada@example.com`."""
    return f"{user_id.removeprefix('usr_')}@example.com"


def queue_url(queue: str) -> str:
    """The URL of one of the feature's queues."""
    return config.queue_url(f"notifications-{queue}")


def put_secret(name: str, values: Mapping[str, str]) -> None:
    """Set a secret."""
    fake_aws.client("secretsmanager").put_secret_value(
        SecretId=f"{fake_aws.PREFIX}-{name}", SecretString=json.dumps(values)
    )


def statuses(delivery: Delivery) -> list[str]:
    """The delivery's timeline in short."""
    return [step.status.value for step in delivery.timeline]


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
