"""Account, its settings and the inbox, in a real browser."""

import re
from dataclasses import replace
from typing import Any

from pyotp import TOTP

from tests.support.api import eventually
from tests.support.stack import RunningStack
from tests.support.web import Person, expect_count, new_person, see, sign_in, signed_in


def test_a_person_secures_their_account_and_deletes_it(client: Person, opened: Any) -> None:
    page = signed_in(opened(width=390), client, "/account")
    page.get_by_text("Change picture or name").click()
    page.get_by_label("Your name").fill("Robin Ruiz")
    page.locator("form", has=page.get_by_label("Your name")).get_by_role("button").click()
    see(page.locator(".person"), "Robin Ruiz")
    assert client.api.get("/v1/profiles/me").json()["name"] == "Robin Ruiz"

    page.get_by_role("link", name="Sign-in and security").click()
    page.get_by_role("button", name="Set up an app").click()
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(TOTP(secret).now())
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="I have kept them").wait_for()
    (recovery_code, *others) = page.locator(".codes li").all_inner_texts()
    assert len(others) == 9
    page.get_by_role("button", name="I have kept them").click()
    see(page.locator("p"), "10 recovery codes are left")

    other = opened().new_page()
    sign_in(other, client, "/account/security", recovery_code)
    see(page.locator("h2"), "Devices")
    page.reload()
    page.get_by_role("button", name="Sign out all other devices").click()
    see(page.locator(".toast"), "All other devices are signed out.")
    assert len(client.api.get("/v1/auth/sessions").json().get("items", [])) <= 1

    page.goto("/account/data")
    page.locator("summary", has_text="Delete the account").click()
    page.get_by_label("Password").fill(client.password)
    page.get_by_label("I want my account").check()
    page.get_by_role("button", name="Delete for good").click()
    page.wait_for_url("**/sign-in**")
    credentials = {"email": client.email, "password": client.password}
    anyone = replace(client.api, token=None)
    assert anyone.post("/v1/auth/login", credentials).status_code == 401


def test_a_person_chooses_what_reaches_them(client: Person, opened: Any) -> None:
    page = signed_in(opened(), client, "/account/notifications")
    page.get_by_role("button", name="For a day").click()
    see(page.locator("p"), re.compile("Muted until"))
    page.get_by_role("button", name="Unmute").click()
    page.get_by_role("button", name="For a week").wait_for()

    page.get_by_label("Bookings: SMS").check()
    page.get_by_label("From").fill("22:00")
    page.get_by_label("Until").fill("07:30")
    page.get_by_label("Language of messages").select_option("Deutsch")
    page.get_by_label("Mails about messages").select_option("One a day")
    page.get_by_role("button", name="Save").first.click()
    see(page.locator(".toast"), "Saved.")
    saved = client.api.get("/v1/notifications/preferences").json()
    assert saved["categories"]["booking"]["sms"] == "on"
    assert saved["categories"]["booking"]["email"] is None
    assert saved["quietHours"] == {"start": "22:00", "end": "07:30", "always": []}
    assert (saved["locale"], saved["timeZone"]) == ("de", "Europe/Rome")
    assert saved["digests"]["message"] == {"every": "day", "at": "09:00"}
    assert saved["mutedUntil"] is None


def test_the_inbox_leads_to_what_an_entry_is_about(
    stack: RunningStack, conversation: str, client: Person, studio: Any, opened: Any
) -> None:
    body = {"clientMessageId": "inbox-test-1", "type": "text", "content": "Is Friday fine?"}
    path = f"/v1/messages/conversations/{conversation}/messages"
    assert studio.artist.api.post(path, body).status_code == 201

    def titles() -> list[str]:
        items = client.api.get("/v1/notifications/inbox").json()["items"]
        return [item["title"] for item in items if "message" in item["title"]]

    eventually(titles, "the entry")
    page = signed_in(opened(width=390), client, "/inbox")
    entry = page.get_by_role("article").filter(has_text="sent you a message")
    entry.locator(".inbox-open").click()
    page.wait_for_url(f"**/{conversation}")
    see(page.locator(".bubble"), "Is Friday fine?")
    page.go_back()
    entry = page.get_by_role("article").filter(has_text="sent you a message")
    entry.get_by_role("button", name=re.compile("^Remove")).click()
    expect_count(entry, 0)
    see(page.get_by_role("article"), "Welcome, Robin")


def test_the_app_speaks_german(stack: RunningStack, opened: Any) -> None:
    artist = new_person(stack, "artist")
    page = signed_in(opened(), artist, "/account")
    page.get_by_label("Language of the app").select_option("Deutsch")
    page.locator("form", has=page.get_by_label("Language of the app")).get_by_role("button").click()
    see(page.locator("h1"), "Konto")
    assert page.evaluate("document.documentElement.lang") == "de"
    page.get_by_role("link", name="Benachrichtigungen").click()
    see(page.locator("h1"), "Benachrichtigungen")
