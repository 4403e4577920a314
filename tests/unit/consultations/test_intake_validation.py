"""Which questions can be asked, and which answers are answers to them."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.support.repeatable  # noqa: F401
from consultations.models import Question
from consultations.rules import intake_questions


def asked(*described: dict[str, Any]) -> tuple[Question, ...]:
    usual = {"type": "text", "label": "Well?"}
    return msgspec.convert([usual | one for one in described], tuple[Question, ...])


def wrong_questions(*described: dict[str, Any]) -> dict[str, str]:
    found = intake_questions.question_errors(asked(*described), "q")
    return {error.field: error.message for error in found}


def wrong_answers(asked_: tuple[Question, ...], **answers: Any) -> dict[str, str]:
    found = intake_questions.answer_errors(asked_, answers, "a")
    return {error.field: error.message for error in found}


YES_NO = {"key": "scar", "type": "yes_no"}
COLOURS = {"key": "colours", "type": "multiple", "options": ["red", "blue"]}
SIZE = {"key": "size", "type": "choice", "options": ["small", "large"]}


def when(key: str, on: str, *values: Any) -> dict[str, Any]:
    return {"key": key, "shownIf": {"question": on, "oneOf": list(values)}}


# ---- questions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("described", "fields"),
    [
        ([YES_NO, when("where", "scar", True)], []),
        ([SIZE, COLOURS, when("why", "colours", "red"), when("how", "size", "large")], []),
        ([{"key": "a"}, {"key": "a"}], ["q[1].key"]),
        ([{"key": "a", "type": "choice"}], ["q[0].options"]),
        ([{"key": "a", "type": "choice", "options": ["x"]}], ["q[0].options"]),
        ([{"key": "a", "type": "multiple", "options": ["x", "x"]}], ["q[0].options"]),
        ([{"key": "a", "options": ["x", "y"]}], ["q[0].options"]),
        ([{"key": "a", "minimum": 1, "maximum": 2}], ["q[0].minimum", "q[0].maximum"]),
        ([{"key": "a", "type": "number", "minimum": 2, "maximum": 1}], ["q[0].maximum"]),
        ([{"key": "a", "type": "number", "minimum": 0}], []),
        ([when("a", "nothing", True)], ["q[0].shownIf.question"]),
        ([when("a", "a", True)], ["q[0].shownIf.question"]),
        (
            [when("a", "b", True), YES_NO | when("b", "a", True)],
            ["q[0].shownIf.question", "q[1].shownIf.question"],
        ),
        ([when("a", "scar", True), YES_NO], ["q[0].shownIf.question"]),
        ([{"key": "a"}, when("b", "a", "x")], ["q[1].shownIf.question"]),
        ([{"key": "a", "type": "number"}, when("b", "a", "1")], ["q[1].shownIf.question"]),
        ([YES_NO, when("b", "scar", "yes")], ["q[1].shownIf.oneOf[0]"]),
        (
            [SIZE, when("b", "size", "large", "huge", True)],
            ["q[1].shownIf.oneOf[1]", "q[1].shownIf.oneOf[2]"],
        ),
        (
            [YES_NO, YES_NO | {"key": "scar"} | when("scar", "scar", True)],
            ["q[1].key", "q[1].shownIf.question"],
        ),
    ],
)
def test_what_can_be_asked(described: list[dict[str, Any]], fields: list[str]) -> None:
    assert list(wrong_questions(*described)) == fields


# ---- answers -----------------------------------------------------------------------------------

NUMBER = {"key": "x", "type": "number", "minimum": 1, "maximum": 5}
CHOICE = {"key": "x", "type": "choice", "options": ["a", "b"]}
MULTIPLE = {"key": "x", "type": "multiple", "options": ["a", "b"]}


@pytest.mark.parametrize(
    ("question", "good", "bad"),
    [
        ({"key": "x"}, ["", "x", "x" * 500], ["x" * 501, 1, True, ["x"]]),
        ({"key": "x", "type": "long_text"}, ["x" * 5000], ["x" * 5001, 1.5]),
        (NUMBER, [1, 5, 2.5], [0, 5.1, "2", True, [1], float("nan"), float("inf")]),
        (CHOICE, ["a", "b"], ["c", "", ["a"], True, 1]),
        (MULTIPLE, [[], ["a"], ["b", "a"]], ["a", ["c"], ["a", "a"], ["a", "c"], 1]),
        ({"key": "x", "type": "yes_no"}, [True, False], ["true", 1, 0, ["x"]]),
        (
            {"key": "x", "type": "date"},
            ["2026-02-28"],
            ["2026-02-29", "20260228", "2026-W09-6", "2026-2-8", "28.02.2026", 20260228, True],
        ),
    ],
    ids=lambda value: value.get("type", "text") if isinstance(value, dict) else "",
)
def test_what_is_an_answer(question: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    for answer in good:
        assert wrong_answers(asked(question), x=answer) == {}, answer
    for answer in bad:
        assert list(wrong_answers(asked(question), x=answer)) == ["a.x"], answer


@pytest.mark.parametrize(("type_", "empty"), [("text", " "), ("long_text", ""), ("multiple", [])])
def test_what_is_required_is_not_empty(type_: str, empty: Any) -> None:
    options = ["a", "b"] if type_ == "multiple" else []
    form = asked({"key": "x", "type": type_, "options": options, "required": True})
    assert wrong_answers(form, x=empty) == {"a.x": "is required"}
    assert wrong_answers(form) == {"a.x": "is required"}


FORM = asked(
    YES_NO | {"required": True},
    SIZE | {"required": True} | {"shownIf": {"question": "scar", "oneOf": [True]}},
    when("details", "size", "large") | {"required": True},
    COLOURS,
    when("shade", "colours", "blue") | {"required": True},
)


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({}, ["a.scar"]),
        ({"scar": False}, []),
        ({"scar": True}, ["a.size"]),
        ({"scar": True, "size": "small"}, []),
        ({"scar": True, "size": "large"}, ["a.details"]),
        ({"scar": True, "size": "large", "details": "Old."}, []),
        ({"scar": False, "size": "large"}, ["a.size"]),
        # What depends on an answer that is not asked for is not asked either.
        ({"scar": False, "size": "large", "details": "Old."}, ["a.size", "a.details"]),
        ({"scar": False, "colours": ["red"]}, []),
        ({"scar": False, "colours": ["red", "blue"]}, ["a.shade"]),
        ({"scar": False, "colours": ["red"], "shade": "navy"}, ["a.shade"]),
        ({"scar": False, "surprise": 1}, ["a.surprise"]),
        ({"scar": 1, "surprise": 1}, ["a.scar", "a.surprise"]),
    ],
)
def test_what_is_asked_depends_on_the_answers_before(
    answers: dict[str, Any], wrong: list[str]
) -> None:
    assert list(wrong_answers(FORM, **answers)) == wrong


def test_answers_are_frozen_with_their_questions() -> None:
    frozen = intake_questions.answered(FORM, {"shade": "navy", "scar": True})
    assert [(one.key, one.label, one.answer) for one in frozen] == [
        ("scar", "Well?", True),
        ("shade", "Well?", "navy"),
    ]


@given(st.data())
def test_questions_that_are_right_can_always_be_answered(data: st.DataObject) -> None:
    """Forms without errors have no cycles: answering what is asked, one by one, comes to an end."""
    keys = [f"k{number}" for number in range(6)]
    described = [
        YES_NO
        | {"key": key, "required": True}
        | (
            {"shownIf": {"question": data.draw(st.sampled_from(keys)), "oneOf": [True]}}
            if data.draw(st.booleans())
            else {}
        )
        for key in keys
    ]
    form = asked(*described)
    if intake_questions.question_errors(form, "q"):
        return
    answers: dict[str, Any] = {}
    for _ in keys:
        missing = list(wrong_answers(form, **answers))
        for field in missing:
            answers[field.removeprefix("a.")] = data.draw(st.booleans())
    assert wrong_answers(form, **answers) == {}
