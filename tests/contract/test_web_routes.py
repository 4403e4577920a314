"""Addresses of the web example: all that mails, push messages and the inbox lead to are there."""

import re

import pytest

from infra.paths import FUNCTIONS, ROOT

ROUTES = ROOT / "docs" / "examples" / "web" / "src" / "routes.ts"
SOURCES = {path: path.read_text() for path in sorted((FUNCTIONS / "notifications").rglob("*.py"))}
# A link to a record has the name of its page as its first argument.
RECORD = re.compile(r'(?:RecordLink|CalendarChangeLink)\(\s*"([a-z-]+)"')
PATH = re.compile(r'"(/[a-z][a-z/-]*(?:#[^"]*|\{[^"]*\})?)"')
OTHERS = {"/local/writereview"}  # of pages to write reviews on


def linked() -> set[str]:
    """Return every address that notifications links to, with an id for each variable."""
    records = {f"/{page}/{{id}}" for text in SOURCES.values() for page in RECORD.findall(text)}
    pages = {path for text in SOURCES.values() for path in PATH.findall(text)}
    found = (re.sub(r"\{[^}]*\}", "id_1", path) for path in records | pages)
    return {path.partition("#")[0] for path in found if not path.startswith("/v1/")} - OTHERS


def patterns() -> list[re.Pattern[str]]:
    routes = re.findall(r'^  "(/[^"]*)": async', ROUTES.read_text(), re.MULTILINE)
    return [re.compile(re.sub(r"\{\w+\}", "[^/]+", route)) for route in routes]


def test_the_links_are_found() -> None:
    assert {
        "/appointments/id_1",
        "/conversations/id_1",
        "/not-me",
        "/account/exports/id_1",
    } <= linked()


@pytest.mark.parametrize("path", sorted(linked()))
def test_a_link_leads_to_a_page(path: str) -> None:
    assert any(pattern.fullmatch(path) for pattern in patterns())
