"""What is wrong with a value, said to people: msgspec says it to programmers."""

import re
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, Literal, get_args, get_origin

_KINDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "datetime": "an instant",
}
_OF = {"str": "characters", "array": "entries", "object": "fields"}
_EMPTY = {"str": "must not be empty", "array": "must have entries", "object": "must have fields"}


def explain(message: str, model: Any, *, of_key: bool = False) -> str:
    """msgspec's message about a value of this type, in plain words; as it is where we have none.

    of_key: it is about a key of an object in it.
    """
    said = _said(message, model, of_key)
    return f"each key {said}" if of_key else said


def _said(message: str, model: Any, of_key: bool) -> str:
    if message.startswith("Invalid enum value"):
        allowed = ", ".join(str(choice) for choice in _choices(model, of_key))
        return f"must be one of: {allowed}" if allowed else "is no value that is known here"
    for pattern, say in _WORDINGS:
        found = re.fullmatch(pattern, message)
        if found:
            return say(found)
    return message


def _choices(model: Any, of_key: bool) -> Iterator[Any]:
    if isinstance(model, type) and issubclass(model, Enum):
        yield from (member.value for member in model)
    elif get_origin(model) is Literal:
        yield from get_args(model)
    elif get_origin(model) is dict:
        key, value = get_args(model)
        yield from _choices(key, False) if of_key else _choices(value, False)
    else:
        for part in get_args(model):
            yield from _choices(part, of_key)


def _kind(found: re.Match[str]) -> str:
    kinds = found[1].replace("`", "").split(" | ")
    return "must be " + " or ".join(_KINDS.get(kind, kind) for kind in kinds)


def _at_least(found: re.Match[str]) -> str:
    if found[2] == "1":
        return _EMPTY[found[1]]
    return f"must have at least {found[2]} {_OF[found[1]]}"


def _form(found: re.Match[str]) -> str:
    # That Python's `$` lets a line break follow, and ours does not, is nothing for people.
    pattern = found[1].replace(r"\\", "\\").removesuffix(r"(?!\n)")
    return "must not be blank" if pattern == r"\S" else f"must have the form {pattern}"


_WORDINGS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"Expected `([^`]+)`, got .+", _kind),
    (r"Expected `(str|array|object)` of length >= (\d+)", _at_least),
    (
        r"Expected `(str|array|object)` of length <= (\d+)",
        lambda found: f"must have at most {found[2]} {_OF[found[1]]}",
    ),
    (r"Expected `(?:int|float)` >= (.+)", lambda found: f"must be at least {found[1]}"),
    (r"Expected `(?:int|float)` <= (.+)", lambda found: f"must be at most {found[1]}"),
    (
        r"Expected `(?:int|float)` that's a multiple of (.+)",
        lambda found: f"must be a multiple of {found[1]}",
    ),
    (r"Expected `str` matching regex '(.*)'", _form),
    (
        r"Expected `datetime` with a timezone component|Invalid RFC3339 encoded datetime",
        lambda _: "must be an instant with its offset (RFC 3339), as 2030-01-31T09:30:00Z",
    ),
    (r"Invalid RFC3339 encoded date", lambda _: "must be a date, as 2030-01-31"),
    (r"Invalid RFC3339 encoded time", lambda _: "must be a time, as 09:30:00"),
    (r"Object missing required field `(.+)`", lambda found: f"lacks {found[1]}"),
    (r"Object contains unknown field `(.+)`", lambda found: f"has the unknown field {found[1]}"),
)
