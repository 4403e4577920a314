"""Validation of intake forms."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.support.repeatable  # noqa: F401
from consultations.models import IntakeQuestion
from consultations.rules import intake_validation


def questions(*described: dict[str, Any]) -> tuple[IntakeQuestion, ...]:
    defaults = {"type": "text", "label": "Well?"}
    return msgspec.convert(
        [defaults | question for question in described], tuple[IntakeQuestion, ...]
    )


def question_errors(*described: dict[str, Any]) -> dict[str, str]:
    errors = intake_validation.find_question_errors(questions(*described), "q")
    return {error.field: error.message for error in errors}


def answer_errors(form: tuple[IntakeQuestion, ...], **answers: Any) -> dict[str, str]:
    errors = intake_validation.find_answer_errors(form, answers, "a")
    return {error.field: error.message for error in errors}


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
def test_invalid_questions_are_named(described: list[dict[str, Any]], fields: list[str]) -> None:
    assert list(question_errors(*described)) == fields


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
def test_answers_must_have_the_type_of_their_question(
    question: dict[str, Any], good: list[Any], bad: list[Any]
) -> None:
    for answer in good:
        assert answer_errors(questions(question), x=answer) == {}, answer
    for answer in bad:
        assert list(answer_errors(questions(question), x=answer)) == ["a.x"], answer


@pytest.mark.parametrize(("type_", "empty"), [("text", " "), ("long_text", ""), ("multiple", [])])
def test_required_answers_are_not_empty(type_: str, empty: Any) -> None:
    options = ["a", "b"] if type_ == "multiple" else []
    form = questions({"key": "x", "type": type_, "options": options, "required": True})
    assert answer_errors(form, x=empty) == {"a.x": "is required"}
    assert answer_errors(form) == {"a.x": "is required"}


FORM = questions(
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
        # A question is not asked either when it depends on one that is not asked.
        ({"scar": False, "size": "large", "details": "Old."}, ["a.size", "a.details"]),
        ({"scar": False, "colours": ["red"]}, []),
        ({"scar": False, "colours": ["red", "blue"]}, ["a.shade"]),
        ({"scar": False, "colours": ["red"], "shade": "navy"}, ["a.shade"]),
        ({"scar": False, "surprise": 1}, ["a.surprise"]),
        ({"scar": 1, "surprise": 1}, ["a.scar", "a.surprise"]),
    ],
)
def test_what_is_formdepends_on_the_answers_before(
    answers: dict[str, Any], wrong: list[str]
) -> None:
    assert list(answer_errors(FORM, **answers)) == wrong


def test_answers_are_combined_with_their_questions() -> None:
    combined = intake_validation.combine(FORM, {"shade": "navy", "scar": True})
    assert [(item.key, item.label, item.answer) for item in combined] == [
        ("scar", "Well?", True),
        ("shade", "Well?", "navy"),
    ]


@given(st.data())
def test_valid_forms_can_always_be_answered(data: st.DataObject) -> None:
    """Valid forms have no cycles, so answering one question after the other comes to an end."""
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
    form = questions(*described)
    if intake_validation.find_question_errors(form, "q"):
        return
    answers: dict[str, Any] = {}
    for _ in keys:
        missing = list(answer_errors(form, **answers))
        for field in missing:
            answers[field.removeprefix("a.")] = data.draw(st.booleans())
    assert answer_errors(form, **answers) == {}
