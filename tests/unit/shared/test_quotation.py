"""Quotation: users' words in what we write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import quotation
from tests.support import repeatable  # noqa: F401


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Small tattoo", '"Small tattoo"'),
        (
            "URGENT your account is locked, see http://evil.example/login",
            '"URGENT your account is locked, see ..."',
        ),
        ("HTTPS://evil.example now", '"... now"'),
        ("www.evil.example", '"..."'),
        ("//evil.example/x", '"..."'),
        ("evil.example?x=1 evil.example:8080/x", '"... ..."'),
        ("http: //evil.example/x", '"... ..."'),
        ("evil\u3002example/x", '"..."'),
        ("10.0.0.1/x 10.0.0.1", '"... ..."'),
        ("mailto:x tel:+4912345 pay@evil.example", '"... ... ..."'),
        ("evil.example", '"evil. example"'),
        ("evil\uff0eexample", '"evil. example"'),
        (
            "Dr.Smith, 2.5 cm, 31.12.2030, a.m., and/or",
            '"Dr. Smith, 2.5 cm, 31.12.2030, a.m., and/or"',
        ),
        (" two\r\nlines\tand\u2028more ", '"two lines and more"'),
        ("pay \u202eDE12\x00", '"pay DE12"'),
        ('Ada" says us: "locked', "\"Ada' says us: 'locked\""),
        ("\u201cAda\u201d \uff02", "\"'Ada' '\""),
        ("\u200b", ""),
        (" ", ""),
        ("", ""),
        ("x" * 120, '"' + "x" * 120 + '"'),
        ("x" * 121, '"' + "x" * 117 + '..."'),
        (
            "Gr\u00f6\u00dfe \U0001f469\u200d\U0001f3a8",
            '"Gr\u00f6\u00dfe \U0001f469\u200d\U0001f3a8"',
        ),
    ],
)
def test_a_quotation_is_one_line_without_links_that_nothing_inside_can_close(
    words: str, shown: str
) -> None:
    assert quotation.quote(words) == shown
    assert quotation.flatten(words) == shown[1:-1]


def test_a_longer_text_keeps_its_lines() -> None:
    assert quotation.quote_lines("I am ill.\r\nSorry, see www.x.example\n\n") == (
        '"I am ill.\nSorry, see ..."'
    )
    assert quotation.quote_lines(" \n ") == ""
    long = quotation.quote_lines("word \n" * 1_000)
    assert len(long) <= quotation.MAX_TEXT + 2
    assert long.endswith('..."')


@given(st.text(st.characters()))
def test_no_words_leave_their_quotation(words: str) -> None:
    shown = quotation.quote(words)
    assert shown.count('"') in (0, 2)
    assert len(shown.splitlines()) <= 1
    assert len(shown) <= quotation.MAX_NAME + 2
    assert "://" not in shown
