"""Every screen of the web example, as the people of the demo data see it.

A new address needs a line in tests/support/screens.py. Each screen is looked at on a phone and on a
desk, light and dark; while it loads, when the API fails, without a network, and in German.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import screens
from tests.support.browser import context
from tests.support.screens import SCREENS, Look, Places
from tests.support.stack import RunningStack
from tests.support.web import sign_in_as

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
KEYS = screens.texts()
# What says that there is no network, beside the notice above every page; a conversation goes on.
OFFLINE = "main [role=alert], .stored-copy, main [role=log] > *"


@pytest.fixture(scope="module")
def places(stack: RunningStack) -> Places:
    return screens.furnish(stack)


@pytest.fixture(scope="module")
def looks(stack: RunningStack, places: Places, browser: Any) -> Iterator[Any]:
    """Return a function that returns the page of a role in a language, which is opened once."""
    opened: dict[tuple[str | None, str], Look] = {}

    def look(role: str | None, locale: str) -> Look:
        if (role, locale) not in opened:
            profile = context(browser, width=390, locale=locale, reduced_motion="reduce")
            opened[role, locale] = Look.of(profile, stack.api_url)
            sign_in_as(opened[role, locale].page, stack.user(role) if role else None)
        return opened[role, locale]

    yield look
    for each in opened.values():
        each.page.context.close()


def test_every_address_is_looked_at() -> None:
    assert screens.routes() == list(SCREENS), "see SCREENS in tests/support/screens.py"


def test_crawlers_and_browsers_find_what_they_ask_for(looks: Any) -> None:
    page = looks(None, "en-GB").page.context.new_page()  # which nobody listens to: one is missing
    page.goto("/robots.txt")

    def get(path: str) -> tuple[int, str]:
        ask = "path => fetch(path).then(async answer => [answer.status, await answer.text()])"
        status, text = page.evaluate(ask, path)
        return status, text

    assert "User-agent: *" in get("/robots.txt")[1]
    assert get("/sitemap.xml")[0] == 404  # and not the app's page
    manifest = json.loads(get("/manifest.webmanifest")[1])
    shortcuts = [each["url"] for each in manifest["shortcuts"]]
    assert shortcuts == ["/appointments", "/messages", "/inbox"]
    assert all(get(icon["src"])[0] == 200 for icon in manifest["icons"])


@pytest.mark.parametrize("route", SCREENS)
def test_a_screen_is_usable_in_every_state(route: str, looks: Any, places: Places) -> None:
    screen = SCREENS[route]
    look: Look = looks(screen.who, "en-GB")
    address, page = places.address(screen), look.page
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="light")
    if screen.loads:
        look.forget()
        with look.held():
            look.go(address)
            look.wait_for_loading()
    look.open(address)
    wrong = _inspect(look)
    look.complaints.clear()
    assert wrong == []

    if screen.loads:
        with look.failing():
            look.open(address)
            assert look.page.locator("main [role=alert]").count() > 0, "it shows no error"
            again = page.locator("main").get_by_role("button", name="Try again")
            assert again.count() > 0, "it cannot be tried again"
            assert page.locator("h1").count() == 1, "the error has no heading"
        for _ in range(again.count()):
            again.first.click()
            look.wait()
        assert again.count() == 0, "it does not recover"
    with look.offline():
        look.open(address)
        assert page.locator("main h1").count() == 1
        assert not screen.loads or page.locator(OFFLINE).count() > 0


@pytest.mark.parametrize("route", SCREENS)
def test_a_screen_speaks_german(route: str, looks: Any, places: Places) -> None:
    screen = SCREENS[route]
    look: Look = looks(screen.who, "de-DE")
    look.open(places.address(screen))
    assert look.page.evaluate("document.documentElement.lang") == "de"
    assert look.problems(KEYS) + look.complaints == []


def _inspect(look: Look) -> list[str]:
    """Return what is wrong with a screen, at both sizes and in both themes."""
    page = look.page
    wrong = []
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="light")
        found = look.problems(KEYS) + look.barriers()
        page.emulate_media(color_scheme="dark")
        found += [f"dark: {each}" for each in look.barriers(only="color-contrast")]
        wrong += [f"{size['width']}: {each}" for each in found]
    return wrong + [f"console: {each}" for each in look.complaints]
