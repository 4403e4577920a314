"""Texts in drafts: nothing that a client writes begins a line, and a cut is visible."""

import pytest

from consultations.rules import draft_texts

BREAKS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("line_break", BREAKS, ids=repr)
def test_a_line_break_forges_no_line(line_break: str) -> None:
    text = f"Left arm{line_break}Age: of age"
    assert draft_texts.to_one_line(text) == "Left arm / Age: of age"
    assert list(draft_texts.quote(text)) == ["> Left arm", "> Age: of age"]


def test_blank_lines_leave_no_trace_on_one_line() -> None:
    assert draft_texts.to_one_line("\n a \t b \n\n c \n") == "a b / c"


def test_a_cut_is_visible() -> None:
    assert draft_texts.shorten("abcdef", 6) == "abcdef"
    assert draft_texts.shorten("abcd fgh", 6) == "abcd…"
    assert draft_texts.join_lines(["abc", "def"], 7) == "abc\ndef"
    assert draft_texts.join_lines(["abc", "def"], 6) == "abc\nd…"
