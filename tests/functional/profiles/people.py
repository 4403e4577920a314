"""Users of profiles: API clients, consumed events, and what was published."""

import itertools
import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

from chalice.test import HTTPResponse

from profiles.app import app
from shared.http.caller import Role
from tests.support import streams
from tests.support.gateway import ApiClient, client_for
from tests.support.outbox import published

ARTIST = "usr_01JD0000000000000000000AAA"
OTHER_ARTIST = "usr_01JD0000000000000000000BBB"
CLIENT = "usr_01JD0000000000000000000CCC"
OTHER_CLIENT = "usr_01JD0000000000000000000DDD"
ADMIN = "usr_01JD0000000000000000000EEE"
NAMES = {
    ARTIST: "Mara Voss",
    OTHER_ARTIST: "Ink Ivan",
    CLIENT: "Cleo Client",
    OTHER_CLIENT: "Otto Other",
    ADMIN: "Ada Admin",
}
ROLES = {
    ARTIST: Role.ARTIST,
    OTHER_ARTIST: Role.ARTIST,
    CLIENT: Role.CLIENT,
    OTHER_CLIENT: Role.CLIENT,
    ADMIN: Role.ADMIN,
}
_numbers = itertools.count(1)


class People:
    """API clients of two artists, two clients, an admin and an anonymous visitor."""

    artist: ApiClient = client_for(app).as_user(ARTIST, Role.ARTIST)
    client: ApiClient = client_for(app).as_user(CLIENT)
    other_artist: ApiClient = client_for(app).as_user(OTHER_ARTIST, Role.ARTIST)
    other_client: ApiClient = client_for(app).as_user(OTHER_CLIENT)
    admin: ApiClient = client_for(app).as_user(ADMIN, Role.ADMIN)
    nobody: ApiClient = client_for(app)

    def register(self, *user_ids: str) -> None:
        """Consume `user.verified` for these people, by default all."""
        for user_id in user_ids or NAMES:
            register_user(user_id, NAMES[user_id], ROLES[user_id])


def register_user(user_id: str, name: str, role: Role) -> None:
    """Consume `user.verified` for a user."""
    consume(
        "user.verified",
        userId=user_id,
        name=name,
        role=str(role),
        email="someone@example.com",
    )


def build_event(event_type: str, at: datetime | None = None, **data: Any) -> dict[str, Any]:
    """Build a domain event, with an unknown field in its data."""
    return {
        "id": f"evt_{next(_numbers)}",
        "source": "/artist-booking/elsewhere",
        "type": event_type,
        "subject": "somebody",
        "time": (at or datetime.now(UTC)).isoformat(),
        "data": {**data, "aFieldOfTomorrow": 1},
    }


def consume(event_type: str, at: datetime | None = None, **data: Any) -> None:
    """Consume an event successfully."""
    assert try_consume(build_event(event_type, at, **data))


def try_consume(event: dict[str, Any]) -> bool:
    """Consume an event; return whether that succeeded."""
    record = {
        "messageId": "1",
        "receiptHandle": "r",
        "body": json.dumps(event),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }
    answer: dict[str, Any] = app.handler_map["events_worker"]({"Records": [record]}, None)
    return answer == {"batchItemFailures": []}


everything = partial(streams.items, "profiles")


outbox = partial(published, "profiles")


# ---- pages -------------------------------------------------------------------------------------

OWN_PAGE = "/v1/profiles/me/page"
SERVICE = "svc_01JD0000000000000000000AAA_01JD3200000000000000000001"


def edit_page(artist: ApiClient, **fields: Any) -> HTTPResponse:
    """Change the artist's page in its current version; return the response."""
    version = artist.get(OWN_PAGE).json_body["version"]
    return artist.patch(OWN_PAGE, json={"version": version, **fields})


def update_page(artist: ApiClient, **fields: Any) -> dict[str, Any]:
    """Change the artist's page successfully; return the page as its owner sees it."""
    answer = edit_page(artist, **fields)
    assert answer.status_code == 200, answer.body
    own: dict[str, Any] = answer.json_body
    return own


def service_saved(
    service_id: str = SERVICE,
    amount: int = 18000,
    version: int = 1,
    artist_id: str = ARTIST,
    **described: Any,
) -> dict[str, Any]:
    """Build the event of a saved service."""
    usual = {
        "serviceId": service_id,
        "artistId": artist_id,
        "name": "Fine line tattoo",
        "description": "Small work in fine lines.",
        "durationMinutes": 120,
        "price": {"amount": amount, "currency": "EUR"},
        "sittings": 1,
        "mode": "direct",
        "recordVersion": version,
    }
    return build_event("service.saved", **{**usual, **described})


def service_removed(
    service_id: str = SERVICE, version: int = 2, artist_id: str = ARTIST
) -> dict[str, Any]:
    """Build the event of a removed service."""
    return build_event(
        "service.removed", serviceId=service_id, artistId=artist_id, recordVersion=version
    )


SCHEDULE = "sch_01JD0000000000000000000001"


def schedule_saved(schedule_id: str = SCHEDULE, version: int = 1, **fields: Any) -> dict[str, Any]:
    """Build the event of a saved schedule: a guest spot, which is far ahead."""
    usual = {
        "scheduleId": schedule_id,
        "artistId": ARTIST,
        "name": "Guest spot in Lisbon",
        "location": "Rua da Rosa 12, Lisbon",
        "timeZone": "Europe/Lisbon",
        "firstDate": "2090-03-10",
        "lastDate": "2090-03-12",
        "serviceIds": [],
        "recordVersion": version,
    }
    return build_event("schedule.saved", **{**usual, **fields})


def schedule_removed(schedule_id: str = SCHEDULE, version: int = 2) -> dict[str, Any]:
    """Build the event of a removed schedule."""
    return build_event(
        "schedule.removed", scheduleId=schedule_id, artistId=ARTIST, recordVersion=version
    )


def get_public_page(handle: str = ARTIST) -> dict[str, Any]:
    """Return the public page."""
    answer = People.nobody.get(f"/v1/profiles/artists/{handle}")
    assert answer.status_code == 200, answer.body
    page: dict[str, Any] = answer.json_body
    return page
