"""A world for a test: notifications with queues, database, providers and users."""

import itertools
import json
import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import requests
from pymongo.database import Database

from infra.local.standins.server import Standins
from notifications import app as feature
from notifications.callbacks import twilio
from notifications.channels import breaker, push
from notifications.channels.vapid import Identification
from notifications.models import Delivery, EmailContent
from notifications.store import contacts
from notifications.use_cases import delivery, due_deliveries, due_reminders, kill_switches
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from shared.platform import clock, config
from tests.support import fake_aws
from tests.support.gateway import ApiClient, client_for

QUEUES = ("email", "sms", "push", "events", "mail-feedback")
# What the stand-in publishes of mails that come back.
REPORTS: list[str] = []
BUILD_STATUS_URL = twilio.build_status_url
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORKERS: Mapping[str, Any] = {
    "email": feature.email_worker,
    "sms": feature.sms_worker,
    "push": feature.push_worker,
    "events": feature.events_worker,
}
_numbers = itertools.count(1)


class _Identification(Identification):
    """Signs for the real time, which the stand-in goes by."""

    def build(self, origin: str, subject: str, private_key: str, now: datetime) -> str:
        return super().build(origin, subject, private_key, datetime.now(UTC))


class World:
    """The feature in a test. Time stands still unless the test advances it."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, standins: Standins, database: Database[Any]
    ) -> None:
        self.standins = standins
        self.database = database
        self.now = NOON
        self.reports = REPORTS
        self.reports.clear()
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(clock, "now", lambda: self.now)
        self.close_circuits()
        delivery.slow_time.clear()
        kill_switches.cache.forget()
        # Most tests do not serve the API where Twilio could call it.
        monkeypatch.setattr(twilio, "build_status_url", lambda _delivery_id: None)

    # ---- users and the API -----------------------------------------------------------------

    def as_nobody(self) -> ApiClient:
        """Return a client of the API without a token."""
        return client_for(feature.app)

    def as_user(self, user_id: str, role: str = "client") -> ApiClient:
        """Return a client of the API for a user."""
        return self.as_nobody().as_user(user_id, role, email=address_of(user_id))

    def post(self, person: ApiClient, path: str, body: Any, status: int = 202) -> dict[str, Any]:
        """Post to a route of notifications and expect this status."""
        answer = person.post(f"/v1/notifications/{path}", json=body)
        assert answer.status_code == status, answer.body
        return dict(answer.json_body) if answer.body else {}

    def errors(self, person: ApiClient, path: str, body: Any) -> dict[str, str]:
        """Post a wrong body and return the message of each wrong field."""
        problem = self.post(person, path, body, 422)
        return {error["field"]: error["message"] for error in problem["errors"]}

    # ---- time ------------------------------------------------------------------------------

    def later(self, **passed: float) -> None:
        """Advance the time."""
        self.now += timedelta(**passed)

    def sweep(self) -> int:
        """Run the sweeper, as the schedule does every minute."""
        return due_deliveries.enqueue(self.now)

    def retry(self, channel: str) -> int:
        """Advance the time until all open deliveries of a channel are due, and work on them."""
        due = [each.due_at for each in self.deliveries() if each.channel == channel]
        self.now = max([self.now, *(instant for instant in due if instant is not None)])
        self.sweep()
        return self.work(channel)

    def sweep_reminders(self) -> int:
        """Send the reminders that are due, as the sweeper does."""
        return due_reminders.run(lambda: self.now, lambda: math.inf)

    # ---- queues and workers ----------------------------------------------------------------

    def queue_url(self, queue: str) -> str:
        """Return the URL of a queue of the feature."""
        return queue_url(queue)

    def waiting(self, queue: str) -> int:
        """Count the messages on a queue."""
        attributes = fake_aws.client("sqs").get_queue_attributes(
            QueueUrl=queue_url(queue), AttributeNames=["All"]
        )["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"])

    def work(self, queue: str, receives: int = 1) -> int:
        """Run a worker with a batch that was received n times. Return the number of failures.

        Failed messages can be received again at once.
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

    def dead_letters(self, queue: str) -> list[tuple[str, str]]:
        """List the deliveries on a dead-letter queue, each with the reason."""
        return [
            (
                json.loads(message["Body"])["deliveryId"],
                message["MessageAttributes"][queues.REASON_ATTRIBUTE]["StringValue"],
            )
            for message in self._list_dead_letters(queue)
        ]

    def redrive(self, queue: str) -> None:
        """Move the dead letters of a queue back, as operators do."""
        for message in self._list_dead_letters(queue):
            fake_aws.client("sqs").send_message(
                QueueUrl=queue_url(queue), MessageBody=message["Body"]
            )

    def _list_dead_letters(self, queue: str) -> list[Any]:
        received: list[Any] = (
            fake_aws.client("sqs")
            .receive_message(
                QueueUrl=queue_url(queue) + queues.DEAD_LETTERS,
                MaxNumberOfMessages=10,
                MessageAttributeNames=["All"],
                VisibilityTimeout=0,
            )
            .get("Messages", [])
        )
        return received

    def consume(
        self,
        type_: str,
        data: Mapping[str, Any],
        event_id: str | None = None,
        *,
        failures: int = 0,
        **ago: float,
    ) -> str:
        """Create a domain event, as long ago as given, and consume it. Return its id."""
        event = DomainEvent(
            id=event_id or f"evt_{next(_numbers)}",
            source="/artist-booking/auth",
            type=type_,
            subject=str(next(iter(data.values()))),  # the id of the record comes first
            time=self.now - timedelta(**ago),
            data=dict(data),
            correlationid="test-correlation-id",
        )
        return self.consume_event(event, failures)

    def consume_event(self, event: DomainEvent, failures: int = 0) -> str:
        """Consume an event, which should fail as often as given and stay on the queue then."""
        fake_aws.client("sqs").send_message(
            QueueUrl=queue_url("events"),
            MessageBody=msgspec.json.encode(event).decode(),
            MessageAttributes={
                "correlationid": {"DataType": "String", "StringValue": event.correlationid}
            },
        )
        assert self.work("events") == failures
        return event.id

    # ---- preparation -----------------------------------------------------------------------

    def add_contact(
        self, user_id: str, phone: str | None = None, name: str = "Robin", *, wants_sms: bool = True
    ) -> None:
        """Save a contact with an address, and with a phone number if there is one.

        Whoever has a number wants SMS, unless the test says otherwise.
        """
        contacts.save_verified(user_id, address_of(user_id), name, Role.CLIENT, self.now)
        if phone is not None:
            self.database.contacts.update_one({"_id": user_id}, {"$set": {"phone": phone}})
        if phone is not None and wants_sms:
            for category in ("booking", "message"):
                self.choose(user_id, category, sms="on")

    def choose(self, user_id: str, category: str, **choices: str) -> None:
        """Save choices of a user."""
        fields = {f"preferences.categories.{category}.{name}": choices[name] for name in choices}
        self.database.contacts.update_one({"_id": user_id}, {"$set": fields}, upsert=True)

    def subscribe(self, person: ApiClient, label: str) -> dict[str, Any]:
        """Subscribe a browser of the push stand-in for a user."""
        url = f"{self.standins.inbox_url}/push/subscriptions"
        issued: dict[str, Any] = requests.post(url, json={"user": label}, timeout=5).json()
        self.post(person, "subscriptions", issued, 201)
        return issued

    # ---- providers -------------------------------------------------------------------------

    def messages(self, channel: str, to: str | None = None) -> list[dict[str, Any]]:
        """List the messages that arrived at a provider."""
        query = {"channel": channel} | ({"to": to} if to else {})
        url = f"{self.standins.inbox_url}/messages"
        arrived: list[dict[str, Any]] = requests.get(url, params=query, timeout=5).json()
        return arrived

    def fault(self, channel: str, **fault: Any) -> None:
        """Let a provider fail."""
        url = f"{self.standins.inbox_url}/faults/{channel}"
        requests.put(url, json=fault, timeout=5).raise_for_status()

    def heal(self) -> None:
        """End all faults and close the circuits."""
        requests.delete(f"{self.standins.inbox_url}/faults", timeout=5).raise_for_status()
        self.close_circuits()

    def close_circuits(self) -> None:
        """Close the circuits, as after half a minute or in a new container."""
        breaker.forget()
        push._breakers.cache_clear()
        self._monkeypatch.setattr(push, "_identification", _Identification())

    def configure(self, provider: str, **settings: str) -> None:
        """Replace the settings of a provider."""
        put_secret(provider, settings)
        config.forget()

    def call_back(self, url: str) -> None:
        """Let Twilio report what it sends to the API at a URL, which is that of the API then."""
        put_secret("api", {"API_URL": url})
        config.forget()
        self._monkeypatch.setattr(twilio, "build_status_url", BUILD_STATUS_URL)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so that another thread brings about."""
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    # ---- database --------------------------------------------------------------------------

    def find_document(self, collection: str, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return a document that must be there."""
        document = self.database[collection].find_one(query)
        assert document is not None
        return dict(document)

    def deliveries(self, notification_id: str | None = None) -> list[Delivery]:
        """List the deliveries of a notification, or all."""
        query = {"notificationId": notification_id} if notification_id else {}
        documents = self.database.deliveries.find(query, sort=[("_id", 1)])
        return [msgspec.convert(document, Delivery) for document in documents]

    def mails(self) -> list[EmailContent]:
        """List the contents of the mails."""
        contents = [each.content for each in self.deliveries()]
        return [content for content in contents if isinstance(content, EmailContent)]

    def delivery(self, notification_id: str | None = None) -> Delivery:
        """Return the only delivery."""
        (only,) = self.deliveries(notification_id)
        return only


def address_of(user_id: str) -> str:
    """Return the address of a user: `usr_ada` has `ada@example.com`."""
    return f"{user_id.removeprefix('usr_')}@example.com"


def queue_url(queue: str) -> str:
    """Return the URL of a queue of the feature."""
    return config.queue_url(f"notifications-{queue}")


def put_secret(name: str, values: Mapping[str, str]) -> None:
    """Set a secret."""
    fake_aws.put_secret(name, values)


def statuses(delivery: Delivery) -> list[str]:
    """List the statuses in a delivery's timeline."""
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
