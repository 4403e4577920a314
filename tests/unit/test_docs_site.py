"""Pages of the documentation site, and the links between them."""

from pathlib import Path

import pytest

from infra.docs_site.pages import list_decisions, list_pages, move_links
from infra.paths import ROOT

PAGES = {
    "docs/auth.md": "auth.md",
    "docs/adr/0001-one.md": "adr/0001-one.md",
    "CHANGELOG.md": "changelog.md",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "app.py").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("path", "link", "moved"),
    [
        ("docs/auth.md", "[it](adr/0001-one.md#why)", "[it](adr/0001-one.md#why)"),
        ("docs/adr/0001-one.md", "[it](../auth.md)", "[it](../auth.md)"),
        ("CHANGELOG.md", "[it](docs/adr/0001-one.md)", "[it](adr/0001-one.md)"),
        ("docs/adr/0001-one.md", "[it](../../CHANGELOG.md)", "[it](../changelog.md)"),
        ("docs/auth.md", "[all](adr/)", "[all](adr/index.md)"),
        ("docs/auth.md", "[home](../README.md)", "[home](index.md)"),
        ("docs/auth.md", "[code](../functions/app.py)", "code"),
        ("docs/auth.md", "[here](#there)", "[here](#there)"),
        ("docs/auth.md", "[out](https://example.com/a.md)", "[out](https://example.com/a.md)"),
        ("docs/auth.md", "`[no](link.md)`", "`[no](link.md)`"),
        ("docs/auth.md", "```\n[no](link.md)\n```", "```\n[no](link.md)\n```"),
    ],
)
def test_a_link_leads_to_the_same_page_in_the_site(
    root: Path, path: str, link: str, moved: str
) -> None:
    assert move_links(link, path, PAGES, root) == moved


def test_a_link_that_leads_nowhere_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match=r"docs/auth\.md links to gone\.md"):
        move_links("See [it](gone.md).", "docs/auth.md", PAGES, root)


def test_every_page_of_the_repository_has_links_that_hold() -> None:
    pages = list_pages()
    moved = [
        move_links((ROOT / path).read_text(), path, pages) for path in pages if path.endswith(".md")
    ]
    assert len(moved) > 100


def test_every_decision_is_listed() -> None:
    listed = list_decisions()
    names = [path.name for path in (ROOT / "docs" / "adr").glob("0*.md")]
    assert [name for name in names if f"({name})" not in listed] == []


def test_every_page_of_docs_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text().partition("\nnav:")[2]
    pages = [path for path in list_pages().values() if path.endswith(".md")]
    missing = [path for path in pages if path not in navigation and not path.startswith("adr/")]
    assert missing == []
