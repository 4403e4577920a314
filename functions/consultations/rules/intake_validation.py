"""Validation of intake forms: the questions of an artist, and the answers of a client."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from consultations.models import AnswerValue, IntakeAnswer, IntakeQuestion, IntakeQuestionType
from domain.errors import FieldError

# date.fromisoformat of Python 3.11 accepts other spellings as well.
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
WITH_OPTIONS = frozenset({IntakeQuestionType.CHOICE, IntakeQuestionType.MULTIPLE})
MAX_LENGTHS = {IntakeQuestionType.TEXT: 500, IntakeQuestionType.LONG_TEXT: 5000}


# ---- questions ---------------------------------------------------------------------------------


def find_question_errors(questions: Sequence[IntakeQuestion], path: str) -> list[FieldError]:
    """Find the mistakes in the questions.

    A condition can only name an earlier question, so no question can depend on itself.

    Args:
        questions: Questions in their order.
        path: Path of the questions in the request, for the names of the fields.
    """
    errors: list[FieldError] = []
    earlier: dict[str, IntakeQuestion] = {}
    for position, question in enumerate(questions):
        field = f"{path}[{position}]"
        if question.key in earlier:
            errors.append(FieldError(f"{field}.key", "is the key of an earlier question"))
        errors += _find_option_errors(question, field)
        errors += _find_bound_errors(question, field)
        errors += _find_condition_errors(question, earlier, f"{field}.shownIf")
        earlier.setdefault(question.key, question)
    return errors


def _find_option_errors(question: IntakeQuestion, field: str) -> list[FieldError]:
    options = question.options
    if question.type not in WITH_OPTIONS:
        message = "are only allowed for choice and multiple" if options else ""
    elif len(options) < 2:
        message = "must be two or more"
    else:
        message = "must differ from each other" if len(set(options)) < len(options) else ""
    return [FieldError(f"{field}.options", message)] if message else []


def _find_bound_errors(question: IntakeQuestion, field: str) -> list[FieldError]:
    bounds = {"minimum": question.minimum, "maximum": question.maximum}
    if question.type is not IntakeQuestionType.NUMBER:
        return [
            FieldError(f"{field}.{name}", "is only allowed for number")
            for name, bound in bounds.items()
            if bound is not None
        ]
    if question.minimum is None or question.maximum is None:
        return []
    if question.maximum < question.minimum:
        return [FieldError(f"{field}.maximum", "must not be less than minimum")]
    return []


def _find_condition_errors(
    question: IntakeQuestion, earlier: Mapping[str, IntakeQuestion], field: str
) -> list[FieldError]:
    condition = question.shown_if
    if condition is None:
        return []
    on = earlier.get(condition.question)
    if on is None or on.key == question.key:
        return [FieldError(f"{field}.question", "is not the key of an earlier question")]
    possible = _list_possible_answers(on)
    if not possible:
        message = "must be a question of type yes_no, choice or multiple"
        return [FieldError(f"{field}.question", message)]
    return [
        FieldError(f"{field}.oneOf[{position}]", "is not an answer to that question")
        for position, value in enumerate(condition.one_of)
        if not any(_is_same(value, answer) for answer in possible)
    ]


def _list_possible_answers(question: IntakeQuestion) -> tuple[bool | str, ...]:
    """List the answers that a condition can name."""
    return (True, False) if question.type is IntakeQuestionType.YES_NO else question.options


# ---- answers -----------------------------------------------------------------------------------


def is_shown(question: IntakeQuestion, answers: Mapping[str, AnswerValue]) -> bool:
    """Return whether the question is asked.

    Args:
        question: The question.
        answers: Answers to the questions that are asked.
    """
    condition = question.shown_if
    if condition is None:
        return True
    answer = answers.get(condition.question)
    values = answer if isinstance(answer, list) else [answer]
    return any(_is_same(value, expected) for value in values for expected in condition.one_of)


def find_answer_errors(
    questions: Iterable[IntakeQuestion], answers: Mapping[str, AnswerValue], path: str
) -> list[FieldError]:
    """Find answers that are missing, not asked for, or of the wrong type.

    Args:
        questions: Questions in their order.
        answers: Answers by the keys of their questions.
        path: Path of the answers in the request, for the names of the fields.
    """
    errors: list[FieldError] = []
    valid_so_far: dict[str, AnswerValue] = {}  # answers to questions that are asked
    known_keys = set()
    for question in questions:
        known_keys.add(question.key)
        field = f"{path}.{question.key}"
        if not is_shown(question, valid_so_far):
            if question.key in answers:
                errors.append(FieldError(field, "is not asked after the answers before it"))
        elif question.key not in answers:
            if question.required:
                errors.append(FieldError(field, "is required"))
        else:
            valid_so_far[question.key] = answers[question.key]
            message = _find_mistake(question, answers[question.key])
            if message:
                errors.append(FieldError(field, message))
    unknown = [key for key in answers if key not in known_keys]
    return errors + [FieldError(f"{path}.{key}", "is unknown") for key in unknown]


def combine(
    questions: Iterable[IntakeQuestion], answers: Mapping[str, AnswerValue]
) -> tuple[IntakeAnswer, ...]:
    """Combine the answers with their questions, in the order of the questions."""
    return tuple(
        IntakeAnswer(question.key, question.label, question.type, answers[question.key])
        for question in questions
        if question.key in answers
    )


def _find_mistake(question: IntakeQuestion, answer: AnswerValue) -> str:
    """Describe the mistake in the answer; empty if it is valid."""
    match question.type:
        case IntakeQuestionType.TEXT | IntakeQuestionType.LONG_TEXT:
            return _find_mistake_in_text(question, answer)
        case IntakeQuestionType.NUMBER:
            return _find_mistake_in_number(question, answer)
        case IntakeQuestionType.CHOICE:
            return "" if answer in question.options else "is not one of the options"
        case IntakeQuestionType.MULTIPLE:
            return _find_mistake_in_options(question, answer)
        case IntakeQuestionType.YES_NO:
            return "" if isinstance(answer, bool) else "must be true or false"
        case IntakeQuestionType.DATE:
            return "" if _is_date(answer) else "must be a date, YYYY-MM-DD"


def _find_mistake_in_text(question: IntakeQuestion, answer: AnswerValue) -> str:
    max_length = MAX_LENGTHS[question.type]
    if not isinstance(answer, str):
        return "must be a text"
    if question.required and not answer.strip():
        return "is required"
    return f"must have at most {max_length} characters" if len(answer) > max_length else ""


def _find_mistake_in_number(question: IntakeQuestion, answer: AnswerValue) -> str:
    if isinstance(answer, bool) or not isinstance(answer, int | float) or not math.isfinite(answer):
        return "must be a number"
    if question.minimum is not None and answer < question.minimum:
        return f"must be at least {question.minimum}"
    if question.maximum is not None and answer > question.maximum:
        return f"must be at most {question.maximum}"
    return ""


def _find_mistake_in_options(question: IntakeQuestion, answer: AnswerValue) -> str:
    if not isinstance(answer, list):
        return "must be a list of options"
    if question.required and not answer:
        return "is required"
    if len(set(answer)) < len(answer):
        return "must not name an option twice"
    return "" if set(answer) <= set(question.options) else "must only name options of the question"


def _is_date(answer: AnswerValue) -> bool:
    if not isinstance(answer, str) or not _DATE.fullmatch(answer):
        return False
    try:
        date.fromisoformat(answer)
    except ValueError:
        return False
    return True


def _is_same(value: Any, other: Any) -> bool:
    """Return whether two values are equal, where True is not 1."""
    return type(value) is type(other) and bool(value == other)
