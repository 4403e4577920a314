"""Words as searches compare them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.rules.search_words import get_first_words, normalize, split_words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café-Noir", ["cafe", "noir"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("São Paulo", ["sao", "paulo"]),
        ("mara.voss_ink", ["mara", "voss", "ink"]),
        ("東京 タトゥー", ["東京", "タトゥー"]),
        ("ﬁne ½ №1", ["fine", "1", "2", "no1"]),
        ("!!! — ___", []),
        ("x" * 50, ["x" * 40]),
    ],
)
def test_words(text: str, expected: Any) -> None:
    assert split_words(text) == expected


@given(st.text(max_size=60))
def test_splitting_and_normalizing_are_idempotent(text: Any) -> None:
    for word in split_words(text):
        assert split_words(word) == [word]
    assert normalize(normalize(text)) == normalize(text)


def test_the_first_distinct_words_are_returned() -> None:
    assert get_first_words(["Ink Ink ivan", "ivan tattoos", "more"], 3) == (
        "ink",
        "ivan",
        "tattoos",
    )
