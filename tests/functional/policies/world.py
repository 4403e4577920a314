"""Everyone and everything that policies deals with: users and events."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from chalice.test import HTTPResponse

from domain.policy_terms import PolicyKind
from policies.app import app
from policies.models import Subject
from policies.store import drafts
from shared.http.caller import Role
from tests.support import streams
from tests.support.gateway import ApiClient, client_for
from tests.support.outbox import published

ULID, OTHER_ULID = "01JD2ZK5V7M0Q4X8T6N3R9W1YB", "01JD30A1B2C3D4E5F6G7H8J9KM"
ARTIST, OTHER_ARTIST = f"usr_{ULID}", f"usr_{OTHER_ULID}"
CLIENT, OTHER_CLIENT = "usr_01JD31N0P1Q2R3S4T5V6W7X8YZ", "usr_01JD31N0P1Q2R3S4T5V6W7X8ZZ"
SERVICE = f"svc_{ULID}_01JD3200000000000000000001"
OTHER_SERVICE = f"svc_{ULID}_01JD3200000000000000000002"
FOREIGN_SERVICE = f"svc_{OTHER_ULID}_01JD3200000000000000000001"

TEXT = "Cancel until 24 hours before; after that it costs 80 %."
HALF = {"type": "percent", "percent": 50}
# Valid rules of every kind, as a client sends them.
RULES: dict[str, dict[str, Any]] = {
    "deposit": {
        "type": "deposit",
        "deposit": HALF,
        "refundableUntilHours": 24,
        "dueWithinHours": 72,
        "whenUnpaid": "keep",
    },
    "design": {"type": "design", "includedRevisions": 1, "extraRevisionFee": HALF},
    "reschedule": {"type": "reschedule", "tiers": [], "freeCount": 1, "feeWhenUsedUp": HALF},
    "cancellation": {
        "type": "cancellation",
        "tiers": [{"hoursBefore": 24, "fee": {"type": "percent", "percent": 80}}],
    },
    "late_arrival": {
        "type": "late_arrival",
        "graceMinutes": 15,
        "fee": HALF,
        "cancelledAfterMinutes": 30,
    },
    "no_show": {"type": "no_show", "fee": {"type": "fixed", "amount": 5000}},
    "age": {"type": "age", "minimumAge": 18, "guardianConsentFrom": 16},
    "image_rights": {"type": "image_rights", "portfolio": True, "socialMedia": False},
    "consent": {
        "type": "consent",
        "form": "waiver",
        "title": "Waiver",
        "requiresSignature": True,
    },
}
DEFAULT_KINDS = ["cancellation", "deposit", "design", "reschedule"]
DRAFTS = "/v1/policies/drafts"


@dataclass
class World:
    """The users of the API."""

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

    def draft(
        self, kind: str = "cancellation", text: str = TEXT, service: str | None = None, **rules: Any
    ) -> HTTPResponse:
        """Save a draft as the artist."""
        body = {"text": text, "rules": RULES[kind] | rules, "serviceId": service}
        return self.artist.put(f"{DRAFTS}/{kind}", json=body)

    def publish_draft(
        self,
        kind: str = "cancellation",
        service: str | None = None,
        form: str | None = None,
        version: str | None = None,
    ) -> HTTPResponse:
        """Publish a draft as the artist: its current version, unless another one is named."""
        version = version or self.find_draft_version(kind, service, form) or "rev_none"
        body = {"serviceId": service, "form": form, "version": version}
        return self.artist.post(f"{DRAFTS}/{kind}/publish", json=body)

    def find_draft_version(self, kind: str, service: str | None, form: str | None) -> str | None:
        """Return the version of a draft, as it is stored."""
        draft = drafts.find_draft(Subject(ARTIST, service, PolicyKind(kind), form))
        return draft.revision if draft else None

    def publish(
        self, kind: str = "cancellation", text: str = TEXT, service: str | None = None, **rules: Any
    ) -> dict[str, Any]:
        """Save and publish a draft as the artist, and return the version."""
        saved = self.draft(kind, text, service, **rules)
        assert saved.status_code == 200, saved.body
        draft = saved.json_body
        answer = self.publish_draft(kind, service, draft["form"], draft["version"])
        assert answer.status_code == 201, answer.body
        version: dict[str, Any] = answer.json_body
        return version

    def in_force(
        self, service: str | None = None, artist: str = ARTIST
    ) -> dict[str, dict[str, Any]]:
        """Return the policies in force, by kind or by consent form."""
        answer = self.anybody.get(
            "/v1/policies?" + query(artistId=artist, serviceId=service, limit=50)
        )
        assert answer.status_code == 200, answer.body
        assert answer.json_body["nextCursor"] is None
        items = answer.json_body["items"]
        policies = {item["rules"].get("form", item["kind"]): item for item in items}
        assert len(policies) == len(items)
        return policies

    def version(self, version_id: str) -> HTTPResponse:
        """Get a version without signing in."""
        return self.anybody.get(f"/v1/policies/versions/{version_id}")

    def accept(
        self, version: dict[str, Any], by: ApiClient | None = None, **changes: Any
    ) -> HTTPResponse:
        """Accept a version, as the client by default."""
        body = {"textHash": version["textHash"], "signature": "Ada Lovelace"} | changes
        path = f"/v1/policies/{version['versionId']}/acceptances"
        return (by or self.client).post(path, json=body)

    def verify(self) -> dict[str, Any]:
        """Verify the artist's chain."""
        answer = self.artist.get("/v1/policies/acceptances/verify")
        assert answer.status_code == 200, answer.body
        proof: dict[str, Any] = answer.json_body
        return proof

    def consume_user_deleted(self, user_id: str) -> None:
        """Deliver the event that an account was deleted."""
        self.consume("user.deleted", userId=user_id)

    def consume_booking(
        self,
        appointment_id: str,
        client: str | None = CLIENT,
        artist: str = ARTIST,
        **data: Any,
    ) -> None:
        """Deliver the event that an appointment was booked."""
        booked = {"appointmentId": appointment_id, "artistId": artist, "clientId": client}
        self.consume("appointment.created", **booked | {"serviceId": SERVICE} | data)

    def consume(self, event_type: str, **data: Any) -> None:
        """Deliver an event of another feature."""
        event = {
            "id": "evt_1",
            "source": "/artist-booking/other",
            "type": event_type,
            "subject": "any",
            "time": datetime.now(UTC).isoformat(),
            "data": data | {"aFieldOfTomorrow": 1},
        }
        record = {
            "messageId": "1",
            "receiptHandle": "r",
            "body": json.dumps(event),
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
        }
        answer = app.handler_map["events_worker"]({"Records": [record]}, None)
        assert answer == {"batchItemFailures": []}


def query(**parameters: Any) -> str:
    """Return a query string, without the parameters that are None."""
    return urlencode({name: value for name, value in parameters.items() if value is not None})


outbox = partial(published, "policies")


def stored_items(prefix: str = "") -> list[dict[str, Any]]:
    """Return the items of the table whose sort keys begin with `prefix`."""
    return [item for item in streams.items("policies") if item["sk"]["S"].startswith(prefix)]
