"""Captions of media: as long as a portfolio takes them, with their hashtags."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from social.rules.captions import trim_caption


@pytest.mark.parametrize(
    ("text", "limit", "trimmed"),
    [
        ("Peonies. #fineline", 500, "Peonies. #fineline"),
        ("  Peonies.\r\n\r\n#a  \n", 500, "Peonies.\n\n#a"),
        ("Healed peonies\u202e on a\x00 forearm", 500, "Healed peonies on a forearm"),
        ("one two three four five #a #b", 20, "one two three… #a #b"),
        ("one #a two three four five #b", 20, "one #a two three… #b"),
        ("one two three four five six", 15, "one two three…"),
        ("x" * 30, 10, "x" * 9 + "…"),
        ("one two three #1 C# & #b &#39; four", 20, "one two three #1… #b"),
        ("lines #überschön " + "y " * 20, 20, "lines #überschön y…"),
    ],
)
def test_what_does_not_fit_is_cut_but_the_hashtags_stay(
    text: str, limit: int, trimmed: str
) -> None:
    assert trim_caption(text, limit) == trimmed


@settings(max_examples=50)
@given(st.text(alphabet="ab #\n😀é1", max_size=80), st.integers(10, 40))
def test_a_caption_is_never_too_long_and_keeps_what_fits(text: str, limit: int) -> None:
    trimmed = trim_caption(text, limit)
    assert len(trimmed) <= limit
    assert trim_caption(trimmed, limit) == trimmed
