"""Example app (docs/examples/web) in a real browser, against the whole stack.

It proves that the API serves a frontend: a person gets from finding an artist to a live
conversation, and neither a lost network nor a lost response loses or doubles a message.
"""

import hashlib
import itertools
import json
import re
from typing import Any

import pytest
import requests

from tests.functional.files import samples
from tests.support.api import TIMEOUT_SECONDS, Api, Inbox, eventually, new_email
from tests.support.browser import (
    ORIGIN,
    PushService,
)
from tests.support.stack import RunningStack
from tests.support.web import (
    Person,
    Studio,
    controlled,
    expect_count,
    fits,
    new_person,
    see,
    sign_in,
    signed_in,
)

PART = 5 * 1024 * 1024
# A browser whose requests a test intercepts: those of a page that a service worker controls may
# bypass the route.
INTERCEPTABLE = {"service_workers": "block"}
_words = itertools.count()


# ---- messages ------------------------------------------------------------------------------------


@pytest.mark.needs("websockets")
def test_both_sides_chat_live_and_see_typing_and_read_marks(
    studio: Studio, client: Person, conversation: str, opened: Any
) -> None:
    theirs, mine = (
        signed_in(opened(width=width), person, f"/messages/{conversation}")
        for width, person in ((360, client), (1280, studio.artist))
    )
    say(theirs, "Could it have two leaves?")
    see(mine.locator(".bubble"), "Could it have two leaves?")
    see(theirs.locator(".seen"), "Seen")
    see(mine.locator(".presence"), "online")  # connected: before, nobody is told of typing
    mine.get_by_label("Message", exact=True).press_sequentially("Of")
    see(theirs.locator(".conversation-state"), "is writing")
    say(mine, "Of course.")
    see(theirs.locator(".bubble:not(.mine)"), "Of course.")
    see(theirs.locator(".conversation-state"), re.compile("^$"))
    for page in (theirs, mine):
        see(page.locator(".presence"), "online")
    mine.close()
    see(theirs.locator(".presence"), re.compile("^$"))
    fits(theirs)


def test_a_script_in_a_message_stays_text(
    studio: Studio, client: Person, conversation: str, opened: Any
) -> None:
    text = "<img src=x onerror=\"document.title='taken'\">"
    post(studio.artist.api, conversation, text)
    page = signed_in(opened(), client, f"/messages/{conversation}")
    see(page.locator(".bubble"), text)
    assert page.locator(".bubble img").count() == 0


def test_web_addresses_in_a_message_are_links_and_nothing_else_is(
    studio: Studio, client: Person, conversation: str, opened: Any
) -> None:
    text = "See https://example.org/a?b=1, not javascript://a%0Aalert(1), http://[c or https://."
    post(studio.artist.api, conversation, text)
    page = signed_in(opened(), client, f"/messages/{conversation}")
    see(page.locator(".bubble"), text)
    links = page.locator(".bubble a").all()
    assert [link.get_attribute("href") for link in links] == ["https://example.org/a?b=1"]


# ---- pictures and files ------------------------------------------------------------------------


def test_a_picture_is_sent_and_seen(
    studio: Studio, client: Person, conversation: str, opened: Any
) -> None:
    theirs, mine = (
        signed_in(opened(width=width), person, f"/messages/{conversation}")
        for width, person in ((360, client), (1280, studio.artist))
    )
    choose(theirs, "arm.jpg", samples.with_place())
    theirs.get_by_role("list", name="Chosen files").get_by_role("img", name="arm.jpg").wait_for()
    fits(theirs)
    say(theirs, "On this arm.")
    see(theirs.locator(".waiting"), "On this arm.")
    for page in (theirs, mine):
        picture = page.get_by_role("button", name="Enlarge arm.jpg").locator("img")
        picture.wait_for()
        page.wait_for_function("(image) => image.naturalWidth > 0", arg=picture.element_handle())
        see(page.locator(".bubble"), "On this arm.")
        fits(page)
    mine.get_by_role("button", name="Enlarge arm.jpg").click()
    with mine.expect_download() as download:
        mine.get_by_role("dialog").get_by_role("link", name="arm.jpg").click()
    assert download.value.suggested_filename == "arm.jpg"
    [message] = messages(client.api, conversation)
    assert (message["type"], len(message["attachments"])) == ("image", 1)


def test_an_expired_link_to_a_picture_is_requested_again(
    studio: Studio, client: Person, conversation: str, opened: Any
) -> None:
    file_id = uploaded(studio.artist.api, "flash.jpg", samples.image())
    page = opened(**INTERCEPTABLE).new_page()
    asked: list[str] = []

    def refuse_the_first(route: Any) -> Any:
        asked.append(route.request.url)
        return route.fulfill(status=403) if len(asked) == 1 else route.continue_()

    page.route("**/clean/**", refuse_the_first)
    post(studio.artist.api, conversation, "", type="image", attachments=[file_id])
    sign_in(page, client, f"/messages/{conversation}")
    picture = page.get_by_role("button", name="Enlarge flash.jpg").locator("img")
    picture.wait_for()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.photo img')].some((one) => one.naturalWidth > 0)"
    )
    assert len(asked) == 2


def test_a_refused_file_says_why_and_the_others_can_be_sent(
    client: Person, conversation: str, opened: Any
) -> None:
    page = signed_in(opened(width=360), client, f"/messages/{conversation}")
    choose(page, "tune.mp3", b"la la", "audio/mpeg")
    see(page.locator(".toast"), "only pictures, videos, PDF and Word")
    choose(page, "liar.jpg", b"This is no picture.")
    choose(page, "true.jpg", samples.image())
    page.get_by_role("button", name="Send").click()
    see(page.locator(".refused"), "liar.jpg: it is not what its name says.")
    fits(page)
    assert messages(client.api, conversation) == []
    page.get_by_role("button", name="Send without it").click()
    page.get_by_role("button", name="Enlarge true.jpg").wait_for()
    [message] = messages(client.api, conversation)
    assert len(message["attachments"]) == 1
    choose(page, "liar.jpg", b"This is no picture.")
    page.get_by_role("button", name="Send").click()
    page.locator(".refused").get_by_role("button", name="Discard").click()
    expect_count(page.locator(".refused"), 0)


def test_an_interrupted_upload_resumes(client: Person, conversation: str, opened: Any) -> None:
    content = samples.video(size=2 * PART + 1000)
    page = signed_in(opened(**INTERCEPTABLE), client, f"/messages/{conversation}")
    arrived: list[str] = []
    held: list[Any] = []

    def number(url: str) -> str:
        return str(re.findall(r"partNumber=(\d+)", url)[0])

    def hold_the_second(route: Any) -> Any:
        if route.request.method == "PUT" and number(route.request.url) == "2" and not held:
            return held.append(route)
        return route.continue_()

    def note(response: Any) -> None:
        if response.request.method == "PUT" and "partNumber=" in response.url and response.ok:
            arrived.append(number(response.url))

    page.route("**/incoming/**", hold_the_second)
    page.on("response", note)
    choose(page, "walk.mp4", content, "video/mp4")
    page.get_by_role("button", name="Send").click()
    eventually(lambda: pumped(page) and held and len(arrived) == 2, "the other parts")
    see(page.locator(".waiting"), "walk.mp4")
    held[0].abort("connectionreset")
    page.reload()  # neither the file nor what arrived is lost
    link = page.locator(".bubble:not(.waiting)").get_by_role("link", name="walk.mp4")
    link.wait_for()
    assert sorted(arrived) == ["1", "2", "3"]
    [message] = messages(client.api, conversation)
    assert message["type"] == "video"
    with page.expect_download() as download:
        link.click()
    assert download.value.path().stat().st_size == len(content)


def test_pages_connect_to_configured_origins_only(opened: Any) -> None:
    page = opened().new_page()
    page.goto("/")
    page.locator("main h1").wait_for()
    page.evaluate(
        """() => {
            addEventListener("securitypolicyviolation", (event) => {
              window.refused = event.effectiveDirective;
            });
            return fetch("http://127.0.0.1:9/").catch(() => undefined);
        }"""
    )
    page.wait_for_function("() => window.refused === 'connect-src'")


# ---- one tap -----------------------------------------------------------------------------------


def test_a_quick_action_is_previewed_and_sent_once_however_often_it_is_tapped(
    studio: Studio, client: Person, conversation: str, opened: Any
) -> None:
    theirs, mine = (
        signed_in(opened(width=360, **INTERCEPTABLE), person, f"/messages/{conversation}")
        for person in (client, studio.artist)
    )
    sent: list[str] = []

    def lose_the_first_answer(route: Any) -> Any:
        if route.request.method != "POST":
            return route.continue_()
        sent.append(route.request.post_data_json["executionId"])
        if len(sent) > 1:
            return route.continue_()
        assert route.fetch().status == 202
        return route.abort("connectionreset")

    mine.route("**/executions", lose_the_first_answer)
    mine.get_by_role("button", name="Prices").click()
    dialog = mine.get_by_role("dialog", name="Prices")
    see(dialog, "Small fern")
    fits(mine)
    dialog.get_by_role("button", name="Send").click()
    see(dialog, "The server did not answer")
    dialog.get_by_role("button", name="Send").dblclick()
    expect_count(dialog, 0)
    see(theirs.locator(".bubble"), "Small fern")
    assert len(sent) > 1
    assert len(set(sent)) == 1
    assert len(contents(client.api, conversation)) == 1
    expect_count(theirs.locator(".quick-actions button"), 0)


def test_a_quick_action_names_its_missing_variables(
    studio: Studio, client: Person, conversation: str, opened: Any
) -> None:
    action = {"label": "Next", "kind": "find_availability", "steps": ["Come {{next_slot}}."]}
    made = studio.artist.api.post("/v1/quick-actions", action)
    assert made.status_code == 201, made.text
    page = signed_in(opened(), studio.artist, f"/messages/{conversation}")
    page.get_by_role("button", name="Next").click()
    dialog = page.get_by_role("dialog", name="Next")
    see(dialog, "while this is not known: your next free time.")
    assert dialog.get_by_role("button", name="Send").is_disabled()
    dialog.get_by_label("Your next free time").fill("on Friday at ten")
    dialog.get_by_role("button", name="Insert").click()
    see(dialog, "Come on Friday at ten.")
    dialog.get_by_role("button", name="Send").click()
    see(page.locator(".log .bubble"), "Come on Friday at ten.")
    assert contents(client.api, conversation) == ["Come on Friday at ten."]


# ---- without a network -------------------------------------------------------------------------


def test_reading_and_writing_work_offline_and_catch_up_once(
    studio: Studio, client: Person, conversation: str, opened: Any
) -> None:
    post(studio.artist.api, conversation, "Come at nine.")
    mine = opened(width=360)
    page = signed_in(mine, client, f"/messages/{conversation}")
    see(page.locator(".bubble"), "Come at nine.")
    controlled(page)
    mine.set_offline(True)
    page.reload()  # the shell comes from the service worker, the conversation from the device
    see(page.locator(".bubble"), "Come at nine.")
    say(page, "In the tunnel.")
    see(page.locator(".waiting"), "In the tunnel.")
    for text in ("Bring a photo.", "And eat something."):
        post(studio.artist.api, conversation, text)
    page.reload()
    see(page.locator(".waiting"), "In the tunnel.")
    mine.set_offline(False)
    expect_count(page.locator(".waiting"), 0)
    expected = ["Come at nine.", "Bring a photo.", "And eat something.", "In the tunnel."]
    for text in expected:
        see(page.locator(".bubble"), text)
    assert page.locator(".bubble > p").all_inner_texts() == expected
    assert contents(client.api, conversation) == expected


def test_a_picture_chosen_offline_waits_on_the_device(
    client: Person, conversation: str, opened: Any
) -> None:
    mine = opened(width=360)
    page = signed_in(mine, client, f"/messages/{conversation}")
    page.locator(".conversation-head h1").wait_for()
    controlled(page)
    mine.set_offline(True)
    choose(page, "arm.jpg", samples.image())
    say(page, "From the tunnel.")
    see(page.locator(".waiting"), "From the tunnel.")
    page.reload()
    waiting = page.locator(".waiting").get_by_role("img", name="arm.jpg")
    page.wait_for_function("(image) => image.naturalWidth > 0", arg=waiting.element_handle())
    mine.set_offline(False)
    page.get_by_role("button", name="Enlarge arm.jpg").wait_for()
    assert [each["type"] for each in messages(client.api, conversation)] == ["image"]


def test_a_message_with_a_lost_response_is_resent_and_posted_once(
    studio: Studio, client: Person, conversation: str, opened: Any
) -> None:
    mine = opened(**INTERCEPTABLE)
    page = signed_in(mine, client, f"/messages/{conversation}")
    page.locator(".conversation-head h1").wait_for()
    sent: list[str] = []
    lost: list[int] = []

    def lose_the_first_answer(route: Any) -> Any:
        if route.request.method != "POST":
            return route.continue_()
        sent.append(route.request.post_data_json["clientMessageId"])
        if 201 in lost:
            return route.continue_()
        lost.append(route.fetch().status)
        return route.abort("connectionreset")

    page.route("**/messages/conversations/*/messages", lose_the_first_answer)
    say(page, "Is Friday free?")
    eventually(lambda: pumped(page) and 201 in lost, "the message being posted")
    eventually(lambda: pumped(page) and len(sent) > len(lost), "the message being sent again")
    expect_count(page.locator(".waiting"), 0)
    see(page.locator(".bubble"), "Is Friday free?")
    assert len(set(sent)) == 1
    assert contents(client.api, conversation) == ["Is Friday free?"]


# ---- push, sessions, being installed -----------------------------------------------------------


def test_a_push_message_is_shown_and_its_click_opens_the_conversation(
    studio: Studio, client: Person, conversation: str, inbox: Inbox, opened: Any
) -> None:
    mine = opened(width=360)
    subscription = inbox.subscribe(client.email)
    push = PushService(mine, {name: subscription[name] for name in ("endpoint", "keys")})
    page = signed_in(mine, client, "/account/notifications")
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("button", name="Turn off").wait_for()
    key = client.api.get("/v1/notifications/vapid-public-key").json()["publicKey"]
    assert page.evaluate("() => window.applicationServerKey") == key
    post(studio.artist.api, conversation, "Your sketch is ready.")
    message = inbox.wait_for("push", client.email)
    shown = push.deliver(page, message)
    assert shown["title"] == message["title"]
    assert studio.artist.name in shown["title"] + shown["body"]
    push.click(page)
    page.wait_for_url(f"**/messages/{conversation}")
    see(page.locator(".bubble"), "Your sketch is ready.")


def test_an_artist_answers_with_a_button_of_a_push_message_once(
    studio: Studio, client: Person, conversation: str, inbox: Inbox, opened: Any
) -> None:
    mine = opened(width=360)
    subscription = inbox.subscribe(studio.artist.email)
    push = PushService(mine, {name: subscription[name] for name in ("endpoint", "keys")})
    page = signed_in(mine, studio.artist, "/account/notifications")
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("button", name="Turn off").wait_for()
    page.goto(f"/messages/{conversation}")
    page.get_by_role("button", name="Prices").click()
    offered = page.get_by_label("Offer it in my notifications")
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        offered.click()
    page.wait_for_function("box => box.checked", arg=offered.element_handle())
    page.goto("/account")
    looks = itertools.count()

    def with_its_button() -> dict[str, Any] | None:
        # Who just read the conversation is not notified for a moment, and until notifications knows
        # of the choice, messages come without it: so the client writes again now and then.
        if next(looks) % 10 == 0:
            post(client.api, conversation, "What would it cost?")
        arrived = inbox.messages("push", studio.artist.email)
        return next((message for message in arrived if message["actions"]), None)

    message = eventually(with_its_button, "a notification with the action")
    elsewhere = "/v1/quick-actions/links/../../auth/logout"
    message["actions"].append({"title": "Out", "link": elsewhere})
    link = message["actions"][0]["link"]
    shown = push.deliver(page, message)
    assert shown["actions"] == [{"action": link, "title": "Prices"}]
    told = push.click(page, link)
    assert (told["title"], told["tag"], told["silent"]) == ("Sent", shown["tag"], True)
    eventually(lambda: "Small fern" in contents(client.api, conversation)[-1], "the prices")
    assert push.click(page, link)["title"] == "Sent before"
    forged = f"{link[:-4]}{'AAAA' if not link.endswith('AAAA') else 'BBBB'}"
    assert push.click(page, forged)["body"] == "This button is no longer valid."
    mine.set_offline(True)
    assert push.click(page, link)["title"] == "No network"
    mine.set_offline(False)
    push.click(page)
    page.wait_for_url(f"**/messages/{conversation}")
    see(page.locator(".bubble.mine"), "Small fern")
    assert sum("Small fern" in text for text in contents(client.api, conversation)) == 1


def test_tabs_that_refresh_together_use_each_refresh_token_once(
    client: Person, opened: Any
) -> None:
    mine = opened()
    first = signed_in(mine, client, "/appointments")
    first.get_by_role("heading", name="Nothing booked yet").wait_for()
    tabs = [first, *(mine.new_page() for _ in range(3))]
    spent: list[str] = []
    mine.on(
        "request",
        lambda request: (
            spent.append(request.post_data_json["refreshToken"])
            if request.url.endswith("/v1/auth/refresh") and request.method == "POST"
            else None
        ),
    )
    for tab in tabs:  # all of them begin without an access token
        tab.goto("/appointments", wait_until="commit")
    for tab in tabs:
        tab.get_by_role("heading", name="Nothing booked yet").wait_for()
        see(tab.get_by_role("link", name="Account"), "Account")
    assert 0 < len(spent) == len(set(spent))


def test_signing_out_leaves_nothing_on_the_device(
    studio: Studio, client: Person, conversation: str, opened: Any
) -> None:
    post(studio.artist.api, conversation, "Between us.")
    mine = opened()
    page = signed_in(mine, client, f"/messages/{conversation}")
    see(page.locator(".bubble"), "Between us.")
    page.get_by_role("link", name="Account").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("heading", name="Welcome back").wait_for()
    kept = page.evaluate(
        """() => new Promise((resolve) => {
            const opening = indexedDB.open("artist-booking");
            opening.onsuccess = () => {
              const store = opening.result.transaction("kept").objectStore("kept");
              const all = store.getAllKeys();
              all.onsuccess = () => resolve(all.result);
            };
        })"""
    )
    assert [key for key in kept if key.startswith("my/")] == []


def test_a_provider_signs_somebody_in_and_is_linked_to_an_account(
    client: Person, opened: Any
) -> None:
    page = opened().new_page()
    email = new_email()
    page.goto("/sign-in?next=/account/security")
    page.get_by_role("button", name="Continue with the stand-in").click()
    answer_provider(page, email)
    page.get_by_text("Linked to the stand-in").wait_for()
    assert page.url == f"{ORIGIN}/account/security"
    page.get_by_text(email).first.wait_for()

    other = signed_in(opened(), client, "/account/security")
    other.get_by_role("button", name="Continue with the stand-in").click()
    answer_provider(other, new_email())
    other.get_by_text("Linked to the stand-in").wait_for()
    other.get_by_role("button", name="Remove the link").click()
    other.get_by_role("button", name="Continue with the stand-in").wait_for()


def answer_provider(page: Any, email: str) -> None:
    """Say who one is at the identity provider, and allow it to tell."""
    page.get_by_role("heading", name="Sign in at the stand-in").wait_for()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Name").fill("Cleo Marsh")
    page.get_by_role("button", name="Allow").click()


def test_an_artist_connects_accounts_sees_how_they_fare_and_disconnects_them(
    stack: RunningStack, opened: Any
) -> None:
    artist = new_person(stack, "artist")
    handle = f"felce.{artist.id[-8:].lower()}"
    page = signed_in(opened(), artist, "/account")
    page.get_by_role("link", name="Connected accounts").click()
    page.get_by_role("heading", name="Nothing connected yet").wait_for()

    page.get_by_role("button", name="Connect Facebook").click()
    page.get_by_role("heading", name="Log in with the stand-in of Facebook").wait_for()
    page.get_by_role("button", name="Deny").click()
    page.get_by_role("link", name="Back to your settings").click()
    page.get_by_text("you did not allow it").wait_for()

    page.get_by_role("button", name="Connect Instagram").click()
    page.get_by_label("Username").fill(handle)
    page.get_by_role("button", name="Allow").click()
    page.get_by_text("Your account is connected.").wait_for()
    assert page.url == f"{ORIGIN}/account/social"
    instagram = page.get_by_role("article", name=f"Instagram: {handle}")
    see(instagram.locator(".status"), re.compile(r"Connected since \w+"))
    see(instagram, re.compile("Used for .*messages"))

    medium: dict[str, Any] = {
        "platform": "instagram",
        "account": handle,
        "medium": {"caption": "A small fern"},
    }
    url = f"{stack.inbox_url}/meta/_control/media"
    assert requests.post(url, json=medium, timeout=TIMEOUT_SECONDS).status_code == 201
    instagram.get_by_role("button", name="Import pictures").click()
    instagram.get_by_role("checkbox", name="A small fern").check()
    instagram.get_by_role("button", name="Add to portfolio").click()
    instagram.get_by_text("in your portfolio").wait_for()
    eventually(lambda: import_states(artist.api) == ["imported"], "the import")

    page.get_by_role("button", name="Connect Google").click()
    page.get_by_role("textbox", name="Email").fill(artist.email)
    page.get_by_role("button", name="Allow").click()
    google = page.get_by_role("article", name="Google: ")
    google.get_by_role("checkbox", name=artist.email).check()
    google.get_by_role("button", name="Save calendars").click()
    page.get_by_text("Your calendars are saved.").wait_for()

    state = page.context.new_page()
    state.goto(f"{stack.inbox_url}/#social")
    state.get_by_role("heading", name=handle).wait_for()
    state.get_by_role("heading", name=artist.email).wait_for()
    state.close()

    requests.post(
        f"{stack.inbox_url}/google/_control/revoke", json={"email": artist.email}, timeout=30
    ).raise_for_status()
    google.get_by_role("button", name="Save calendars").click()
    page.get_by_text("The account has to be connected again.").wait_for()
    page.goto("/account/social")
    see(google.locator(".status"), re.compile("Connect it again since"))
    google.get_by_role("button", name="Connect again").click()
    page.get_by_role("textbox", name="Email").fill(artist.email)
    page.get_by_role("button", name="Allow").click()
    see(google.locator(".status"), re.compile("Connected since"))

    instagram.get_by_role("button", name="Disconnect").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect_count(instagram, 0)
    eventually(lambda: has_no_token(stack, handle), "the tokens' end at the provider")


def import_states(api: Api) -> list[str]:
    """Return the states of the imports of an artist's Instagram account."""
    accounts = api.get("/v1/social/accounts").json()["items"]
    (own,) = (each["id"] for each in accounts if each["provider"] == "instagram")
    imports = api.get(f"/v1/social/accounts/{own}/media/imports").json()["items"]
    return [each["state"] for each in imports]


def has_no_token(stack: RunningStack, handle: str) -> bool:
    """Whether an account of Instagram has no token that works at the stand-in."""
    meta = requests.get(f"{stack.inbox_url}/social", timeout=30).json()["meta"]
    (account,) = (each for each in meta["accounts"].values() if each["username"] == handle)
    tokens = [each for each in meta["tokens"] if each["subject"] == account["id"]]
    return bool(tokens) and all(each["ended"] for each in tokens)


def test_the_app_can_be_installed(opened: Any) -> None:
    mine = opened()
    page = mine.new_page()
    page.goto("/")
    controlled(page)
    read = mine.new_cdp_session(page).send("Page.getAppManifest")
    assert read["errors"] == []
    # What Chromium asks of an app (https://web.dev/articles/install-criteria); it answers itself
    # only outside of incognito contexts, which these are.
    manifest = json.loads(read["data"])
    assert manifest["name"]
    assert manifest["start_url"] == "/"
    assert manifest["display"] == "standalone"
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        ask = "async (src) => (await fetch(src)).headers.get('content-type')"
        assert page.evaluate(ask, icon["src"]) == icon["type"]


# ---- what the tests say for short --------------------------------------------------------------


def say(page: Any, text: str) -> None:
    written = page.get_by_label("Message", exact=True)
    written.fill(text)
    written.press("Enter")  # not a key of the page: a page just shown moves the focus elsewhere


def choose(page: Any, name: str, content: bytes, content_type: str = "image/jpeg") -> None:
    file = {"name": name, "mimeType": content_type, "buffer": content}
    page.locator("input[type=file]").set_input_files([file])


def post(api: Api, conversation: str, text: str, **changes: Any) -> None:
    body = {"clientMessageId": f"web-test-{next(_words)}", "type": "text", "content": text}

    def posted() -> bool:
        answer = api.post(f"/v1/messages/conversations/{conversation}/messages", body | changes)
        # Messaging learns of a clean file by an event.
        assert answer.status_code in (201, 422 if changes else 201), answer.text
        return answer.status_code == 201

    eventually(posted, "the message")


def uploaded(api: Api, name: str, content: bytes) -> str:
    """Return the id of a picture of a person, once it was inspected."""
    claim = {
        "name": name,
        "size": len(content),
        "contentType": "image/jpeg",
        "sha256": hashlib.sha256(content).hexdigest(),
        "purpose": "message",
    }
    made = api.post("/v1/files", claim).json()
    form = made["upload"]
    sent = requests.post(
        form["url"], data=form["fields"], files={"file": content}, timeout=TIMEOUT_SECONDS
    )
    assert sent.ok, sent.text
    path = f"/v1/files/{made['id']}"
    eventually(lambda: api.get(path).json()["status"] == "clean", "the inspection")
    return str(made["id"])


def messages(api: Api, conversation: str) -> list[dict[str, Any]]:
    """Return the messages of the conversation, of both sides."""
    items: list[dict[str, Any]] = api.get(
        f"/v1/messages/conversations/{conversation}/messages"
    ).json()["items"]
    return items


def contents(api: Api, conversation: str) -> list[str]:
    """Return the texts of the conversation, of both sides."""
    return [each["content"] for each in messages(api, conversation)]


def pumped(page: Any) -> bool:
    """Let events that happened meanwhile reach the listeners of this test."""
    page.evaluate("() => undefined")
    return True
