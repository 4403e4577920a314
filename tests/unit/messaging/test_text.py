"""Text of messages: cleaning, previews."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.rules import text
from tests.support import repeatable  # noqa: F401

ANY = st.text(st.characters())


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("plain", "plain"),
        ("  outer  ", "outer"),
        ("a\r\nb\rc\u2028d\u2029e\u0085f", "a\nb\nc\nd\ne\nf"),
        ("a\n\n\n\n\n\nb", "a\n\n\nb"),
        ("a\tb", "a\tb"),
        ("nul\x00 bell\x07 esc\x1b[31m del\x7f c1\x9b", "nul bell esc[31m del c1"),
        ("pay \u202e05\u202c EUR", "pay 05 EUR"),
        ("\u2066isolated\u2069", "isolated"),
        ("e\u0301", "\u00e9"),
        ("\u05e9\u200f!", "\u05e9\u200f!"),  # a mark of direction that Hebrew needs
        ("", ""),
    ],
)
def test_clean(written: str, expected: str) -> None:
    assert text.clean(written) == expected


@given(ANY)
def test_cleaning_twice_changes_nothing(written: str) -> None:
    clean = text.clean(written)
    assert text.clean(clean) == clean
    kinds = {unicodedata.category(each) for each in clean if each not in "\n\t"}
    assert not kinds & {"Cc", "Cs"}
    clean.encode()


@pytest.mark.parametrize("blank", ["", " ", "\u200b", "\u200e\u200f", "\u00a0\u3000", "\ufeff"])
def test_is_blank(blank: str) -> None:
    assert text.is_blank(blank)
    assert not text.is_blank(f"{blank}x")


@given(ANY)
def test_a_preview_is_one_short_line(written: str) -> None:
    shown = text.shorten(text.clean(written))
    assert len(shown) <= 120
    assert "\n" not in shown


def test_a_shortened_preview_ends_with_an_ellipsis() -> None:
    assert text.shorten("word " * 100).endswith("word…")
    assert text.shorten("x" * 120) == "x" * 120
