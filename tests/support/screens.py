"""Screens of the web example: where each address leads for whom, and how to look at one."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from infra.local import demo
from infra.paths import ROOT
from tests.support.api import Api, eventually
from tests.support.browser import APP, PATIENCE_MILLISECONDS
from tests.support.stack import RunningStack

AXE = ROOT / "tests" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
ROUTES = APP / "src" / "routes.ts"
MESSAGES = APP / "src" / "messages"
# Counts the requests that are under way, so that a screen is known to be complete. There is no
# service worker, which would answer from what it has stored.
_PREPARE = """
    ServiceWorkerContainer.prototype.register = () => new Promise(() => undefined);
    window.underWay = 0;
    const send = window.fetch;
    window.fetch = (...request) => {
      window.underWay += 1;
      return send(...request).finally(() => setTimeout(() => (window.underWay -= 1)));
    };
"""
_IS_COMPLETE = """() => window.underWay === 0 && document.querySelector("main > *") !== null
    && document.querySelector("main > [data-left]") === null
    && document.querySelector("main .loading, main [aria-busy=true]") === null"""
_GO = """path => {
    document.querySelector("main > *")?.setAttribute("data-left", "");
    history.pushState(null, "", path);
    dispatchEvent(new PopStateEvent("popstate"));
}"""
_HAS_PICTURES = """() => [...document.images].every(image =>
    image.complete || image.getBoundingClientRect().top > innerHeight)"""
# What is stored would be shown at once, and no screen would be seen loading.
_FORGET = """() => new Promise((resolve) => {
    indexedDB.open("artist-booking", 1).onsuccess = ({ target: { result: database } }) => {
        const store = database.transaction("kept", "readwrite").objectStore("kept");
        store.getAllKeys().onsuccess = ({ target: { result: keys } }) =>
            keys.filter((key) => key !== "my/session").forEach((key) => store.delete(key));
        store.transaction.oncomplete = () => resolve(database.close());
    };
})"""
_LOADING = "main .loading, main [aria-busy=true]"


@dataclass(frozen=True)
class Screen:
    """Screen at an address.

    Attributes:
        who: Role of the person who sees it; None for everybody.
        path: An address of it; `{names}` are those of `Places`.
        loads: Whether it shows what it loads from the API.
    """

    who: str | None
    path: str
    loads: bool = True


def static(who: str | None, path: str) -> Screen:
    """Return a screen that shows nothing of the API."""
    return Screen(who, path, loads=False)


SCREENS = {
    "/": Screen(None, "/"),
    "/artists/{handle}": Screen(None, "/artists/ari.ink"),
    "/artists/{handle}/book/{serviceId}": Screen(None, "/artists/ari.ink/book/{service}"),
    "/sign-in": static(None, "/sign-in"),
    "/sign-in/code": static(None, "/sign-in/code"),
    "/sign-in/with/{provider}": static(None, "/sign-in/with/standin"),
    "/forgot-password": static(None, "/forgot-password"),
    "/not-me": static(None, "/not-me?token=none"),
    "/sign-up": static(None, "/sign-up"),
    "/appointments": Screen("client", "/appointments"),
    "/appointments/{id}": Screen("client", "/appointments/{appointment}"),
    "/appointments/{id}/move": Screen("client", "/appointments/{appointment}/move"),
    "/waitlist/{id}": Screen("client", "/waitlist/wle_1"),
    "/waitlist": Screen("client", "/waitlist"),
    "/vouchers": Screen("client", "/vouchers"),
    "/artists/{handle}/ask": Screen("client", "/artists/juno.dots/ask"),
    "/consultations": Screen("client", "/consultations"),
    "/consultations/{id}": Screen("client", "/consultations/{consultation}"),
    "/consultations/{id}/propose": Screen("artist", "/consultations/{consultation}/propose"),
    "/proposals/{id}": Screen("client", "/proposals/{proposal}"),
    "/messages": Screen("client", "/messages"),
    "/messages/{id}": Screen("client", "/messages/{conversation}"),
    "/conversations/{id}": Screen("artist", "/conversations/{conversation}"),
    "/account": Screen("client", "/account"),
    "/account/security": Screen("client", "/account/security"),
    "/account/notifications": Screen("client", "/account/notifications"),
    "/account/data": static("client", "/account/data"),
    "/account/exports/{id}": static("client", "/account/exports/{export}"),
    "/account/assistants": Screen("artist", "/account/assistants"),
    "/inbox": Screen("client", "/inbox"),
    "/account/social": Screen("artist", "/account/social"),
    "/studio": Screen("artist", "/studio"),
    "/studio/calendar": Screen("artist", "/studio/calendar"),
    "/studio/requests": Screen("artist", "/studio/requests"),
    "/studio/deposits": Screen("artist", "/studio/deposits"),
    "/studio/more": static("artist", "/studio/more"),
    "/studio/hours": Screen("artist", "/studio/hours"),
    "/studio/external-calendars": Screen("artist", "/studio/external-calendars"),
    "/external-calendars/{id}": Screen("artist", "/external-calendars/cal_1"),
    "/studio/services": Screen("artist", "/studio/services"),
    "/studio/services/{id}": Screen("artist", "/studio/services/{service}"),
    "/studio/policies": Screen("artist", "/studio/policies"),
    "/studio/policies/{kind}": Screen("artist", "/studio/policies/cancellation"),
    "/studio/page": Screen("artist", "/studio/page"),
    "/studio/portfolio": Screen("artist", "/studio/portfolio"),
    "/studio/reviews": Screen("artist", "/studio/reviews"),
    "/studio/intake": Screen("artist", "/studio/intake"),
    "/studio/clients": Screen("artist", "/studio/clients"),
    "/studio/clients/{id}": Screen("artist", "/studio/clients/{client}"),
    "/studio/quick-actions": Screen("artist", "/studio/quick-actions"),
    "/studio/templates": Screen("artist", "/studio/templates"),
    "/studio/templates/{id}": Screen("artist", "/studio/templates/{template}"),
    "/studio/vouchers": Screen("artist", "/studio/vouchers"),
    "/studio/reports": Screen("artist", "/studio/reports"),
}


@dataclass(frozen=True)
class Places:
    """Ids of the demo data that addresses need."""

    ids: dict[str, str]

    def address(self, screen: Screen) -> str:
        """Return an address of a screen."""
        return screen.path.format(**self.ids)


def routes() -> list[str]:
    """Return the addresses that the app has."""
    return re.findall(r'^  "(/[^"]*)": async', ROUTES.read_text(), re.MULTILINE)


def texts() -> list[str]:
    """Return the keys of all texts, such as `booking.title`."""
    return [
        f"{file.stem}.{key}"
        for file in sorted((MESSAGES / "en").glob("*.json"))
        for key in json.loads(file.read_text())
    ]


@cache
def places() -> set[str]:
    """Return the places in texts that values fill, such as `{count}`."""
    files = (MESSAGES / "en").glob("*.json")
    return {place for file in files for place in re.findall(r"\{\w+\}", file.read_text())}


def furnish(stack: RunningStack) -> Places:
    """Add the demo data to a stack; return where to find it."""
    list(demo.furnish(stack.settings, stack.settings.session(), stack.description["users"]))
    anybody = Api(stack.api_url, stack.api_keys["web"])

    def signed_in(role: str) -> Api:
        person = stack.user(role)
        return anybody.signed_in(person["email"], person["password"])

    client, artist_id = signed_in("client"), stack.user("artist")["id"]

    services = f"/v1/appointments/services?artistId={artist_id}"
    found = {
        "service": (services, {"name": "Half a day"}),
        "appointment": ("/v1/appointments", {"artistId": artist_id, "status": "pending"}),
        "confirmed": ("/v1/appointments", {"artistId": artist_id, "status": "confirmed"}),
        "conversation": ("/v1/messages/conversations", {"artistId": artist_id}),
        "consultation": ("/v1/consultations", {"status": "responded"}),
        "proposal": ("/v1/appointments/proposals", {"status": "sent"}),
    }
    ids = {name: _wait_for(client, *where) for name, where in found.items()}
    ids["template"] = _wait_for(
        signed_in("artist"),
        "/v1/notifications/templates?limit=50",
        {"name": "aftercare", "locale": "en"},
    )
    # The same for a day, so that it is asked for once.
    asked = client.post("/v1/auth/exports", None, Idempotency_Key="screens")
    assert asked.status_code == 202, asked.text
    ids["export"] = asked.json()["id"]
    return Places({**ids, "client": stack.user("client")["id"], "artist": artist_id})


def _wait_for(client: Api, path: str, wanted: dict[str, str]) -> str:
    """Return the id of the first record of a list with these values, once it is there."""

    def find() -> str | None:
        items = client.get(path).json()["items"]
        ids = (i["id"] for i in items if all(i.get(name) == wanted[name] for name in wanted))
        return next(ids, None)

    return str(eventually(find, f"{wanted} of {path}"))


@dataclass
class Look:
    """A page of the app that goes from screen to screen, and what it complained about.

    The answers of the API can be held back, or be errors.
    """

    page: Any
    complaints: list[str] = field(default_factory=list)
    _mode: str = "pass"
    _held: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, context: Any, api_url: str) -> "Look":
        """Open a page of a browser's profile."""
        context.add_init_script(_PREPARE)
        look = cls(context.new_page())
        look.page.on("console", look._on_console)
        look.page.on("pageerror", lambda error: look.complaints.append(str(error)))
        look.page.route(f"{api_url}/**", look._answer)
        return look

    def go(self, path: str) -> None:
        """Go to an address without loading the app again."""
        self.page.evaluate(_GO, path)

    def wait(self) -> None:
        """Wait until the screen is complete."""
        self.page.wait_for_function(_IS_COMPLETE, timeout=PATIENCE_MILLISECONDS)

    def open(self, path: str) -> None:
        """Go to an address and wait until its screen is complete."""
        self.go(path)
        self.wait()

    def forget(self) -> None:
        """Delete what the app has stored on the device besides the session."""
        self.page.evaluate(_FORGET)

    def wait_for_pictures(self) -> None:
        """Wait until the pictures that are on the screen are there, or known not to be."""
        self.page.wait_for_function(_HAS_PICTURES, timeout=PATIENCE_MILLISECONDS)

    def wait_for_loading(self) -> None:
        """Wait until the screen says that it is loading."""
        self.page.locator("main > [data-left]").wait_for(state="detached")
        self.page.locator(_LOADING).first.wait_for(state="attached")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold back what the API answers while the block runs."""
        self._mode = "hold"
        try:
            yield
        finally:
            self._mode = "pass"
            while self._held:
                self._held.pop(0).continue_()

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Let the API fail while the block runs; what the browser says of it is no complaint."""
        before = len(self.complaints)
        self._mode = "fail"
        try:
            yield
        finally:
            self._mode = "pass"
            del self.complaints[before:]

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Let there be no network while the block runs; the same holds for complaints."""
        before = len(self.complaints)
        self.page.context.set_offline(True)
        try:
            yield
        finally:
            self.page.context.set_offline(False)
            del self.complaints[before:]

    def problems(self, keys: list[str]) -> list[str]:
        """Return what is wrong with the screen, in words."""
        found: dict[str, Any] = self.page.evaluate(
            """() => ({
                headings: document.querySelectorAll("h1").length,
                wide: document.documentElement.scrollWidth - innerWidth,
                text: document.body.innerText,
                described: document.title !== ""
                    && Boolean(document.querySelector("meta[name=description]")?.content),
                canonical: document.querySelector("link[rel=canonical]")?.href,
                here: location.origin + location.pathname,
            })"""
        )
        wrong = []
        if found["headings"] != 1:
            wrong.append(f"{found['headings']} headings of the first level")
        if not found["described"]:
            wrong.append("no title or description")
        if found["canonical"] != found["here"]:
            wrong.append(f"the canonical address is {found['canonical']}")
        if found["wide"] > 0:
            wrong.append(f"{found['wide']} pixels wider than the screen")
        wrong += [f"the name of a text: {key}" for key in keys if key in found["text"]]
        wrong += [f"an unfilled place: {place}" for place in places() if place in found["text"]]
        return wrong

    def barriers(self, *, only: str | None = None) -> list[str]:
        """Return what axe finds that is moderate, serious or critical, by a rule or by all."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text())
        options: dict[str, Any] = {"resultTypes": ["violations"]}
        if only:
            options["runOnly"] = [only]
        result = self.page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{found['id']} ({found['impact']}): {node['target'][0]}"
            for found in result["violations"]
            if found["impact"] in ("moderate", "serious", "critical")
            for node in found["nodes"][:3]
        ]

    def _answer(self, route: Any) -> None:
        request = route.request
        # Who somebody is must be known for anything to be shown at all.
        is_content = request.method == "GET" and "/unread" not in request.url
        if self._mode == "hold" and is_content:
            self._held.append(route)
        elif self._mode == "fail" and is_content:
            body = json.dumps({"title": "Broken", "status": 500, "code": "internal_error"})
            route.fulfill(status=500, content_type="application/problem+json", body=body)
        else:
            route.continue_()

    def _on_console(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)
