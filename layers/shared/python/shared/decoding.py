"""Typed input: bytes, query strings and the errors of all their fields at once."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from shared.problems import FieldError, bad_request, unprocessable

T = TypeVar("T")


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
        raise bad_request("malformed_json", "The body is not valid JSON.") from None
    raise unprocessable(*field_errors(value, model, "body"))


def decode_query(query: Mapping[str, Sequence[str]], model: type[T]) -> T:
    """Read a query string, each parameter given once. Raises a 422 Problem naming every field."""
    values = {name: given[-1] for name, given in query.items()}
    try:
        return msgspec.convert(values, model, strict=False)
    except msgspec.ValidationError:
        raise unprocessable(*field_errors(values, model, "query", strict=False)) from None


def field_errors(value: Any, model: type[Any], at: str, *, strict: bool = True) -> list[FieldError]:
    """Every error in `value`. msgspec stops at the first, so each field is converted alone."""
    if not isinstance(value, dict) or not _is_struct(model):
        return _error(value, model, at, strict)
    fields = {field.encode_name: field for field in msgspec.structs.fields(model)}
    errors = []
    for name, field in fields.items():
        here = f"{at}.{name}"
        if name in value:
            errors += field_errors(value[name], field.type, here, strict=strict)
        elif field.required:
            errors.append(FieldError(here, "is required"))
    if model.__struct_config__.forbid_unknown_fields:
        errors += [FieldError(f"{at}.{name}", "is unknown") for name in value if name not in fields]
    # What no single field explains (a rule over several, in __post_init__) belongs to the whole.
    return errors or _error(value, model, at, strict)


def _is_struct(model: Any) -> bool:
    return isinstance(model, type) and issubclass(model, msgspec.Struct)


def _error(value: Any, model: Any, at: str, strict: bool) -> list[FieldError]:
    try:
        msgspec.convert(value, model, strict=strict)
    except msgspec.ValidationError as error:
        message, _, inner = str(error).partition(" - at `$")
        return [FieldError(at + inner.rstrip("`"), message)]
    return []
