"""Files that a project needs besides its code: one version, one licence, no broken links."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from infra.openapi.document import document
from infra.paths import ROOT

LICENCE = "Apache-2.0"
VERSION = r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
RELEASE = re.compile(rf"^## \[(?P<version>{VERSION})\] - (?P<date>\d{{4}}-\d{{2}}-\d{{2}})$", re.M)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
PAGES = ["CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "CHANGELOG.md"]
PAGES.append("docs/adding-a-feature.md")


def read(name: str) -> str:
    return (ROOT / name).read_text()


def project() -> dict[str, Any]:
    metadata: dict[str, Any] = tomllib.loads(read("pyproject.toml"))["project"]
    return metadata


def releases() -> list[tuple[str, str]]:
    """The versions of the changelog and their dates, the newest first."""
    return [(match["version"], match["date"]) for match in RELEASE.finditer(read("CHANGELOG.md"))]


def test_there_is_one_version_number() -> None:
    lock = json.loads(read("package-lock.json"))
    versions = {
        "pyproject.toml": project()["version"],
        "package.json": json.loads(read("package.json"))["version"],
        "package-lock.json": lock["version"],
        "its root package": lock["packages"][""]["version"],
        "the OpenAPI document": document()["info"]["version"],
        "CHANGELOG.md": releases()[0][0],
    }
    assert len(set(versions.values())) == 1, versions


def test_releases_are_in_order() -> None:
    text = read("CHANGELOG.md")
    assert "\n## [Unreleased]\n" in text
    headings = re.findall(r"^## .*$", text, re.MULTILINE)
    assert len(headings) == len(releases()) + 1
    numbers = [tuple(map(int, version.split("."))) for version, _ in releases()]
    assert numbers == sorted(numbers, reverse=True)
    dates = [date for _, date in releases()]
    assert dates == sorted(dates, reverse=True)


def test_sections_of_the_changelog_are_those_of_keep_a_changelog() -> None:
    sections = set(re.findall(r"^### (.*)$", read("CHANGELOG.md"), re.MULTILINE))
    assert sections <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_there_is_one_licence() -> None:
    assert project()["license"] == LICENCE
    assert json.loads(read("package.json"))["license"] == LICENCE
    assert document()["info"]["license"]["identifier"] == LICENCE
    text = read("LICENSE")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "APPENDIX: How to apply the Apache License to your work." in text


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    broken = [link for link in LINK.findall(read(page)) if not (folder / link).exists()]
    assert broken == []


def test_dependabot_finds_its_folders() -> None:
    text = read(".github/dependabot.yml")
    folders = re.findall(r"^\s+(?:- |directory: )(/\S*)$", text, re.MULTILINE)
    assert len(folders) == 7
    for folder in folders:
        assert Path(ROOT, folder.lstrip("/")).is_dir()
