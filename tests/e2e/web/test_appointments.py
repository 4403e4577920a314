"""An appointment in a real browser: its page, its deposit, moving and cancelling it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.functional.files import samples
from tests.support.api import Api, eventually
from tests.support.web import Person, Studio, see, signed_in

BANK = {"accountName": "Studio Felce", "iban": "DE89370400440532013000", "reference": "Fern"}


@pytest.fixture(scope="module")
def service(studio: Studio) -> dict[str, Any]:
    """Return a service with a deposit, and cancelling it costs a part of the price."""
    api = studio.artist.api
    assert api.call("PUT", "/v1/appointments/bank-details", BANK).status_code == 200
    draft = {
        "text": "Cancelling within two weeks costs a quarter.",
        "rules": {
            "type": "cancellation",
            "tiers": [{"hoursBefore": 336, "fee": {"type": "percent", "percent": 25}}],
        },
    }
    saved = api.call("PUT", "/v1/policies/drafts/cancellation", draft)
    assert saved.status_code == 200, saved.text
    published = api.post(
        "/v1/policies/drafts/cancellation/publish", {"version": saved.json()["version"]}
    )
    assert published.status_code in (200, 201), published.text
    wanted = {
        "name": "Large fern",
        "durationMinutes": 120,
        "location": "Via dei Fiori 1, Rome",
        "price": {"amount": 40000, "currency": "EUR"},
        "deposit": {"type": "fixed", "amount": 10000},
    }
    made = api.post("/v1/appointments/services", wanted)
    assert made.status_code == 201, made.text
    return dict(made.json())


def book(client: Api, service: dict[str, Any], days: int) -> dict[str, Any]:
    """Book the first free time after so many days."""
    start = datetime.now(UTC) + timedelta(days=days)
    path = (
        f"/v1/appointments/slots?artistId={service['artistId']}&serviceId={service['id']}"
        f"&from={start:%Y-%m-%dT%H:%M:%SZ}"
    )
    slot = client.get(path).json()["items"][0]
    body = {"serviceId": service["id"], "startsAt": slot["startsAt"]}
    held = client.post("/v1/appointments/holds", body)
    assert held.status_code == 201, held.text
    made = client.post("/v1/appointments", {"holdId": held.json()["id"]})
    assert made.status_code == 201, made.text
    return dict(made.json())


def read(person: Person, appointment: dict[str, Any]) -> dict[str, Any]:
    return dict(person.api.get(f"/v1/appointments/{appointment['id']}").json())


def test_a_deposit_is_paid_reported_and_confirmed(
    studio: Studio, service: dict[str, Any], client: Person, opened: Any
) -> None:
    appointment = book(client.api, service, days=20)
    path = f"/appointments/{appointment['id']}"
    page = signed_in(opened(width=390), client, path)
    see(page.locator("h1"), "Large fern")
    see(page.locator(".visit-who"), studio.artist.name)
    see(page.locator(".descriptions dd"), "Via dei Fiori 1, Rome")
    see(page.locator(".bank dd"), "DE89370400440532013000")
    proof = {"name": "transfer.png", "mimeType": "image/png", "buffer": samples.image("PNG")}
    page.locator("input[type=file]").set_input_files([proof])
    see(page.locator(".chosen-files"), "Ready")
    page.get_by_role("button", name="Report the payment").click()
    see(page.locator("#deposit"), "reported as paid")
    (*_, entry) = read(client, appointment)["deposit"]["entries"]
    assert (entry["note"], len(entry["files"])) == ("Fern", 1)

    desk = signed_in(opened(), studio.artist, path)
    desk.get_by_text("History").click()
    assert desk.locator(".file-links img").first.get_attribute("alt")
    desk.get_by_role("button", name="The deposit arrived").click()
    see(desk.locator("#deposit"), "arrived")
    assert read(studio.artist, appointment)["deposit"]["state"] == "confirmed"


def test_moving_and_cancelling_say_what_they_cost(
    studio: Studio, service: dict[str, Any], client: Person, opened: Any
) -> None:
    appointment = book(client.api, service, days=3)
    page = signed_in(opened(width=390), client, f"/appointments/{appointment['id']}")
    page.get_by_role("link", name="Move").click()
    page.locator(".day-slots .time").last.click()
    see(page.locator(".panel"), "What it costs")
    page.get_by_role("button", name="Move it").click()
    page.wait_for_url(f"**/appointments/{appointment['id']}")
    moved = eventually(
        lambda: (now := read(client, appointment))["startsAt"] != appointment["startsAt"] and now,
        "the move",
    )
    assert moved["status"] in ("confirmed", "pending")

    soon = book(client.api, service, days=3)
    paid = studio.artist.api.post(f"/v1/appointments/{soon['id']}/deposit/confirm", {})
    assert paid.json()["status"] == "confirmed"
    page.goto(f"/appointments/{soon['id']}")
    page.get_by_role("button", name="Cancel", exact=True).click()
    dialog = page.get_by_role("dialog")
    see(dialog.locator(".cost"), re.compile("100"))
    dialog.get_by_label("Reason").fill("I have a cold.")
    dialog.get_by_role("button", name="Cancel the appointment").click()
    see(page.locator(".status"), "Cancelled")
    cancelled = read(client, soon)
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "I have a cold.")
    assert [charge["fee"] for charge in cancelled["charges"]] == [10000]


def test_an_appointment_is_saved_to_a_calendar(
    service: dict[str, Any], client: Person, opened: Any
) -> None:
    appointment = book(client.api, service, days=6)
    page = signed_in(opened(), client, "/appointments")
    page.get_by_role("link", name="Large fern").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Add to calendar").click()
    text = saved.value.path().read_text()
    assert text.startswith("BEGIN:VCALENDAR")
    assert appointment["id"] in text
