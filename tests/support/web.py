"""People with accounts and browsers, for the tests of the web example."""

import re
from dataclasses import dataclass, replace
from typing import Any

from tests.support.api import Api, eventually
from tests.support.browser import PATIENCE_MILLISECONDS
from tests.support.stack import RunningStack

ZONE = "Europe/Rome"


@dataclass(frozen=True)
class Person:
    """Person with an account."""

    api: Api
    id: str
    email: str
    password: str
    name: str


@dataclass(frozen=True)
class Studio:
    """Artist with a page who can be booked all day. `style` belongs to nobody else."""

    artist: Person
    style: str
    name: str = "Studio Felce"


def new_person(stack: RunningStack, role: str) -> Person:
    made = stack.new_person(role)
    api = Api(stack.api_url, stack.api_keys["web"])
    api = replace(api, token=api.signed_in(made["email"], made["password"]).token)
    return Person(api, made["id"], made["email"], made["password"], made["name"])


def signed_in(mine: Any, person: Person, path: str) -> Any:
    """Return a page of a person at `path`, once they signed in."""
    return sign_in(mine.new_page(), person, path)


def sign_in(page: Any, person: Person, path: str, code: str | None = None) -> Any:
    """Open `path` and sign in on the way; `code` is of the second factor, if there is one."""
    page.goto(path)
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Sign in").click()
    if code is not None:
        page.get_by_label("Code").fill(code)
        page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{path}")
    return page


def sign_in_as(page: Any, user: dict[str, str] | None) -> None:
    """Sign a user in, in whatever language the app is; None opens the app for a visitor."""
    page.goto("/sign-in" if user else "/")
    if user is None:
        return
    page.locator("input[type=email]").fill(user["email"])
    page.locator("input[type=password]").fill(user["password"])
    page.locator("form button[type=submit], form button.primary").first.click()
    page.wait_for_url(lambda address: "/sign-in" not in address)


def see(locator: Any, text: str | re.Pattern[str]) -> None:
    """Wait until a matching element shows this text."""
    from playwright.sync_api import expect  # noqa: PLC0415

    expect(locator.filter(has_text=text).first).to_be_attached(timeout=PATIENCE_MILLISECONDS)


def expect_count(locator: Any, count: int) -> None:
    from playwright.sync_api import expect  # noqa: PLC0415

    expect(locator).to_have_count(count, timeout=PATIENCE_MILLISECONDS)


def controlled(page: Any) -> None:
    """Wait until the service worker serves the page."""
    page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")


def fits(page: Any) -> None:
    """Check that nothing is wider than the screen."""
    wide, screen = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert wide <= screen


def open_studio(stack: RunningStack) -> Studio:
    """Return an artist with a page and a service, who can be booked all day."""
    artist = new_person(stack, "artist")
    style = f"style-{artist.id[-8:].lower()}"

    def own_page() -> dict[str, Any] | None:
        answer = artist.api.get("/v1/profiles/me/page")
        return answer.json() if answer.ok else None  # until profiles has consumed the event

    wanted = {
        "version": eventually(own_page, "the page")["version"],
        "handle": f"felce-{artist.id[-8:].lower()}",
        "businessName": Studio.name,
        "bio": "Ferns, mostly.",
        "styles": [style],
        "city": "Rome",
        "timeZone": ZONE,
        "listed": True,
    }
    changed = artist.api.call("PATCH", "/v1/profiles/me/page", wanted)
    assert changed.status_code == 200, changed.text
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    all_day = [{"start": "00:00", "end": "24:00"}]
    hours = {"timeZone": ZONE, "weekly": dict.fromkeys(days, all_day)}
    assert artist.api.call("PUT", "/v1/appointments/availability", hours).status_code == 200
    service = {
        "name": "Small fern",
        "durationMinutes": 60,
        "price": {"amount": 12000, "currency": "EUR"},
    }
    assert artist.api.post("/v1/appointments/services", service).status_code == 201
    visitor = Api(stack.api_url, stack.api_keys["web"])
    found = f"/v1/profiles/artists?text={style}"
    eventually(lambda: visitor.get(found).json()["items"], "the artist being found")
    return Studio(artist, style)
