"""Texts of the web example: every language has the texts of English."""

import json
import re
from pathlib import Path

import pytest

from infra.paths import ROOT

MESSAGES = ROOT / "docs" / "examples" / "web" / "src" / "messages"
LANGUAGES = sorted(path.name for path in MESSAGES.iterdir() if path.is_dir())
AREAS = sorted(path.name for path in (MESSAGES / "en").glob("*.json"))
PLACEHOLDER = re.compile(r"\{\w+\}")
Texts = dict[str, str | dict[str, str]]


def test_english_and_german_are_there() -> None:
    assert {"en", "de"} <= set(LANGUAGES)
    assert AREAS


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_the_areas_of_english(language: str) -> None:
    assert sorted(path.name for path in (MESSAGES / language).glob("*.json")) == AREAS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("area", AREAS)
def test_a_language_has_the_texts_of_english_with_their_placeholders(
    language: str, area: str
) -> None:
    theirs, english = read(MESSAGES / language / area), read(MESSAGES / "en" / area)
    assert list(theirs) == list(english)
    for key, text in theirs.items():
        assert all(forms(text)), key
        assert placeholders(text) == placeholders(english[key]), key


def read(path: Path) -> Texts:
    texts: Texts = json.loads(path.read_text(encoding="utf-8"))
    return texts


def forms(text: str | dict[str, str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def placeholders(text: str | dict[str, str]) -> set[str]:
    # The singular may say "a day" without its number.
    return {name for form in forms(text) for name in PLACEHOLDER.findall(form)}
