"""Takes the pictures of every screen into docs/screenshots (`make screenshots`).

They show the demo data of a stack that runs. The browser's clock stands still, so that nothing
differs by the minute.
"""

import argparse
import io
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from PIL import Image

from infra.paths import ROOT
from tests.support import screens
from tests.support.browser import chromium, context, served_app
from tests.support.screens import SCREENS, Look, Places
from tests.support.stack import RunningStack, described_stack
from tests.support.web import sign_in_as

FOLDER = ROOT / "docs" / "screenshots"
ZONE = "Europe/Berlin"
# A palette keeps the pictures small, which are committed.
COLORS = 256
# Those that documents show, by better names than that of their route.
NAMES = {
    "/": "discover",
    "/artists/{handle}": "artist-page",
    "/artists/{handle}/book/{serviceId}": "booking",
    "/appointments/{id}": "appointment",
    "/proposals/{id}": "proposal",
    "/messages/{id}": "conversation",
    "/studio": "studio-today",
}
# Those that are also taken in the dark.
DARK = ("/", "/artists/{handle}", "/appointments/{id}", "/messages/{id}", "/inbox", "/studio")


class View(NamedTuple):
    """Device and theme of a picture."""

    device: str
    size: dict[str, int]
    theme: str


PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
LIGHT = (View("phone", PHONE, "light"), View("desktop", DESK, "light"))
IN_THE_DARK = (View("phone", PHONE, "dark"),)


def main() -> None:
    """Take the pictures, or those of the routes that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("routes", nargs="*", metavar="route")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    stack = described_stack(Path(os.environ.get("STACK", ".local/stack.json")))
    options.folder.mkdir(parents=True, exist_ok=True)
    places = screens.furnish(stack)
    with (
        tempfile.TemporaryDirectory() as built,
        served_app(stack, Path(built)) as port,
        chromium(port) as browser,
    ):
        for role in (None, "client", "artist"):
            routes = [
                route
                for route, screen in SCREENS.items()
                if screen.who == role and route in (options.routes or SCREENS)
            ]
            if routes:
                _take(_open(browser, stack, role), routes, places, options.folder)


def name_of(route: str) -> str:
    """Return the name of the pictures of a route: `appointments-id-move`."""
    return NAMES.get(route) or route.replace("{", "").replace("}", "").strip("/").replace("/", "-")


def _open(browser: Any, stack: RunningStack, role: str | None) -> Look:
    profile = context(browser, time_zone=ZONE, reduced_motion="reduce")
    look = Look.of(profile, stack.api_url)
    look.page.clock.set_fixed_time(datetime.now(ZoneInfo(ZONE)).replace(minute=0, second=0))
    sign_in_as(look.page, stack.user(role) if role else None)
    return look


def _take(look: Look, routes: list[str], places: Places, folder: Path) -> None:
    for route in routes:
        for view in _views(route):
            look.page.set_viewport_size(view.size)
            look.page.emulate_media(color_scheme=view.theme)
            look.open(places.address(SCREENS[route]))
            look.wait_for_pictures()
            file = folder / f"{name_of(route)}.{view.device}.{view.theme}.png"
            picture = Image.open(io.BytesIO(look.page.screenshot())).convert("RGB")
            picture.quantize(COLORS, dither=Image.Dither.NONE).save(file, optimize=True)
        print(route, flush=True)


def _views(route: str) -> Iterator[View]:
    yield from LIGHT
    if route in DARK:
        yield from IN_THE_DARK


if __name__ == "__main__":
    main()
