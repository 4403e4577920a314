"""The rules of intakes: which questions can be asked, and which answers are answers to them."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from consultations.models import Answer, Answered, Question, QuestionType
from domain.errors import FieldError

# Python 3.11's fromisoformat takes other spellings as well.
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
WITH_OPTIONS = frozenset({QuestionType.CHOICE, QuestionType.MULTIPLE})
LONGEST = {QuestionType.TEXT: 500, QuestionType.LONG_TEXT: 5000}


# ---- questions ---------------------------------------------------------------------------------


def question_errors(questions: Sequence[Question], at: str) -> list[FieldError]:
    """What is wrong with the questions, each field by its name.

    A question depends on earlier ones only, so that none can depend on itself.
    """
    errors: list[FieldError] = []
    earlier: dict[str, Question] = {}
    for position, question in enumerate(questions):
        here = f"{at}[{position}]"
        if question.key in earlier:
            errors.append(FieldError(f"{here}.key", "is the key of an earlier question"))
        errors += _option_errors(question, here)
        errors += _bound_errors(question, here)
        errors += _condition_errors(question, earlier, f"{here}.shownIf")
        earlier.setdefault(question.key, question)
    return errors


def _option_errors(question: Question, here: str) -> list[FieldError]:
    options = question.options
    if question.type not in WITH_OPTIONS:
        wrong = "are only for choice and multiple" if options else ""
    elif len(options) < 2:
        wrong = "must be two or more"
    else:
        wrong = "must differ from each other" if len(set(options)) < len(options) else ""
    return [FieldError(f"{here}.options", wrong)] if wrong else []


def _bound_errors(question: Question, here: str) -> list[FieldError]:
    bounds = {"minimum": question.minimum, "maximum": question.maximum}
    if question.type is not QuestionType.NUMBER:
        return [
            FieldError(f"{here}.{name}", "is only for number")
            for name, bound in bounds.items()
            if bound is not None
        ]
    if question.minimum is None or question.maximum is None:
        return []
    if question.maximum < question.minimum:
        return [FieldError(f"{here}.maximum", "must not be less than minimum")]
    return []


def _condition_errors(
    question: Question, earlier: Mapping[str, Question], here: str
) -> list[FieldError]:
    condition = question.shown_if
    if condition is None:
        return []
    asked = earlier.get(condition.question)
    if asked is None or asked.key == question.key:
        return [FieldError(f"{here}.question", "is not the key of an earlier question")]
    possible = _possible(asked)
    if not possible:
        return [FieldError(f"{here}.question", "must be of yes_no, choice or multiple")]
    return [
        FieldError(f"{here}.oneOf[{position}]", "is no answer to that question")
        for position, value in enumerate(condition.one_of)
        if not any(_same(value, one) for one in possible)
    ]


def _possible(question: Question) -> tuple[bool | str, ...]:
    """The answers that others can depend on."""
    return (True, False) if question.type is QuestionType.YES_NO else question.options


# ---- answers -----------------------------------------------------------------------------------


def is_shown(question: Question, answers: Mapping[str, Answer]) -> bool:
    """Whether the question is asked, by the answers to questions that are asked."""
    condition = question.shown_if
    if condition is None:
        return True
    answer = answers.get(condition.question)
    given = answer if isinstance(answer, list) else [answer]
    return any(_same(one, value) for one in given for value in condition.one_of)


def answer_errors(
    questions: Iterable[Question], answers: Mapping[str, Answer], at: str
) -> list[FieldError]:
    """What is wrong with the answers, each by its key: missing, of another kind, not asked for."""
    errors: list[FieldError] = []
    counted: dict[str, Answer] = {}  # answers to questions that are asked
    known = set()
    for question in questions:
        known.add(question.key)
        here = f"{at}.{question.key}"
        if not is_shown(question, counted):
            if question.key in answers:
                errors.append(FieldError(here, "is not asked, by the answers before"))
        elif question.key not in answers:
            if question.required:
                errors.append(FieldError(here, "is required"))
        else:
            counted[question.key] = answers[question.key]
            wrong = _wrong(question, answers[question.key])
            if wrong:
                errors.append(FieldError(here, wrong))
    return errors + [FieldError(f"{at}.{key}", "is unknown") for key in answers if key not in known]


def answered(questions: Iterable[Question], answers: Mapping[str, Answer]) -> tuple[Answered, ...]:
    """The answers with the questions as they were asked, in their order."""
    return tuple(
        Answered(question.key, question.label, question.type, answers[question.key])
        for question in questions
        if question.key in answers
    )


def _wrong(question: Question, answer: Answer) -> str:
    """What is wrong with the answer; nothing when it is one."""
    match question.type:
        case QuestionType.TEXT | QuestionType.LONG_TEXT:
            return _wrong_text(question, answer)
        case QuestionType.NUMBER:
            return _wrong_number(question, answer)
        case QuestionType.CHOICE:
            return "" if answer in question.options else "is not one of the options"
        case QuestionType.MULTIPLE:
            return _wrong_options(question, answer)
        case QuestionType.YES_NO:
            return "" if isinstance(answer, bool) else "must be true or false"
        case QuestionType.DATE:
            return "" if _is_date(answer) else "must be a date, YYYY-MM-DD"


def _wrong_text(question: Question, answer: Answer) -> str:
    longest = LONGEST[question.type]
    if not isinstance(answer, str):
        return "must be a text"
    if question.required and not answer.strip():
        return "is required"
    return f"must have at most {longest} characters" if len(answer) > longest else ""


def _wrong_number(question: Question, answer: Answer) -> str:
    if isinstance(answer, bool) or not isinstance(answer, int | float) or not math.isfinite(answer):
        return "must be a number"
    if question.minimum is not None and answer < question.minimum:
        return f"must be at least {question.minimum}"
    if question.maximum is not None and answer > question.maximum:
        return f"must be at most {question.maximum}"
    return ""


def _wrong_options(question: Question, answer: Answer) -> str:
    if not isinstance(answer, list):
        return "must be a list of options"
    if question.required and not answer:
        return "is required"
    if len(set(answer)) < len(answer):
        return "must not name an option twice"
    return "" if set(answer) <= set(question.options) else "must be of the options"


def _is_date(answer: Answer) -> bool:
    if not isinstance(answer, str) or not _DATE.fullmatch(answer):
        return False
    try:
        date.fromisoformat(answer)
    except ValueError:
        return False
    return True


def _same(one: Any, other: Any) -> bool:
    """Equality in which no number is a boolean."""
    return type(one) is type(other) and bool(one == other)
