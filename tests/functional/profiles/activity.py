"""Steps of artists and clients, and events of appointments, for the tests of profiles."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from chalice.test import HTTPResponse

from domain.ids import new_id
from profiles.app import app
from tests.functional.profiles.people import ARTIST, CLIENT, People, consume, outbox
from tests.support import moto_items
from tests.support.gateway import ApiClient

HOME = "/v1/profiles"
FILE = "fil_01JD0000000000000000000FFF"
OTHER_FILE = "fil_01JD0000000000000000000GGG"
NO_ITEM = "itm_01JD0000000000000000000AAA_01JD0000000000000000000ZZZ"
STARTS = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # two days before NOON
_versions = itertools.count(1)


def ok(answer: HTTPResponse) -> Any:
    """Return the body of a successful response."""
    assert answer.status_code in (200, 201, 204), answer.body
    return answer.json_body if answer.body else None


def build_query(**parameters: Any) -> str:
    """Build a query string from the parameters that are not None."""
    return urlencode({name: value for name, value in parameters.items() if value is not None})


def list_all(by: ApiClient, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """Return the items of all pages of a list."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = ok(by.get(f"{path}?" + build_query(cursor=cursor, **parameters)))
        items += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            return items


def list_stored(prefix: str) -> list[dict[str, Any]]:
    """Return the stored items whose partition keys have this prefix."""
    return [item for item in moto_items.items("profiles") if item["pk"].startswith(prefix)]


def dump_table() -> str:
    """Return the content of the table, without the outbox and counters of changes."""
    items = [item for item in moto_items.items("profiles") if not item["pk"].startswith("OUTBOX#")]
    return str([{name: item[name] for name in item if name != "like_changes"} for item in items])


# ---- portfolio ---------------------------------------------------------------------------------


def clean(owner_id: str, *file_ids: str, content_type: str = "image/jpeg") -> None:
    """Consume the events that files of a user were found clean."""
    for file_id in file_ids:
        consume(
            "file.cleaned",
            fileId=file_id,
            ownerId=owner_id,
            contentType=content_type,
            recordVersion=2,
        )


def create_item(artist: ApiClient, **fields: Any) -> str:
    """Add a portfolio item, with a clean file of the artist; return its id."""
    assert artist.authorizer is not None
    clean(artist.authorizer["userId"], fields.get("fileId", FILE))
    item_id: str = ok(artist.post(f"{HOME}/me/portfolio", json={"fileId": FILE, **fields}))["id"]
    return item_id


def list_portfolio(people: People, artist_id: str = ARTIST, **parameters: Any) -> list[Any]:
    """Return an artist's public portfolio."""
    return list_all(people.nobody, f"{HOME}/artists/{artist_id}/portfolio", **parameters)


def get_likes(people: People, item_id: str) -> int:
    """Return the public number of likes of a portfolio item."""
    (item,) = [item for item in list_portfolio(people) if item["id"] == item_id]
    likes: int = item["likes"]
    return likes


def consume_own_events() -> None:
    """Consume the events that profiles published and consumes itself."""
    for event in outbox():
        if event.type in app.consumed["profiles-events"]:
            consume(event.type, event.time, **event.data)


# ---- appointments ------------------------------------------------------------------------------


def build_appointment(appointment_id: str | None = None, **fields: Any) -> dict[str, Any]:
    """Build the data of an appointment event: completed, for 180 EUR."""
    starts_at = fields.pop("startsAt", STARTS)
    return {
        "appointmentId": appointment_id or new_id("apt"),
        "artistId": ARTIST,
        "clientId": CLIENT,
        "serviceId": "svc_1",
        "serviceName": "Tattoo",
        "location": "",
        "startsAt": starts_at.isoformat(),
        "endsAt": (starts_at + timedelta(hours=2)).isoformat(),
        "timeZone": "Europe/Berlin",
        "status": "completed",
        "price": {"amount": 18_000, "currency": "EUR"},
        "by": "artist",
        "proposalId": None,
        "sequence": 0,
        "recordVersion": next(_versions),
        **fields,
    }


def complete_visit(**fields: Any) -> str:
    """Consume the event of a completed appointment; return its id."""
    data = build_appointment(**fields)
    consume("appointment.completed", **data)
    appointment_id: str = data["appointmentId"]
    return appointment_id


def confirm_visit(**fields: Any) -> str:
    """Consume the event of a confirmed appointment; return its id."""
    data = build_appointment(status="confirmed", **fields)
    consume("appointment.confirmed", **data)
    appointment_id: str = data["appointmentId"]
    return appointment_id


# ---- reviews and vouchers ----------------------------------------------------------------------


def create_review(
    by: ApiClient, rating: int = 5, text: str = "Lovely.", **visit: Any
) -> dict[str, Any]:
    """Complete a visit and review it."""
    body = {"appointmentId": complete_visit(**visit), "rating": rating, "text": text}
    review: dict[str, Any] = ok(by.post(f"{HOME}/reviews", json=body))
    return review


def create_template(artist: ApiClient, **fields: Any) -> str:
    """Create a voucher template of 50 EUR, valid for 30 days; return its id."""
    body = {
        "name": "Gift",
        "value": {"type": "fixed", "amount": 5000, "currency": "EUR"},
        "validityDays": 30,
        **fields,
    }
    template_id: str = ok(artist.post(f"{HOME}/voucher-templates", json=body))["id"]
    return template_id


def issue_voucher(artist: ApiClient, **fields: Any) -> dict[str, Any]:
    """Issue a voucher."""
    body = {"templateId": fields.pop("templateId", None) or create_template(artist), **fields}
    voucher: dict[str, Any] = ok(artist.post(f"{HOME}/vouchers", json=body))
    return voucher
