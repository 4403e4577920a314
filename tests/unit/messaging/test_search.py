"""Search of messages: terms, beginnings of words, windows."""

from hypothesis import given
from hypothesis import strategies as st

from messaging.rules import search
from messaging.rules.search import MAX_READS, Window

ANY = st.text(st.characters())


def test_all_terms_of_a_query_are_used() -> None:
    assert search.parse("a bb  ccc bb").terms == ("ccc", "bb", "a")
    assert len(search.parse(" ".join("abcdefgh")).terms) == 8
    assert search.parse(" \u0301 ").terms == ()


@given(ANY, ANY)
def test_what_the_index_holds_matches(before: str, after: str) -> None:
    text = f"{before} Grüße Ödön STRASSE {after}"
    beginnings = search.list_beginnings(text)
    for query in ("GRUSSE", "grüsse", "odon", "str", "straße odon"):
        terms = search.parse(query)
        assert terms.match(text)
        assert all(search.shorten(term) in beginnings for term in terms.terms)


def test_all_words_must_match() -> None:
    assert not search.parse("blue rose").match("blue lotus")
    assert not search.parse("ose").match("rose")


def test_symbols_are_found_where_a_query_has_no_word() -> None:
    assert search.parse("\U0001f339!").terms == ("!", "\U0001f339")
    assert search.parse("rose\U0001f339").terms == ("rose",)
    assert search.parse("\U0001f339").match("for you \U0001f339\ufe0f")
    assert "\U0001f339" in search.list_beginnings("for you\U0001f339")


def test_the_rarest_term_leads() -> None:
    terms = search.parse("appointment owl")
    texts = ["appointment today", "appointment tomorrow"]
    assert terms.choose_rarest(texts, "appointment") == "owl"
    assert terms.choose_rarest(["owl appointment"], "owl") == "owl"
    assert terms.choose_rarest([], "appointment") == "appointment"


def test_windows_grow_where_little_is_found() -> None:
    assert Window(100).next(hits=100, wanted=20).size == 40
    assert Window(100).next(hits=1, wanted=20).size == 4_000
    assert Window(100).next(hits=0, wanted=20).size == 5_000
    window = Window()
    for _ in range(MAX_READS - 1):
        window = window.next(hits=0, wanted=20)
    assert window.size > 10_000_000
