"""Words of earlier drafts that no longer occur: the glossary has the terms that replaced them."""

import re
import subprocess

import pytest

from infra.paths import ROOT

# In halves, so that this file does not find itself.
OLD_WORDS = (
    "fac" + "ts",
    "hea" + "rd",
    "the door" + " of",
    "what becomes" + " of",
    "furni" + "ture",
)
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()


@pytest.mark.parametrize("words", OLD_WORDS)
def test_an_old_word_is_gone(words: str) -> None:
    found = subprocess.run(
        ["git", "grep", "--ignore-case", "--word-regexp", "--line-number", "-I", words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1, found.stdout or found.stderr


def test_every_term_of_the_glossary_is_defined_once() -> None:
    terms = re.findall(r"^\| \*\*(.+?)\*\* \|", GLOSSARY, re.MULTILINE)
    assert len(terms) == len(set(terms)) > 60
