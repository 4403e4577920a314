"""All features in one process: requests, and events that reach everybody who consumes them."""

import itertools
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from pymongo.database import Database
from time_machine import TimeMachineFixture

from auth.schemas import ProvisionRequest
from auth.store import table as auth_table
from auth.use_cases import registration
from infra import features
from messaging.use_cases import delivery
from shared.events import outbox
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from shared.platform import clock as wall
from shared.platform.config import path_name
from tests.functional.files.samples import image
from tests.functional.files.world import sha256, sqs_record
from tests.support import fake_aws, moto_items
from tests.support.gateway import ApiClient, client_for

_numbers = itertools.count(1)
BUCKET = "artist-booking-local-files"
PASSWORD = "correct horse battery"
CONSUMERS = tuple(
    name
    for name, app in features.load_all().items()
    if getattr(app, "consumed", None) and name != "gateway"
)
# What a rule sends every minute.
TICK: Mapping[str, Any] = {
    "version": "0",
    "id": "",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "",
    "time": "",
    "region": "",
    "resources": [],
    "detail": {},
}
SWEEPERS = (
    *("appointments", "consultations", "files", "messaging", "notifications", "profiles", "social"),
)


class Person:
    """A user of all features.

    Attributes:
        word: Part of every text that comes from them, and of their name and addresses.
    """

    def __init__(self, word: str, role: Role) -> None:
        self.word = word
        self.role = role
        self.name = f"{word.title()} Vogel"
        self.email = f"{word}@example.com"
        request = ProvisionRequest(email=self.email, password=PASSWORD, name=self.name, role=role)
        self.id = registration.provision(request, wall.now()).id

    def say(self, text: str) -> str:
        """Return a text that the person is recognized by."""
        return f"{self.word} {text}"

    def api(self, feature: str) -> ApiClient:
        """Return a client of a feature that they are signed in to."""
        return client_for(features.load(feature)).as_user(
            self.id, self.role, email=self.email, session_id="ses_1"
        )

    def sign_in(self) -> ApiClient:
        """Sign in, and return a client of auth with the access token."""
        anyone = client_for(features.load("auth"))
        body = {"email": self.email, "password": PASSWORD}
        tokens = anyone.post("/v1/auth/login", json=body)
        assert tokens.status_code == 200, tokens.body
        return anyone.with_token(tokens.json_body["accessToken"])

    def send(self, method: str, path: str, body: Any = None, status: int = 0) -> Any:
        """Send a request, which must succeed, and return its answer."""
        feature = {"messages": "messaging", "quick-actions": "quick_actions"}.get(
            path.split("/")[2], path.split("/")[2]
        )
        options = {} if body is None else {"json": body}
        headers = {"idempotency-key": f"key-{next(_numbers)}"} if method == "POST" else {}
        answer = self.api(feature).request(method, path, headers=headers, **options)
        assert answer.status_code == status or (not status and answer.status_code < 300), (
            f"{method} {path}: {answer.status_code} {answer.body!r}"
        )
        return answer.json_body if answer.body else None


class World:
    """All features, and the events between them."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        clock: TimeMachineFixture,
        databases: Mapping[str, Database[Any]],
    ) -> None:
        self._clock = clock
        self._databases = databases
        self._published: deque[DomainEvent] = deque()
        monkeypatch.setattr(outbox, "publish", self._published.extend)

    # ---- time and events -------------------------------------------------------------------

    def pass_time(self, **passed: float) -> None:
        """Let time pass, and everything be done that is due."""
        self._clock.shift(timedelta(**passed))
        self.settle()

    def move_to(self, instant: datetime) -> None:
        """Move the clock, and let everything be done that is due."""
        self._clock.move_to(instant, tick=False)
        self.settle()

    def settle(self) -> None:
        """Deliver events and run sweepers until nothing is left to do."""
        for _ in range(3):
            self.deliver_events()
            for name in SWEEPERS:
                app: Any = features.load(name)
                app.handler_map["sweeper"](TICK, None)
        self.deliver_events()

    def deliver_events(self) -> list[DomainEvent]:
        """Deliver events until none is left, and return them."""
        delivered: list[DomainEvent] = []
        while True:
            self._take_jobs()
            for name in CONSUMERS:
                self._take_outbox(path_name(name))
            if not self._published:
                return delivered
            while self._published:
                delivered.append(self._published.popleft())
                self._consume(delivered[-1])

    def consume(self, events: Iterable[DomainEvent]) -> None:
        """Deliver events once more."""
        for event in events:
            self._consume(event)

    def _take_outbox(self, table: str) -> None:
        """Take what a relay would publish, and delete it as a relay does."""
        if table not in TABLES:
            return
        items = [item for item in moto_items.items(table) if item["pk"].startswith("OUTBOX#")]
        for item in sorted(items, key=lambda item: str(item["sk"])):
            image = {name: {"S": value} for name, value in item.items() if isinstance(value, str)}
            secret = auth_table.OutboxItem.secret if table == "auth" else None
            self._published.extend(outbox.read_events(image, secret))
            fake_aws.client("dynamodb").delete_item(
                TableName=f"{fake_aws.PREFIX}-{table}",
                Key={"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}},
            )

    def _take_jobs(self) -> None:
        """Do the deliveries of messages that wait on the queue."""
        sqs = fake_aws.client("sqs")
        url = sqs.get_queue_url(QueueName="messaging-deliveries")["QueueUrl"]
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                job = msgspec.json.decode(message["Body"], type=delivery.DeliveryJob)
                delivery.deliver(job, wall.now())

    def _consume(self, event: DomainEvent) -> None:
        for name in CONSUMERS:
            app: Any = features.load(name)
            if any(event.type in types for types in app.consumed.values()):
                answer = app.handler_map["events_worker"](
                    {"Records": [sqs_record(msgspec.to_builtins(event), 1)]}, None
                )
                assert answer == {"batchItemFailures": []}, (name, event.type)

    # ---- files -----------------------------------------------------------------------------

    def upload(self, owner: Person, purpose: str) -> str:
        """Upload a picture, have it inspected, and return its id."""
        content = image(size=(40, 30))
        body = {
            "name": owner.say("photo.jpg"),
            "size": len(content),
            "contentType": "image/jpeg",
            "sha256": sha256(content),
            "purpose": purpose,
        }
        file_id: str = owner.send("POST", "/v1/files", body)["id"]
        key = f"incoming/{file_id}"
        etag = fake_aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content)["ETag"]
        stored = {"key": key, "eTag": etag.strip('"')}
        body = {"Records": [{"eventName": "ObjectCreated:Post", "s3": {"object": stored}}]}
        app: Any = features.load("files")
        assert app.handler_map["inspector"]({"Records": [sqs_record(body, 1)]}, None) == {
            "batchItemFailures": []
        }
        self.settle()
        return file_id

    # ---- what is stored --------------------------------------------------------------------

    def find(self, *traces: str) -> dict[str, list[Any]]:
        """Return every item, document and object that holds one of these texts, by its place."""
        found: dict[str, list[Any]] = {}
        for place, record in self.everything():
            if any(trace.lower() in str(record).lower() for trace in traces):
                found.setdefault(place, []).append(record)
        return found

    def everything(self) -> list[tuple[str, Any]]:
        """Return everything that is stored anywhere, with its place."""
        client = fake_aws.client("dynamodb")
        records: list[tuple[str, Any]] = []
        for name in client.list_tables()["TableNames"]:
            for item in client.scan(TableName=name)["Items"]:
                records.append((name.removeprefix(fake_aws.PREFIX + "-"), item))
        for name, database in self._databases.items():
            for collection in database.list_collection_names():
                records += [
                    (f"{name}.{collection}", document) for document in database[collection].find()
                ]
        listed = fake_aws.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
        for entry in listed:
            got = fake_aws.client("s3").get_object(Bucket=BUCKET, Key=entry["Key"])
            records.append(("bucket", (entry["Key"], got["Metadata"], got["Body"].read())))
        return records


TABLES = {
    "appointments",
    "auth",
    "consultations",
    "files",
    "policies",
    "profiles",
    "quick-actions",
    "social",
}
