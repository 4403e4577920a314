"""From a search to a booking, in a real browser: no account is needed until the last step."""

import hashlib
import json
import re
from typing import Any
from urllib.parse import unquote

import requests

from tests.functional.files import samples
from tests.support.api import TIMEOUT_SECONDS, Api, Inbox, eventually, new_email
from tests.support.browser import ORIGIN
from tests.support.stack import RunningStack
from tests.support.web import Person, Studio, expect_count, fits, new_person, see, signed_in

AGE = {"type": "age", "minimumAge": 18, "guardianConsentFrom": 16}


def test_a_visitor_finds_an_artist_and_signs_in_at_the_last_step(
    studio: Studio, inbox: Inbox, opened: Any
) -> None:
    picture = published_work(studio.artist.api)
    page = opened(width=390, time_zone="America/New_York").new_page()
    complaints = listen(page)
    page.goto("/")
    page.get_by_label("Style, name, idea").fill(studio.style)
    page.get_by_role("button", name="Search").click()
    page.wait_for_url(f"**/?text={studio.style}")
    card = page.get_by_role("link", name=re.compile(studio.name))
    card.locator(f"img[src*={picture}]").wait_for()
    fits(page)
    card.click()
    page.get_by_role("heading", name="What you agree on").wait_for()
    page.get_by_role("button", name="Open Fern, upper arm").first.click()
    lightbox = page.get_by_role("dialog")
    lightbox.get_by_role("img", name="Fern, upper arm").wait_for()
    fits(page)
    page.keyboard.press("Escape")
    expect_count(lightbox, 0)
    page.get_by_role("link", name="Book Small fern").click()

    page.get_by_role("button", name="Next month").click()
    page.locator(".month-day:not(:disabled)").nth(2).click()
    times = page.locator(".time")
    mine, theirs = times.first.locator("strong"), times.first.locator("small")
    assert mine.inner_text() != theirs.inner_text()  # New York's clock, and Rome's
    fits(page)
    times.first.click()
    see(page.locator(".starts"), "in Rome")
    see(page.locator(".agreed"), "Free of charge until")
    page.get_by_label("Anything to know beforehand?").fill("My first one.")
    fits(page)
    page.get_by_role("button", name="Continue").click()

    email = new_email()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Your name").fill("Cleo Marsh")
    page.get_by_role("button", name="Send a code").click()
    page.get_by_label("Code", exact=True).fill(inbox.code_for(email))
    page.get_by_role("button", name="Sign in").click()
    see(page.locator(".hold-state"), "Held for you")
    fits(page)
    page.get_by_role("button", name="Book for €120").click()
    page.get_by_role("heading", name="It is booked").wait_for()
    page.reload()
    page.get_by_role("heading", name="It is booked").wait_for()
    fits(page)
    assert complaints == []
    booked = studio.artist.api.get("/v1/appointments?role=artist").json()["items"]
    [made] = [each for each in booked if each["notes"] == "My first one."]
    appointment = page.get_by_role("link", name="See the appointment")
    assert appointment.get_attribute("href") == f"/appointments/{made['id']}"
    page.get_by_role("button", name="Write to").click()
    page.get_by_role("link", name="Appointment confirmed").wait_for()
    see(page.locator(".event-card"), "Small fern")


def test_all_sittings_are_booked_together_though_a_time_is_lost(
    stack: RunningStack, studio: Studio, client: Person, opened: Any
) -> None:
    api = studio.artist.api
    service = create_service(api, "Fern in three", sittings=3, mode="request")
    publish(api, service["id"], AGE)
    code = issue_voucher(api)
    page = opened(width=1280).new_page()
    page.goto(f"/artists/{studio.artist.id}/book/{service['id']}")
    page.get_by_text("Sitting 1 of 3").wait_for()
    page.get_by_role("button", name="Next month").click()
    page.locator(".month-day:not(:disabled)").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.locator(".time").first.click()
    page.get_by_text("Sitting 2 of 3").wait_for()
    page.get_by_label("A sitting every").select_option("two weeks")
    page.get_by_role("button", name="Find dates").click()
    page.get_by_role("heading", name="Check and book").wait_for()
    expect_count(page.locator(".starts li"), 3)
    starts = re.findall(r"at=([^&]+)", unquote(page.url))

    other = new_person(stack, "client")
    hold = {"serviceId": service["id"], "startsAt": starts[1]}
    assert other.api.post("/v1/appointments/holds", hold).status_code == 201
    page.get_by_role("button", name="Continue").click()
    see(page.get_by_role("alert"), "Say how old you are")
    page.get_by_label("I am 18 or older").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Other ways to sign in").click()
    page.get_by_role("button", name="Sign in with a password").click()
    page.get_by_label("Email").fill(client.email)
    page.get_by_label("Password").fill(client.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="This time was just taken").wait_for()
    page.locator(".near-times button").first.click()

    see(page.locator(".hold-state"), "Held for you")
    page.get_by_text("I have a voucher").click()
    page.get_by_label("Voucher code").fill("NOTACODE")
    page.get_by_role("button", name="Apply").click()
    see(page.locator(".voucher .failure"), re.compile("."))
    page.get_by_label("Voucher code").fill(code)
    page.get_by_role("button", name="Apply").click()
    see(page.locator(".prices"), "€270")
    page.get_by_role("button", name="Request this time").click()
    page.get_by_role("heading", name="Request sent").wait_for()
    mine = client.api.get("/v1/appointments").json()["items"]
    assert [each["status"] for each in mine] == ["pending"] * 3
    assert mine[0]["total"]["amount"] == 27000
    assert starts[1] not in [each["startsAt"] for each in mine]


def test_a_client_follows_likes_reports_and_waits(
    studio: Studio, client: Person, opened: Any
) -> None:
    api = studio.artist.api
    published_work(api)
    service = create_service(api, "Fern to wait for")
    page = signed_in(opened(width=390), client, "/appointments")
    complaints = listen(page)
    page.goto(f"/artists/{studio.artist.id}")
    page.get_by_role("button", name="Follow").click()
    page.get_by_role("button", name="Following").wait_for()
    page.get_by_role("button", name="Open Fern, upper arm").first.click()
    page.get_by_role("button", name="Like").click()
    see(page.get_by_role("button", name="Liked"), "1 like")
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Report").click()
    page.get_by_label("What is wrong?").select_option("Advertising or spam")
    page.get_by_role("button", name="Send").click()
    see(page.locator(".toast"), "Thank you.")
    follow = client.api.get(f"/v1/profiles/users/{studio.artist.id}/follow").json()
    assert follow["following"]

    page.goto(f"/artists/{studio.artist.id}/book/{service['id']}")
    page.get_by_text("Nothing fits?").click()
    page.get_by_role("button", name="Put me on the list").click()
    page.get_by_role("heading", name="You are on the waitlist").wait_for()
    fits(page)
    assert complaints == []
    [entry] = client.api.get("/v1/appointments/waitlist").json()["items"]
    assert (entry["serviceId"], entry["status"]) == (service["id"], "waiting")


def test_a_share_page_leads_to_the_times_of_its_service(
    stack: RunningStack, studio: Studio, opened: Any
) -> None:
    handle = f"felce-{studio.artist.id[-8:].lower()}"
    shared = f"{stack.api_url}/v1/profiles/artists/{handle}/share"
    eventually(
        lambda: "Small fern" in requests.get(shared, timeout=TIMEOUT_SECONDS).text, "the service"
    )
    page = opened(width=360).new_page()
    complaints = listen(page)
    page.goto(shared)
    assert json.loads(page.locator("script").inner_text())["name"] == studio.name
    assert page.locator("main").evaluate("(main) => getComputedStyle(main).maxWidth") == "560px"
    fits(page)
    page.get_by_role("link", name="Book Small fern").click()
    page.wait_for_url(f"{ORIGIN}/artists/{handle}?service=*")
    link = page.url
    see(page.locator("li[aria-current=true]"), "Small fern")
    see(page.locator(".chosen-service"), "Small fern")
    fits(page)
    page.get_by_role("link", name="Book now").click()
    page.get_by_role("heading", name="Small fern").wait_for()
    page.locator(".time").first.wait_for()
    page.goto(link[:-1] + "X")
    page.get_by_text("The service of this link is no longer offered.").wait_for()
    fits(page)
    assert complaints == []


# ---- what the tests say for short --------------------------------------------------------------


def listen(page: Any) -> list[str]:
    """Return the list that the errors of a page's console are added to."""
    complaints: list[str] = []

    def note(message: Any) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def create_service(api: Api, name: str, **changes: Any) -> dict[str, Any]:
    """Return a new service of an artist."""
    body = {"name": name, "durationMinutes": 60, "price": {"amount": 10000, "currency": "EUR"}}
    made = api.post("/v1/appointments/services", body | changes)
    assert made.status_code == 201, made.text
    return dict(made.json())


def publish(api: Api, service_id: str, rules: dict[str, Any]) -> None:
    """Publish a policy of an artist for one service."""
    path = f"/v1/policies/drafts/{rules['type']}"
    draft = {"text": "As it says.", "rules": rules, "serviceId": service_id}
    saved = api.call("PUT", path, draft)
    assert saved.status_code == 200, saved.text
    named = {"version": saved.json()["version"], "serviceId": service_id}
    published = api.post(f"{path}/publish", named)
    assert published.ok, published.text


def issue_voucher(api: Api) -> str:
    """Return the code of a voucher that takes a tenth off."""
    template = {
        "name": "Spring",
        "value": {"type": "percent", "percent": 10},
        "validityDays": 30,
    }
    made = api.post("/v1/profiles/voucher-templates", template)
    assert made.status_code == 201, made.text
    issued = api.post("/v1/profiles/vouchers", {"templateId": made.json()["id"]})
    assert issued.status_code == 201, issued.text
    return str(issued.json()["code"])


def published_work(api: Api) -> str:
    """Return the id of the picture of a work in an artist's portfolio."""
    content = samples.image()
    claim = {
        "name": "fern.jpg",
        "size": len(content),
        "contentType": "image/jpeg",
        "sha256": hashlib.sha256(content).hexdigest(),
        "purpose": "portfolio",
    }
    made = api.post("/v1/files", claim).json()
    form = made["upload"]
    sent = requests.post(
        form["url"], data=form["fields"], files={"file": content}, timeout=TIMEOUT_SECONDS
    )
    assert sent.ok, sent.text
    path = f"/v1/files/{made['id']}"
    eventually(lambda: api.get(path).json()["status"] == "clean", "the inspection")
    work = {"fileIds": [made["id"]], "caption": "Fern, upper arm"}
    added = api.post("/v1/profiles/me/portfolio", work)
    assert added.status_code == 201, added.text
    public = f"{api.base_url}/v1/files/public/{made['id']}/picture"
    eventually(
        lambda: requests.get(public, timeout=TIMEOUT_SECONDS).ok, "the picture that all may see"
    )
    return str(made["id"])
