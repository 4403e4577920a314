"""Error messages for people: msgspec's messages about wrong values, reworded."""

import re
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, Literal, get_args, get_origin

_TYPES = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "datetime": "an instant",
}
# Patterns of the texts in `domain.types`.
_OF_TEXTS = {
    r"\S": "must not be blank",
    r"^[^\t\n]*$": "must be one line, without tabs",
    r"^(?=.*\S)[^\t\n]*$": "must be one line, without tabs and not blank",
}
_PARTS = {"str": "characters", "array": "entries", "object": "fields"}
_EMPTY = {"str": "must not be empty", "array": "must not be empty", "object": "must not be empty"}


def explain(message: str, model: Any, *, of_key: bool = False) -> str:
    """Reword a message of msgspec; return it as it is if there is no better wording.

    Args:
        message: The message.
        model: Type of the value that it is about.
        of_key: Whether it is about a key of an object in the value.
    """
    explanation = _reword(message, model, of_key)
    return f"each key {explanation}" if of_key else explanation


def _reword(message: str, model: Any, of_key: bool) -> str:
    if message.startswith("Invalid enum value"):
        allowed = ", ".join(str(choice) for choice in _list_choices(model, of_key))
        return f"must be one of: {allowed}" if allowed else "is not a known value"
    for pattern, word in _WORDINGS:
        match = re.fullmatch(pattern, message)
        if match:
            return word(match)
    return message


def _list_choices(model: Any, of_key: bool) -> Iterator[Any]:
    if isinstance(model, type) and issubclass(model, Enum):
        yield from (member.value for member in model)
    elif get_origin(model) is Literal:
        yield from get_args(model)
    elif get_origin(model) is dict:
        key, value = get_args(model)
        yield from _list_choices(key, False) if of_key else _list_choices(value, False)
    else:
        for part in get_args(model):
            yield from _list_choices(part, of_key)


def _word_type(match: re.Match[str]) -> str:
    types = match[1].replace("`", "").split(" | ")
    return "must be " + " or ".join(_TYPES.get(name, name) for name in types)


def _word_minimum(match: re.Match[str]) -> str:
    if match[2] == "1":
        return _EMPTY[match[1]]
    return f"must have at least {match[2]} {_PARTS[match[1]]}"


def _word_pattern(match: re.Match[str]) -> str:
    # `(?!\n)` only excludes the line break that Python's `$` allows; readers need not see it.
    pattern = match[1].replace(r"\\", "\\").removesuffix(r"(?!\n)")
    return _OF_TEXTS.get(pattern, f"must match {pattern}")


_WORDINGS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"Expected `([^`]+)`, got .+", _word_type),
    (r"Expected `(str|array|object)` of length >= (\d+)", _word_minimum),
    (
        r"Expected `(str|array|object)` of length <= (\d+)",
        lambda match: f"must have at most {match[2]} {_PARTS[match[1]]}",
    ),
    (r"Expected `(?:int|float)` >= (.+)", lambda match: f"must be at least {match[1]}"),
    (r"Expected `(?:int|float)` <= (.+)", lambda match: f"must be at most {match[1]}"),
    (
        r"Expected `(?:int|float)` that's a multiple of (.+)",
        lambda match: f"must be a multiple of {match[1]}",
    ),
    (r"Expected `str` matching regex '(.*)'", _word_pattern),
    (
        r"Expected `datetime` with a timezone component|Invalid RFC3339 encoded datetime",
        lambda _: "must be an instant with its offset (RFC 3339), such as 2030-01-31T09:30:00Z",
    ),
    (r"Invalid RFC3339 encoded date", lambda _: "must be a date, such as 2030-01-31"),
    (r"Invalid RFC3339 encoded time", lambda _: "must be a time, such as 09:30:00"),
    (r"Object missing required field `(.+)`", lambda match: f"lacks {match[1]}"),
    (r"Object contains unknown field `(.+)`", lambda match: f"has the unknown field {match[1]}"),
)
