"""Everyone and everything that files deals with: users, S3, and events."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from chalice.test import HTTPResponse

from files.app import app
from files.store.bucket import INCOMING
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from tests.functional.files import samples
from tests.support import fake_aws, streams
from tests.support.gateway import ApiClient, client_for

ARTIST, OTHER_ARTIST = "usr_01JD0000000000000000000AAA", "usr_01JD0000000000000000000AAB"
CLIENT, OTHER_CLIENT = "usr_01JD0000000000000000000CCC", "usr_01JD0000000000000000000CCD"
ADMIN = "usr_01JD0000000000000000000DDD"
FILES = "/v1/files"
BUCKET = "artist-booking-local-files"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Died(BaseException):
    """The function was stopped, as Lambda does: nothing after this runs."""


@dataclass
class World:
    """The users of the API, and S3 behind it."""

    anybody: ApiClient = field(default_factory=lambda: client_for(app))

    @property
    def artist(self) -> ApiClient:
        return self.anybody.as_user(ARTIST, Role.ARTIST)

    @property
    def other_artist(self) -> ApiClient:
        return self.anybody.as_user(OTHER_ARTIST, Role.ARTIST)

    @property
    def client(self) -> ApiClient:
        return self.anybody.as_user(CLIENT)

    @property
    def other_client(self) -> ApiClient:
        return self.anybody.as_user(OTHER_CLIENT)

    @property
    def admin(self) -> ApiClient:
        return self.anybody.as_user(ADMIN, Role.ADMIN)

    def announce(
        self,
        content: bytes,
        by: ApiClient | None = None,
        /,
        **changes: Any,
    ) -> HTTPResponse:
        """Create an upload, as the client by default."""
        body = {
            "name": "photo.jpg",
            "size": len(content),
            "contentType": "image/jpeg",
            "sha256": sha256(content),
            "purpose": "message",
        } | changes
        return (by or self.client).post(FILES, json=body)

    def new_upload(self, content: bytes, by: ApiClient | None = None, /, **changes: Any) -> Any:
        """Create an upload and return it."""
        answer = self.announce(content, by, **changes)
        assert answer.status_code == 201, answer.body
        return answer.json_body

    def put_upload(self, file_id: str, content: bytes) -> str:
        """Put content into S3, as the form allows, and return its ETag."""
        answer = s3().put_object(Bucket=BUCKET, Key=INCOMING + file_id, Body=content)
        etag: str = answer["ETag"].strip('"')
        return etag

    def notify(self, file_id: str, etag: str | None = None, receives: int = 1) -> Any:
        """Send S3's notification to the inspector and return its answer to SQS."""
        stored = {"key": f"incoming/{file_id}"} | ({"eTag": etag} if etag else {})
        body = {"Records": [{"eventName": "ObjectCreated:Post", "s3": {"object": stored}}]}
        return self.inspect(body, receives)

    def inspect(self, body: Any, receives: int = 1) -> Any:
        """Deliver a message to the inspector."""
        return app.handler_map["inspector"]({"Records": [sqs_record(body, receives)]}, None)

    def upload(self, content: bytes, by: ApiClient | None = None, /, **changes: Any) -> str:
        """Upload a file, have it inspected, and return its id."""
        file_id: str = self.new_upload(content, by, **changes)["id"]
        assert self.notify(file_id, self.put_upload(file_id, content)) == {"batchItemFailures": []}
        return file_id

    def new_clean_file(self, by: ApiClient | None = None, /, **changes: Any) -> str:
        """Upload a small image, have it found clean, and return its id."""
        file_id = self.upload(samples.image(size=(40, 30)), by, **changes)
        assert self.file(file_id, by)["status"] == "clean"
        return file_id

    def file(self, file_id: str, by: ApiClient | None = None) -> Any:
        """Return a file as its owner sees it."""
        answer = (by or self.client).get(f"{FILES}/{file_id}")
        assert answer.status_code == 200, answer.body
        return answer.json_body

    def remove(self, file_id: str, by: ApiClient | None = None) -> HTTPResponse:
        return (by or self.client).delete(f"{FILES}/{file_id}")

    def sweep(self) -> None:
        """Run the sweeper."""
        app.handler_map["sweeper"]({"detail-type": "Scheduled Event"} | SCHEDULED, None)

    def consume(self, event_type: str, data: Mapping[str, Any], at: datetime | None = None) -> None:
        """Deliver an event."""
        event = {
            "id": "evt_1",
            "source": "/artist-booking/elsewhere",
            "type": event_type,
            "subject": "any",
            "time": (at or datetime.now(UTC)).isoformat(),
            "data": {**data, "aFieldOfTomorrow": 1},
        }
        answer = app.handler_map["events_worker"]({"Records": [sqs_record(event)]}, None)
        assert answer == {"batchItemFailures": []}

    def share(self, file_id: str, sender: str = CLIENT, message: str = "") -> None:
        """Deliver the event of a message with this attachment."""
        data = message_data(message or f"msg_{file_id}", sender)
        self.consume("message.created", data | {"attachments": [file_id]})

    def delete_message(self, message: str, sender: str = CLIENT) -> None:
        """Deliver the event that a message was deleted."""
        self.consume("message.deleted", message_data(message, sender))

    def portfolio_item(
        self, file_id: str, version: int = 1, *, saved: bool = True, item: str = "itm_1", **who: Any
    ) -> None:
        """Deliver the event that a portfolio item shows the file, or no longer does."""
        data = {"itemId": item, "artistId": ARTIST, "fileId": file_id, "recordVersion": version}
        self.consume(f"portfolio_item.{'saved' if saved else 'removed'}", data | who)

    def list_by_ids(self, reader: ApiClient, *file_ids: str) -> list[str]:
        """Return which of these files a user can read, by their ids."""
        answer = reader.get(f"{FILES}?ids=" + "%2C".join(file_ids))
        assert answer.status_code == 200, answer.body
        return [item["id"] for item in answer.json_body["items"]]

    def list_public(self, *file_ids: str) -> list[str]:
        """Return which of these files are public, by their ids."""
        answer = self.anybody.get(f"{FILES}/public?ids=" + "%2C".join(file_ids))
        assert answer.status_code == 200, answer.body
        return [item["id"] for item in answer.json_body["items"]]


def message_data(message_id: str, sender: str | None) -> dict[str, Any]:
    """Return the data of an event about a message between the artist and the client."""
    return {
        "messageId": message_id,
        "artistId": ARTIST,
        "clientId": CLIENT,
        "senderId": sender,
    }


SCHEDULED = {
    "version": "0",
    "id": "1",
    "source": "aws.events",
    "account": "000000000000",
    "time": "2026-11-22T10:00:00Z",
    "region": "us-east-1",
    "resources": [],
    "detail": {},
}


def sqs_record(body: Any, receives: int = 1) -> dict[str, Any]:
    return {
        "messageId": "1",
        "receiptHandle": "r",
        "body": json.dumps(body),
        "attributes": {"ApproximateReceiveCount": str(receives)},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }


def s3() -> Any:
    return fake_aws.client("s3")


def objects() -> dict[str, bytes]:
    """Return all objects in the bucket, by key."""
    listed = s3().list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return {
        each["Key"]: s3().get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read()
        for each in listed
    }


def published_events() -> list[DomainEvent]:
    """Return the events that files published, in no order."""
    images = [item["event"]["S"] for item in streams.items("files") if "event" in item]
    return [msgspec.json.decode(image, type=DomainEvent) for image in images]


def published_types() -> list[str]:
    return sorted(event.type for event in published_events())


def stored_items(prefix: str = "") -> list[dict[str, Any]]:
    """Return the items of the table whose partition keys begin with `prefix`."""
    return [item for item in streams.items("files") if item["pk"]["S"].startswith(prefix)]


def usage(user_id: str = CLIENT, purpose: str = "message") -> tuple[int, int]:
    """Return the reserved bytes and the number of files."""
    for item in stored_items(f"USER#{user_id}"):
        if item["sk"]["S"] == f"USAGE#{purpose}":
            return int(item["used_bytes"]["N"]), int(item["used_files"]["N"])
    return (0, 0)


def form_policy(form: dict[str, Any]) -> Any:
    """Return the policy of a form, which S3 enforces."""
    return json.loads(base64.b64decode(form["fields"]["policy"]))


def query_parameters(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
