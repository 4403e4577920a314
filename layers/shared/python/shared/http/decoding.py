"""Typed input: bytes, query strings and the errors of all their fields at once."""

import re
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

from domain.errors import FieldError, InvalidFields
from shared.http.error_messages import explain
from shared.http.problems import Problem

T = TypeVar("T")

# What msgspec says, and where: of a value or of a key of an object.
_MESSAGE = re.compile(r"(.*?)(?: - at (`key` in )?`\$([^`]*)`)?", re.DOTALL)


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Base of what callers send: camelCase, and a field we do not know is refused."""


class Output(msgspec.Struct, frozen=True, rename="camel"):
    """Base of what we answer: camelCase."""


def decode_json(body: bytes, model: type[T]) -> T:
    """Read a JSON body.

    Raises a 400 Problem where the body is no JSON, a 422 one that names every wrong field.
    """
    try:
        try:
            return msgspec.json.decode(body, type=model)
        except msgspec.ValidationError:
            # Found before the rest was read, which may be no JSON at all, or nested without end.
            value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "malformed_json", "The body is not valid JSON.") from None
    raise InvalidFields(*field_errors(value, model, "body"))


def decode_query(query: Mapping[str, Sequence[str]], model: type[T]) -> T:
    """Read a query string; of a parameter given twice the last counts.

    Raises a 422 Problem naming every wrong field.
    """
    values = {name: given[-1] for name, given in query.items()}
    try:
        return msgspec.convert(values, model, strict=False)
    except msgspec.ValidationError:
        raise InvalidFields(*field_errors(values, model, "query", strict=False)) from None


def field_errors(value: Any, model: Any, at: str, *, strict: bool = True) -> list[FieldError]:
    """Every error in `value`. msgspec stops at the first, so each field is converted alone."""
    struct = _struct_of(model)
    if not isinstance(value, dict) or struct is None:
        return _error(value, model, at, strict)
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    errors = []
    for name, field in fields.items():
        here = f"{at}.{name}"
        if name in value:
            errors += field_errors(value[name], field.type, here, strict=strict)
        elif field.required:
            errors.append(FieldError(here, "is required"))
    if struct.__struct_config__.forbid_unknown_fields:
        errors += [FieldError(f"{at}.{name}", "is unknown") for name in value if name not in fields]
    # What no single field explains (a rule over several, in __post_init__) belongs to the whole.
    return errors or _error(value, model, at, strict)


def _struct_of(model: Any) -> type[msgspec.Struct] | None:
    """The struct that `model` is, or that it is besides None."""
    arms = get_args(model) if get_origin(model) in (Union, UnionType) else (model,)
    structs = [arm for arm in arms if isinstance(arm, type) and issubclass(arm, msgspec.Struct)]
    return structs[0] if len(structs) == 1 else None


def _error(value: Any, model: Any, at: str, strict: bool) -> list[FieldError]:
    try:
        msgspec.convert(value, model, strict=strict)
    except msgspec.ValidationError as error:
        said = _MESSAGE.fullmatch(str(error))
        assert said is not None  # whatever it is
        message, of_key, inner = said.groups("")
        return [FieldError(at + inner, explain(message, model, of_key=bool(of_key)))]
    return []
