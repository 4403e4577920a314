"""Journey of a booking through the gateway, the functions, the events and email."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.support.api import Api, Inbox, eventually
from tests.support.stack import RunningStack

ZONE = "Europe/Rome"


@dataclass(frozen=True)
class Person:
    """A user who is signed in."""

    api: Api
    id: str
    email: str


def new_person(stack: RunningStack, role: str) -> Person:
    created = stack.new_person(role)
    api = Api(stack.api_url, stack.api_keys["web"])
    return Person(
        api.signed_in(created["email"], created["password"]), created["id"], created["email"]
    )


@pytest.fixture(scope="module")
def artist(stack: RunningStack) -> Person:
    """Return an artist who can be booked all day."""
    person = new_person(stack, "artist")
    all_day = [{"start": "00:00", "end": "24:00"}]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    availability = {"timeZone": ZONE, "weekly": dict.fromkeys(days, all_day)}
    answer = person.api.call("PUT", "/v1/appointments/availability", availability)
    assert answer.status_code == 200, answer.text
    return person


@pytest.fixture
def client(stack: RunningStack) -> Person:
    return new_person(stack, "client")


def new_service(artist: Person, **fields: object) -> str:
    described = {
        "name": "Small rose",
        "durationMinutes": 60,
        "price": {"amount": 12000, "currency": "EUR"},
        **fields,
    }
    answer = artist.api.post("/v1/appointments/services", described)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def free_starts(reader: Api, artist: Person, service_id: str, days_ahead: int) -> list[str]:
    day = (datetime.now(UTC) + timedelta(days=days_ahead)).date()
    answer = reader.get(
        f"/v1/appointments/slots?artistId={artist.id}&serviceId={service_id}"
        f"&from={day}&to={day}&timeZone={ZONE}"
    )
    assert answer.status_code == 200, answer.text
    return [slot["startsAt"] for slot in answer.json()["items"]]


def contact(client: Person, artist: Person) -> None:
    """Let the client contact the artist, who can work with them soon after."""
    body = {"artistId": artist.id}
    eventually(
        lambda: client.api.post("/v1/messages/conversations", body).ok, "the conversation"
    )  # messaging has to know both


def until_related(act: Callable[[], requests.Response]) -> requests.Response:
    """Return the response of the artist's act, once appointments knows of the relation."""

    def attempt() -> requests.Response | None:
        answer = act()
        return None if answer.status_code == 403 else answer

    return eventually(attempt, "the relation of artist and client")


def test_a_slot_is_held_booked_rescheduled_and_cancelled_and_both_sides_are_notified(
    artist: Person, client: Person, inbox: Inbox
) -> None:
    service_id = new_service(artist)
    first, *_, last = free_starts(client.api, artist, service_id, 10)
    held = client.api.post(
        "/v1/appointments/holds", {"serviceId": service_id, "startsAt": first}
    ).json()
    assert first not in free_starts(client.api, artist, service_id, 10)
    booked = client.api.post("/v1/appointments", {"holdId": held["id"], "notes": "Left arm."})
    assert booked.status_code == 201, booked.text
    appointment = booked.json()
    assert (appointment["status"], appointment["price"]["amount"]) == ("confirmed", 12000)
    subject = 'Confirmed: the artist\'s "Small rose"'
    inbox.wait_for("email", client.email, lambda mail: subject in mail["subject"])
    inbox.wait_for("email", artist.email, lambda mail: "Small rose" in mail["subject"])

    path = f"/v1/appointments/{appointment['id']}"
    moved = client.api.post(f"{path}/reschedule", {"startsAt": last})
    assert moved.status_code == 200, moved.text
    assert first in free_starts(client.api, artist, service_id, 10)
    cancelled = artist.api.post(f"{path}/cancel", {"reason": "I am ill, sorry."})
    assert cancelled.status_code == 200, cancelled.text
    inbox.wait_for("email", client.email, lambda mail: "I am ill, sorry." in mail["text"])
    assert artist.api.get(path).json()["status"] == "cancelled"


def test_a_late_cancellation_costs_what_the_preview_showed(artist: Person, client: Person) -> None:
    service_id = new_service(artist, minimumNoticeMinutes=0)
    start = free_starts(client.api, artist, service_id, 1)[0]
    booked = client.api.post("/v1/appointments", {"serviceId": service_id, "startsAt": start})
    path = f"/v1/appointments/{booked.json()['id']}/cancel"
    assert client.api.post(path).json()["code"] == "preview_required"
    preview = client.api.post(f"{path}?preview=true").json()
    assert preview["due"] == {"amount": 6000, "currency": "EUR"}
    cancelled = client.api.post(path, {"version": preview["version"]})
    assert cancelled.status_code == 200, cancelled.text
    assert [charge["due"] for charge in cancelled.json()["charges"]] == [6000]


def test_a_published_policy_binds_the_bookings_after_it(artist: Person, client: Person) -> None:
    service_id = new_service(artist)
    draft = {
        "text": "Cancelling within 30 days costs a quarter.",
        "rules": {
            "type": "cancellation",
            "tiers": [{"hoursBefore": 720, "fee": {"type": "percent", "percent": 25}}],
        },
        "serviceId": service_id,
    }
    saved = artist.api.call("PUT", "/v1/policies/drafts/cancellation", draft)
    assert saved.status_code == 200, saved.text
    published = artist.api.post(
        "/v1/policies/drafts/cancellation/publish",
        {"serviceId": service_id, "version": saved.json()["version"]},
    )
    assert published.status_code == 201, published.text
    version_id = published.json()["versionId"]

    def book_under_policy() -> str | None:
        start = free_starts(client.api, artist, service_id, 12)[0]
        booked = client.api.post("/v1/appointments", {"serviceId": service_id, "startsAt": start})
        bound = [policy["versionId"] for policy in booked.json()["policies"]]
        return str(booked.json()["id"]) if version_id in bound else None

    appointment = eventually(book_under_policy, "a booking bound to the published policy")
    preview = client.api.post(f"/v1/appointments/{appointment}/cancel?preview=true").json()
    assert (preview["fee"]["amount"], preview["clause"]["versionId"]) == (3000, version_id)


def test_a_proposal_books_all_its_sittings_and_asks_for_the_deposit(
    artist: Person, client: Person, inbox: Inbox
) -> None:
    service_id = new_service(
        artist, name="Sleeve", sittings=3, deposit={"type": "percent", "percent": 20}
    )
    starts_on = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    wanted = {
        "serviceId": service_id,
        "clientId": client.id,
        "frequency": "weekly",
        "startsOn": starts_on,
    }
    refused = artist.api.post("/v1/appointments/plans", wanted)
    assert (refused.status_code, refused.json()["code"]) == (403, "no_relation")
    contact(client, artist)
    planned = until_related(lambda: artist.api.post("/v1/appointments/plans", wanted))
    assert planned.status_code == 200, planned.text
    starts = [sitting["startsAt"] for sitting in planned.json()["sittings"]]
    sent = artist.api.post(
        "/v1/appointments/proposals",
        {"serviceId": service_id, "clientId": client.id, "startsAt": starts},
    )
    assert sent.status_code == 201, sent.text
    inbox.wait_for("email", client.email, lambda mail: "Sleeve" in mail["subject"])
    path = f"/v1/appointments/proposals/{sent.json()['id']}"
    accepted = client.api.post(f"{path}/accept")
    assert accepted.status_code == 200, accepted.text
    first, *others = accepted.json()["appointmentIds"]
    assert len(others) == 2
    deposit = client.api.get(f"/v1/appointments/{first}").json()["deposit"]
    assert (deposit["state"], deposit["amount"]) == ("requested", 7200)
    paid = client.api.post(f"/v1/appointments/{first}/deposit/proof", {"reference": "TX 1"})
    assert paid.status_code == 200, paid.text
    confirmed = artist.api.post(f"/v1/appointments/{first}/deposit/confirm")
    assert confirmed.json()["deposit"]["held"] == 7200


def test_a_freed_slot_is_offered_to_the_waitlist(
    artist: Person, client: Person, stack: RunningStack
) -> None:
    service_id = new_service(artist, dailyLimit=1)
    start = free_starts(client.api, artist, service_id, 15)[8]
    day = (datetime.now(UTC) + timedelta(days=15)).date()
    booked = client.api.post("/v1/appointments", {"serviceId": service_id, "startsAt": start})
    waiting = new_person(stack, "client")
    dates = {"firstDate": f"{day - timedelta(days=1)}", "lastDate": f"{day + timedelta(days=1)}"}
    joined = waiting.api.post("/v1/appointments/waitlist", {"serviceId": service_id, **dates})
    assert joined.status_code == 201, joined.text
    client.api.post(f"/v1/appointments/{booked.json()['id']}/cancel")

    def find_offer() -> str | None:
        (wait,) = waiting.api.get("/v1/appointments/waitlist").json()["items"]
        return str(wait["offer"]["holdId"]) if wait["status"] == "offered" else None

    hold_id = eventually(find_offer, "an offer")
    taken = waiting.api.post("/v1/appointments", {"holdId": hold_id})
    assert taken.status_code == 201, taken.text


def test_a_calendar_application_reads_the_feed_until_it_is_revoked(
    artist: Person, client: Person
) -> None:
    service_id = new_service(artist, name="Feather")
    start = free_starts(client.api, artist, service_id, 8)[0]
    client.api.post("/v1/appointments", {"serviceId": service_id, "startsAt": start})
    feed = client.api.post("/v1/appointments/calendar").json()
    url = client.api.base_url + feed["path"]

    def is_listed() -> bool:
        answer = requests.get(url, timeout=30)
        assert answer.headers["content-type"].startswith("text/calendar")
        return 'SUMMARY:"Feather"' in answer.text

    eventually(is_listed, "the booking in the feed")
    assert client.api.call("DELETE", "/v1/appointments/calendar").status_code == 204
    assert requests.get(url, timeout=30).status_code == 404


def test_a_calendar_on_a_private_address_is_refused(artist: Person) -> None:
    for url in ("http://127.0.0.1:4566/", "http://169.254.169.254/latest/meta-data/"):
        answer = artist.api.post("/v1/appointments/external-calendars", {"name": "X", "url": url})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == "body.url"


def test_a_voucher_is_redeemed_with_a_booking_and_comes_back(
    artist: Person, client: Person
) -> None:
    service_id = new_service(artist, sittings=2)
    value = {"type": "percent", "percent": 25}
    template = artist.api.post(
        "/v1/profiles/voucher-templates", {"name": "Gift", "value": value}
    ).json()
    voucher = artist.api.post("/v1/profiles/vouchers", {"templateId": template["id"]}).json()
    starts = free_starts(client.api, artist, service_id, 12)
    sittings = [{"startsAt": starts[0]}, {"startsAt": starts[-1]}]
    body = {"serviceId": service_id, "sittings": sittings, "voucherCode": voucher["code"]}

    def preview() -> dict[str, Any] | None:
        answer = client.api.post("/v1/appointments/previews", body)
        return dict(answer.json()) if answer.status_code == 200 else None

    shown = eventually(preview, "the copy of the voucher")
    assert (shown["listPrice"]["amount"], shown["total"]["amount"]) == (24000, 18000)
    booked = client.api.post("/v1/appointments", body)
    assert (booked.status_code, booked.json()["total"]) == (201, shown["total"])

    def has_status(status: str) -> bool:
        path = f"/v1/profiles/vouchers/{voucher['id']}"
        return bool(artist.api.get(path).json()["status"] == status)

    eventually(lambda: has_status("redeemed"), "the redemption")
    ended = client.api.post(f"/v1/appointments/{booked.json()['id']}/cancel")
    assert ended.status_code == 200, ended.text
    eventually(lambda: has_status("issued"), "the return of the voucher")
    answer = artist.api.post("/v1/profiles/vouchers/redeem", {"code": voucher["code"]})
    assert answer.json()["status"] == "redeeming"
    eventually(lambda: has_status("redeemed"), "the redemption by hand")
