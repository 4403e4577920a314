"""A project in a real browser: asked for, proposed, signed and accepted."""

from typing import Any

import pytest

from tests.functional.files import samples
from tests.support.api import eventually
from tests.support.web import Person, Studio, see, signed_in


@pytest.fixture(scope="module", autouse=True)
def intake(studio: Studio) -> None:
    """Let the artist ask a question of their own, and have a policy that is signed."""
    api = studio.artist.api
    questions = [
        {"key": "tattooed", "type": "yes_no", "label": "Your first one?", "required": True},
        {
            "key": "scars",
            "type": "text",
            "label": "Any scars there?",
            "shownIf": {"question": "tattooed", "oneOf": [False]},
        },
    ]
    asked = api.call("PUT", "/v1/consultations/intake", {"questions": questions})
    assert asked.status_code == 200, asked.text
    rules = {"type": "design", "includedRevisions": 2}
    draft = {"text": "Two changes of the design are part of the price.", "rules": rules}
    saved = api.call("PUT", "/v1/policies/drafts/design", draft)
    assert saved.status_code == 200, saved.text
    version = {"version": saved.json()["version"]}
    assert api.post("/v1/policies/drafts/design/publish", version).ok


def test_from_an_idea_to_signed_dates(studio: Studio, client: Person, opened: Any) -> None:
    handle = f"felce-{studio.artist.id[-8:].lower()}"
    page = opened(width=390).new_page()
    page.goto(f"/artists/{handle}/ask")
    page.get_by_label("In a few words").fill("Fern on the forearm")
    page.get_by_label("Your idea").fill("A fern, from the wrist to the elbow.")
    page.get_by_label("Your first one?").select_option("Yes")
    assert page.get_by_label("Any scars there?").is_hidden()
    page.get_by_label("Your first one?").select_option("No")
    page.get_by_label("Any scars there?").fill("None")
    page.get_by_role("button", name="Sign in and send").click()
    page.get_by_label("Email").fill(client.email)
    page.get_by_label("Password").fill(client.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/artists/{handle}/ask")
    assert page.get_by_label("In a few words").input_value() == "Fern on the forearm"
    page.get_by_label("Your first one?").select_option("No")
    page.get_by_label("Any scars there?").fill("None")
    picture = {"name": "fern.jpg", "mimeType": "image/jpeg", "buffer": samples.image()}
    page.locator("input[type=file]").set_input_files([picture])
    see(page.locator(".chosen-files"), "Ready")
    page.get_by_label("Budget").fill("300")
    page.get_by_role("button", name="Send the request").click()
    page.wait_for_url("**/consultations/*")
    see(page.locator("h1"), "Fern on the forearm")
    consultation_id = page.url.rpartition("/")[2]
    stored = client.api.get(f"/v1/consultations/{consultation_id}").json()["request"]
    assert [item["answer"] for item in stored["intake"]["items"]] == [False, "None"]
    assert (len(stored["files"]), stored["budget"]["maximum"]) == (1, 30000)

    desk = signed_in(opened(), studio.artist, f"/consultations/{consultation_id}")
    see(desk.locator(".descriptions dd"), "€300")
    desk.locator(".file-links img").first.wait_for()
    desk.get_by_role("link", name="Make a proposal").click()
    desk.get_by_label("Price of a sitting").fill("250,50")
    desk.get_by_label("Sittings").fill("2")
    desk.get_by_label("Distance").select_option("every week")
    desk.get_by_role("button", name="Find free dates").click()
    desk.locator(".sitting").nth(1).wait_for()
    desk.get_by_label("Message to the client").fill("Two afternoons.")
    desk.get_by_role("button", name="Send the proposal").click()
    desk.wait_for_url("**/proposals/*")
    proposal_id = desk.url.rpartition("/")[2]

    page.goto(f"/proposals/{proposal_id}")
    see(page.locator("p"), "Two afternoons.")
    see(page.locator(".descriptions dd"), "€501")
    see(page.locator("li"), "2 changes of the design are included.")
    page.get_by_label("Sign with your name").fill("Robin Ruiz")
    page.get_by_role("button", name="Accept").click()
    page.wait_for_url("**/appointments/*")
    see(page.locator(".visit-who"), studio.artist.name)
    accepted = client.api.get(f"/v1/appointments/proposals/{proposal_id}").json()
    assert (accepted["status"], len(accepted["appointmentIds"])) == ("accepted", 2)
    signatures = client.api.get("/v1/policies/acceptances").json()["items"]
    assert {each["signatory"]["signature"] for each in signatures} == {"Robin Ruiz"}
    booked = f"/v1/consultations/{consultation_id}"
    eventually(lambda: client.api.get(booked).json()["status"] == "scheduled", "the booking")


def test_an_artist_declines_with_a_reason(studio: Studio, client: Person, opened: Any) -> None:
    answers = {"version": 0, "answers": {"tattooed": True}}
    form = f"/v1/consultations/intake?artistId={studio.artist.id}"
    answers["version"] = client.api.get(form).json()["version"]
    body = {
        "artistId": studio.artist.id,
        "subject": "A whole sleeve",
        "description": "All of it.",
        "intake": answers,
    }
    made = client.api.post("/v1/consultations", body)
    assert made.status_code == 201, made.text
    desk = signed_in(opened(), studio.artist, "/consultations")
    desk.get_by_role("link", name="A whole sleeve").click()
    desk.get_by_role("button", name="Decline").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("I do small ones only.")
    dialog.get_by_role("button", name="Decline").click()
    see(desk.locator(".status"), "Declined")
    page = signed_in(opened(width=390), client, f"/consultations/{made.json()['id']}")
    see(page.locator(".notice"), "I do small ones only.")
