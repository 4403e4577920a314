"""Text that people write: normalization, and what no request may hold."""

import unicodedata
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import text
from domain.errors import FieldError, InvalidFields
from domain.text import NOT_ONE_LINE
from domain.types import REQUESTED_LINE, FilledLine, FilledText, Line
from shared.http.decoding import Input, decode_json, decode_query
from tests.support import repeatable  # noqa: F401

DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
MARKS = ["\u05e9\u200f!", "\u0646\u0645\u06cc\u200c\u062e"]  # of Hebrew and of Persian
ALLOWED = ["", " \n", "Ada", "a\tb\nc", *MARKS, "\U0001fae8"]
CONTROLS = ["\x00", "a\x00", "\x1b[31m", "\x0b", "\x7f", "\x9f"]
HIDDEN = ["\u200b", "\u3164", "\u115f", "\u2800", "\u00ad", "\ufe0f", "\u0301", "\U000e0041"]
HIDDEN += ["\ufffc", "\ufdd0", "\uffff", "\U0001fffe", "\U00013441"]


@pytest.mark.parametrize("written", [*CONTROLS, *DIRECTIONS])
def test_controls_and_overrides_are_faults(written: str) -> None:
    assert text.find_fault(written) == text.FORBIDDEN
    assert text.find_fault(f"a{written}b") == text.FORBIDDEN


@pytest.mark.parametrize("written", [*HIDDEN, " \u00a0", "\ufeff"])
def test_a_text_of_nothing_visible_is_a_fault(written: str) -> None:
    assert text.find_fault(written) == text.INVISIBLE
    assert text.find_fault(f"a{written}") is None


@pytest.mark.parametrize("written", ALLOWED)
def test_a_good_text_stays_as_it_is(written: str) -> None:
    assert text.find_fault(written) is None
    assert text.normalize(written) == written
    assert text.clean(written) == written


def test_a_normalized_text_is_composed_and_has_one_kind_of_line_break() -> None:
    assert text.normalize("e\u0301\r\na\rb\u2028c\u2029d\u0085e") == "\u00e9\na\nb\nc\nd\ne"


def test_no_character_that_unicode_hides_is_visible_alone() -> None:
    for code in range(0x110000):
        if unicodedata.category(chr(code)) in {"Cc", "Cf", "Zs", "Zl", "Zp"}:
            assert text.is_invisible(chr(code)), hex(code)


def test_a_letter_is_composed_with_the_mark_behind_what_was_removed() -> None:
    assert text.clean("e\x00\u0301") == "\u00e9"


@given(st.text(st.characters()))
def test_a_cleaned_text_has_no_forbidden_character_and_stays_clean(written: str) -> None:
    cleaned = text.clean(written)
    assert text.find_fault(cleaned) != text.FORBIDDEN
    assert text.clean(cleaned) == cleaned


class Note(Input, frozen=True):
    title: FilledLine
    place: Line = ""
    body: FilledText = "text"
    tags: tuple[str, ...] = ()
    labels: dict[str, str] = msgspec.field(default_factory=dict)


def errors_of(value: object) -> dict[str, str]:
    """Return the messages about a body by field."""
    with pytest.raises(InvalidFields) as caught:
        decode_json(msgspec.json.encode(value), Note)
    return {error.field: error.message for error in caught.value.errors}


def test_every_text_of_a_request_is_normalized_before_it_is_measured() -> None:
    body = {"title": "e\u0301", "tags": ["a\r\nb"], "labels": {"e\u0301": "o\u0308"}}
    assert decode_json(msgspec.json.encode(body), Note) == Note(
        "\u00e9", tags=("a\nb",), labels={"\u00e9": "\u00f6"}
    )

    class Short(Input, frozen=True):
        name: Line

    assert decode_query({"name": ["e\u0301"]}, Short) == Short("\u00e9")


def test_a_forbidden_text_is_named_wherever_it_is() -> None:
    body = {
        "title": "a\u202eb",
        "tags": ["fine", "\u200b"],
        "labels": {"x": "\x00", "\x7f": "y"},
        "other": "\u3164",
        "body": 1,
    }
    assert errors_of(body) == {
        "body.title": text.FORBIDDEN,
        "body.tags[1]": text.INVISIBLE,
        "body.labels.x": text.FORBIDDEN,
        "body.labels": f"each key {text.FORBIDDEN}",
        "body.other": text.INVISIBLE,
        "body.body": "must be a string",
    }


@pytest.mark.parametrize("escaped", [rb"\u0000", rb"\b", rb"\f", b"\x7f", rb"\u202e"])
def test_an_ascii_body_cannot_hide_a_forbidden_character(escaped: bytes) -> None:
    with pytest.raises(InvalidFields) as caught:
        decode_json(b'{"title": "a' + escaped + b'"}', Note)
    assert caught.value.errors == (FieldError("body.title", text.FORBIDDEN),)


class Lines(Input, frozen=True):
    """Texts that are one line in requests only, within a type that says more of them."""

    names: Annotated[tuple[Annotated[str, REQUESTED_LINE], ...], msgspec.Meta(max_length=3)]


def test_each_of_several_texts_is_one_line() -> None:
    assert decode_json(b'{"names": ["a", "b"]}', Lines).names == ("a", "b")
    with pytest.raises(InvalidFields) as caught:
        decode_json(b'{"names": ["a", "b\\nc"]}', Lines)
    assert caught.value.errors == (FieldError("body.names[1]", NOT_ONE_LINE),)


def test_a_line_has_no_line_breaks_and_a_filled_text_is_not_blank() -> None:
    assert errors_of({"title": "a\nb", "place": "a\r\nb", "body": " \n"}) == {
        "body.title": "must be one line, without tabs and not blank",
        "body.place": "must be one line, without tabs",
        "body.body": "must not be blank",
    }
    assert errors_of({"title": "a\n"}).keys() == errors_of({"title": " "}).keys() == {"body.title"}
    assert decode_json(b'{"title": "a", "body": "a\\nb"}', Note).body == "a\nb"
