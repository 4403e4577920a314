"""Headless Chromium, and the example app of docs/examples/web served to it.

The browser comes from a registry package (tests/browser), so nothing has to be installed by hand;
`WEB_BROWSER=/usr/bin/chromium` uses another one.
"""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from infra.paths import ROOT
from tests.support.api import DEADLINE_SECONDS, eventually
from tests.support.stack import RunningStack

UNPACKED = ROOT / "tests" / "browser" / "node_modules" / ".chromium"
APP = ROOT / "docs" / "examples" / "web"
# The origin that the API allows. The browser resolves it to the port we got.
ORIGIN = "http://localhost:5173"
PATIENCE_MILLISECONDS = DEADLINE_SECONDS * 1000  # the first request of each kind starts a function


@contextmanager
def served_app(stack: RunningStack, folder: Path) -> Iterator[int]:
    """Build the app and serve it for the stack as `make web` does; yield the port."""
    node = shutil.which("node") or "node"
    vite = [node, str(APP / "node_modules" / "vite" / "bin" / "vite.js")]
    environment = {**os.environ, "LOCAL_DIR": str(stack.settings.local_dir)}
    build = [*vite, "build", "--outDir", str(folder), "--emptyOutDir", "--logLevel", "error"]
    subprocess.run(build, cwd=APP, env=environment, check=True, timeout=120)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    serve = [*vite, "preview", "--outDir", str(folder), "--host", "127.0.0.1"]
    server = subprocess.Popen(
        [*serve, "--port", str(port), "--strictPort"],
        cwd=APP,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: _answers(port), "the app being served")
        yield port
    finally:
        server.terminate()
        server.wait(timeout=10)


@contextmanager
def chromium(port: int) -> Iterator[Any]:
    """Yield a browser that finds the app's origin at `port`."""
    # Installed by `make test` from requirements/browser.txt, and needed nowhere else.
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415

    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options(port))
        try:
            yield browser
        finally:
            browser.close()


def launch_options(port: int) -> dict[str, Any]:
    """Return how Playwright starts the browser that finds the app's origin at `port`."""
    chosen = os.environ.get("WEB_BROWSER")
    unpacked = {
        "LD_LIBRARY_PATH": str(UNPACKED / "lib"),
        "FONTCONFIG_FILE": str(UNPACKED / "fonts.conf"),
    }
    host = ORIGIN.removeprefix("http://")
    return {
        "executable_path": chosen or UNPACKED / "chromium",
        "env": {**os.environ, **({} if chosen else unpacked)},
        "args": [f"--host-resolver-rules=MAP {host} 127.0.0.1:{port}", "--disable-dev-shm-usage"],
        "chromium_sandbox": False,  # it does not start as root, nor in most containers
    }


def context(
    browser: Any,
    *,
    width: int = 1280,
    time_zone: str = "Europe/Rome",
    locale: str = "en-GB",
    reduced_motion: str | None = None,
    service_workers: str = "allow",
) -> Any:
    """Return a browser profile of its own."""
    made = browser.new_context(
        base_url=ORIGIN,
        viewport={"width": width, "height": 800},
        timezone_id=time_zone,
        locale=locale,
        reduced_motion=reduced_motion,
        service_workers=service_workers,
    )
    made.set_default_timeout(PATIENCE_MILLISECONDS)
    return made


class PushService:
    """Push service between a browser and the stack, in place of the browser's own on the internet.

    The app subscribes, but receives a subscription of the stack's Web Push stand-in. What arrives
    there encrypted is delivered to the app's service worker by the developer tools. Headless
    Chromium cannot show notifications and counts them as denied: the page sees them as
    granted, and what the worker shows is recorded, and shown where the browser can.
    """

    _PAGE = """
        const subscription = SUBSCRIPTION;
        let held = null;
        Object.defineProperty(Notification, "permission", { get: () => "granted" });
        Notification.requestPermission = async () => "granted";
        PushManager.prototype.getSubscription = async () => held;
        PushManager.prototype.subscribe = async (options) => {
          window.applicationServerKey = options.applicationServerKey;
          held = {
            endpoint: subscription.endpoint,
            toJSON: () => subscription,
            unsubscribe: async () => ((held = null), true),
          };
          return held;
        };
    """
    _WORKER = """() => {
        self.shown = [];
        const show = self.registration.showNotification.bind(self.registration);
        self.registration.showNotification = async (title, options) => {
          self.shown.push({ title, ...options });
          await show(title, options).catch(() => undefined);
        };
    }"""
    # Waiting for what the handler does is a privilege of the browser's own events.
    _CLICK = """async (action) => {
        const event = new Event("notificationclick");
        event.action = action;
        event.notification = { ...self.shown.at(-1), close: () => undefined };
        event.waitUntil = (promise) => (event.done = promise);
        self.dispatchEvent(event);
        await event.done;
        return self.shown.at(-1);
    }"""

    def __init__(self, context: Any, subscription: dict[str, Any]) -> None:
        self._context = context
        context.add_init_script(self._PAGE.replace("SUBSCRIPTION", json.dumps(subscription)))

    def deliver(self, page: Any, message: dict[str, Any]) -> dict[str, Any]:
        """Deliver what the stand-in decrypted; return the notification that the worker shows."""
        worker = self._worker(page)
        worker.evaluate(self._WORKER)
        tools = self._context.new_cdp_session(page)
        registrations: list[dict[str, Any]] = []
        tools.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: registrations.extend(event["registrations"]),
        )
        tools.send("ServiceWorker.enable")
        found = eventually(lambda: _pumped(page, registrations), "the worker's registration")
        sent = ("title", "body", "data", "actions")
        payload = {name: message[name] for name in sent if name in message}
        tools.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": ORIGIN,
                "registrationId": found[0]["registrationId"],
                "data": json.dumps(payload),
            },
        )
        shown: dict[str, Any] = eventually(
            lambda: worker.evaluate("() => self.shown.at(-1) ?? null"), "a notification"
        )
        return shown

    def click(self, page: Any, action: str = "") -> dict[str, Any]:
        """Click the last notification or its button; return what is shown then."""
        shown: dict[str, Any] = self._worker(page).evaluate(self._CLICK, action)
        return shown

    def _worker(self, page: Any) -> Any:
        page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
        return self._context.service_workers[0]


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/config.json", timeout=5).ok
    except requests.ConnectionError:
        return False


def _pumped(page: Any, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the result after events that came meanwhile were processed."""
    page.evaluate("() => undefined")
    return found
