"""Words as every search compares them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.search_words import (
    fold,
    is_unspaced,
    list_index_terms,
    normalize,
    split_terms,
    split_words,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Łukasz Ørsted", "lukasz orsted"),
        ("STRASSE Straße GROẞ", "strasse strasse gross"),
        ("\u0131spanak İZMİR Irmak", "ispanak izmir irmak"),
        ("Đặng Æsir Þór œuvre ħal \u017fo ƒin", "dang aesir thor oeuvre hal so fin"),
        ("so\u00adft w\u200bi\u2060d\ufe0fe", "soft wide"),
        ("Ελλάς ΕΛΛΑΣ", "ελλασ ελλασ"),
        ("ｶﾞ ガ カ", "ガ ガ カ"),
        ("हिन्दी ไทย 한국", "हिन्दी ไทย 한국"),
        ("مُحَمَّد مـحمد", "محمد محمد"),
        ("ﬁne ½ №1 ™", "fine 1\u20442 no1 tm"),
        ("Don't, stop!", "don't, stop!"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Café-Noir", ["cafe", "noir"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("São Paulo", ["sao", "paulo"]),
        ("mara.voss_ink", ["mara", "voss", "ink"]),
        ("東京 タトゥー", ["東京", "タトゥー"]),
        ("ﬁne ½ №1", ["fine", "1", "2", "no1"]),
        ("हिन्दी टैटू", ["हिन्दी", "टैटू"]),
        ("!!! — ___", []),
        ("\u00ad\u200b", []),
        ("x" * 50, ["x" * 40]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@pytest.mark.parametrize(
    ("text", "terms", "index_terms"),
    [
        ("fine line fine", ["fine", "line"], ["fine", "line"]),
        ("東京", ["東京"], ["東京", "京"]),
        ("京", ["京"], ["京"]),
        (
            "東京タトゥー",
            ["東京", "京タ", "タト", "トゥ", "ゥー"],
            ["東京", "京タ", "タト", "トゥ", "ゥー", "ー"],
        ),
        ("Tattoo東京", ["tattoo", "東京"], ["tattoo", "東京", "京"]),
        ("한국 타투", ["한국", "타투"], ["한국", "타투"]),
    ],
)
def test_terms(text: str, terms: list[str], index_terms: list[str]) -> None:
    assert split_terms(text) == terms
    assert list_index_terms(text) == index_terms


@given(st.text(max_size=60))
def test_folding_and_splitting_are_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    for word in split_words(text):
        assert split_words(word) == [word]
    assert normalize(normalize(text)) == normalize(text)


@given(st.text("東京タトゥーab ", min_size=1, max_size=12), st.data())
def test_every_piece_of_a_run_is_found(text: str, data: st.DataObject) -> None:
    """What stands in an unspaced run is found by its terms, one character as a prefix."""
    start = data.draw(st.integers(0, len(text) - 1))
    piece = text[start : data.draw(st.integers(start + 1, len(text)))]
    index = list_index_terms(text)
    for term in split_terms(piece):
        if is_unspaced(term):
            assert any(each.startswith(term) for each in index)
