"""The artist's studio in a real browser: the offer, the week, requests and clients."""

import re
from typing import Any

import pytest

from tests.support.api import Api, eventually
from tests.support.stack import RunningStack
from tests.support.web import Person, new_person, see, signed_in


@pytest.fixture
def artist(stack: RunningStack) -> Person:
    """Return an artist who has just registered, with a handle."""
    person = new_person(stack, "artist")

    def own_page() -> Any:
        answer = person.api.get("/v1/profiles/me/page")
        return answer.json() if answer.ok else None

    version = eventually(own_page, "the page")["version"]
    wanted = {
        "version": version,
        "handle": f"new-{person.id[-8:].lower()}",
        "timeZone": "Europe/Rome",
    }
    assert person.api.call("PATCH", "/v1/profiles/me/page", wanted).ok
    return person


def open_studio(page: Any) -> None:
    """Say hours, a service and what cancelling costs, as an artist does on the first day."""
    page.get_by_label("Time zone").select_option("Europe/Rome")
    page.get_by_role("button", name=re.compile("Add hours on Monday")).click()
    page.get_by_role("button", name="Copy Monday to Friday").click()
    page.get_by_role("button", name=re.compile("Add hours on Saturday")).click()
    page.get_by_role("button", name=re.compile("Add hours on Sunday")).click()
    page.get_by_role("button", name="Save").click()
    see(page.locator(".toast"), "Saved.")
    page.goto("/studio/services")
    page.get_by_role("link", name="Add a service").click()
    page.get_by_label("Name").fill("Linework")
    page.get_by_label("Price of a sitting").fill("179,50")
    page.get_by_label("Clients").select_option("request")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/studio/services")
    see(page.locator("h2"), "Linework")
    page.goto("/studio/policies/cancellation")
    page.get_by_label("Step 1: later than so many hours before").fill("48")
    page.get_by_label("Step 1: fee").fill("50 %")
    page.get_by_label("In your words").fill("Later than two days before costs half the price.")
    see(page.locator(".panel p"), re.compile("89.75"))
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url("**/studio/policies")


def request(client: Person, artist: Person) -> dict[str, Any]:
    """Let a client ask for the first free time; return the appointment."""
    services = client.api.get(f"/v1/appointments/services?artistId={artist.id}").json()["items"]
    (service,) = services
    path = f"/v1/appointments/slots?artistId={artist.id}&serviceId={service['id']}"
    slot = client.api.get(path).json()["items"][0]
    wanted = {"serviceId": service["id"], "startsAt": slot["startsAt"]}
    hold = client.api.post("/v1/appointments/holds", wanted).json()
    made = client.api.post("/v1/appointments", {"holdId": hold["id"], "notes": "A fern."})
    assert made.status_code == 201, made.text
    return dict(made.json())


def test_a_new_artist_opens_the_studio_and_confirms_a_request(
    artist: Person, client: Person, opened: Any
) -> None:
    page = signed_in(opened(), artist, "/studio/hours")
    open_studio(page)
    (policy,) = [
        each
        for each in artist.api.get(f"/v1/policies?artistId={artist.id}&limit=50").json()["items"]
        if each["kind"] == "cancellation"
    ]
    half = {"type": "percent", "percent": 50}
    assert policy["rules"]["tiers"] == [{"hoursBefore": 48, "fee": half}]

    appointment = request(client, artist)
    assert appointment["price"] == {"amount": 17950, "currency": "EUR"}
    page.goto("/studio")
    page.get_by_role("link", name="1 request to answer").click()
    see(page.get_by_role("article"), "A fern.")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "Linework"
    page.get_by_role("button", name="Confirm").click()
    see(page.locator("h2"), "Nothing waits for you")
    path = f"/v1/appointments/{appointment['id']}"
    assert client.api.get(path).json()["status"] == "confirmed"

    local = appointment["local"]
    page.goto(f"/studio/calendar?week={local[:10]}")
    entry = page.locator(".cal-entry").filter(has_text="Linework")
    see(entry, local[11:16])
    page.keyboard.press("ArrowRight")
    entry.wait_for(state="detached")
    page.keyboard.press("ArrowLeft")
    entry.click()
    page.wait_for_url(f"**/appointments/{appointment['id']}")


def test_an_artist_keeps_notes_and_writes_texts(
    artist: Person, client: Person, opened: Any
) -> None:
    eventually(lambda: opened_conversation(client.api, artist), "the conversation")
    page = signed_in(opened(width=390), artist, "/studio/clients")
    eventually(lambda: artist.api.get("/v1/profiles/clients").json()["items"], "the client")
    page.reload()
    page.get_by_role("link", name=re.compile(client.name)).click()
    page.get_by_label("Note").fill("Allergic to red.")
    page.get_by_role("button", name="Add").click()
    see(page.get_by_role("article"), "Allergic to red.")

    page.goto("/studio/quick-actions")
    page.get_by_role("button", name="Add a quick action").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Text on the button").fill("How to get here")
    dialog.get_by_label("Messages").fill("Second door.\n---\nRing twice, {{client.first_name}}.")
    dialog.get_by_role("button", name="Save").click()
    see(page.locator("h2"), "How to get here")
    actions = artist.api.get("/v1/quick-actions").json()["items"]
    (made,) = [each for each in actions if not each["system"]]
    assert made["steps"] == ["Second door.", "Ring twice, {{client.first_name}}."]

    page.goto("/studio/vouchers")
    page.get_by_role("button", name="Add a kind of voucher").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Birthday")
    dialog.get_by_label("Value").fill("20 %")
    dialog.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Issue one").click()
    code = page.get_by_role("dialog").locator("code").inner_text()
    (voucher,) = artist.api.get("/v1/profiles/vouchers?side=issued").json()["items"]
    assert voucher["code"] == code

    page.goto("/studio/templates")
    page.get_by_role("link", name=re.compile("aftercare")).first.click()
    see(page.locator(".panel"), "Preview")
    page.locator("textarea").first.fill("Keep it dry.")
    page.get_by_role("button", name="Use this text").click()
    page.wait_for_url("**/studio/templates")
    owners = {
        each["owner"]
        for each in artist.api.get("/v1/notifications/templates?limit=100").json()["items"]
    }
    assert owners == {"system", artist.id}


def opened_conversation(api: Api, artist: Person) -> bool:
    return api.post("/v1/messages/conversations", {"artistId": artist.id}).ok
