"""Measures the important pages of the web example with Lighthouse, on a stack that runs.

A page with a category below the target is named with what keeps it down, and the exit status is 1.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.paths import ROOT
from tests.support import screens
from tests.support.browser import ORIGIN, launch_options, served_app
from tests.support.screens import SCREENS
from tests.support.stack import RunningStack, described_stack
from tests.support.web import sign_in_as

TARGET = 95
PAGES = {
    None: ("/", "/artists/{handle}", "/artists/{handle}/book/{serviceId}", "/sign-in"),
    "client": ("/appointments", "/appointments/{id}", "/messages/{id}", "/inbox"),
}
FORM_FACTORS = ("mobile", "desktop")
SCRIPT = ROOT / "tests" / "lighthouse" / "measure.mjs"
TIMEOUT_SECONDS = 600


def main() -> int:
    """Measure, print a table, and return 1 if a page misses the target."""
    stack = described_stack(Path(os.environ.get("STACK", ".local/stack.json")))
    places = screens.furnish(stack)
    missed = 0
    print("| Page | on | performance | accessibility | best practices | SEO |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as built, served_app(stack, Path(built)) as port:
        for role, routes in PAGES.items():
            urls = [ORIGIN + places.address(SCREENS[route]) for route in routes]
            for form_factor in FORM_FACTORS:
                with _browser(stack, role, port) as debugging_port:
                    reports = _measure(debugging_port, form_factor, urls)
                for route, report in zip(routes, reports, strict=True):
                    missed += _print(route, form_factor, report)
    return 1 if missed else 0


@contextmanager
def _browser(stack: RunningStack, role: str | None, port: int) -> Iterator[int]:
    """Yield the debugging port of a browser in which a user is signed in, or nobody."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with socket.create_server(("127.0.0.1", 0)) as listener:
        debugging_port = int(listener.getsockname()[1])
    options = launch_options(port)
    options["args"].append(f"--remote-debugging-port={debugging_port}")
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        opened = playwright.chromium.launch_persistent_context(profile, base_url=ORIGIN, **options)
        try:
            page = opened.new_page()
            if role:
                sign_in_as(page, stack.user(role))
                page.close()
            yield debugging_port
        finally:
            opened.close()


def _measure(port: int, form_factor: str, urls: list[str]) -> list[dict[str, Any]]:
    node = shutil.which("node") or "node"
    command = [node, str(SCRIPT), str(port), form_factor, *urls]
    done = subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_SECONDS)
    reports: list[dict[str, Any]] = json.loads(done.stdout)
    return reports


def _print(route: str, form_factor: str, report: dict[str, Any]) -> bool:
    scores = report["scores"]
    shown = (
        scores.get(name, "") for name in ("performance", "accessibility", "best-practices", "seo")
    )
    print(f"| `{route}` | {form_factor} | {' | '.join(map(str, shown))} |", flush=True)
    missed = any(score < TARGET for score in scores.values())
    if missed:
        for audit in report["failed"]:
            value = audit.get("displayValue") or ""
            print(f"    {audit['id']}: {audit['title']} {value}".rstrip(), file=sys.stderr)
    return missed


if __name__ == "__main__":
    sys.exit(main())
