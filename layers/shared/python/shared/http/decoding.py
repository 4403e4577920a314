"""Decoding of bodies and query strings into structs, with the errors of all fields at once."""

import re
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

from domain.errors import FieldError, InvalidFields
from shared.http.error_messages import explain
from shared.http.problems import Problem

Decoded = TypeVar("Decoded")

# A message of msgspec and its place: that of a value, or of a key of an object.
_MESSAGE = re.compile(r"(.*?)(?: - at (`key` in )?`\$([^`]*)`)?", re.DOTALL)


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Base of request structs. Field names are camelCase in JSON; unknown fields are refused."""


class Output(msgspec.Struct, frozen=True, rename="camel"):
    """Base of response structs. Field names are camelCase in JSON."""


def decode_json(body: bytes, model: type[Decoded]) -> Decoded:
    """Decode a JSON body.

    Raises:
        Problem: 400, the body is not valid JSON.
        InvalidFields: Some fields are wrong; the error names each of them.
    """
    try:
        try:
            return msgspec.json.decode(body, type=model)
        except msgspec.ValidationError:
            # The rest was not read yet: it may be invalid JSON or nested too deeply.
            value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "malformed_json", "The body is not valid JSON.") from None
    raise InvalidFields(*field_errors(value, model, "body"))


def decode_query(query: Mapping[str, Sequence[str]], model: type[Decoded]) -> Decoded:
    """Decode a query string. The last value of a repeated parameter counts.

    Raises:
        InvalidFields: Some parameters are wrong; the error names each of them.
    """
    values = {name: texts[-1] for name, texts in query.items()}
    try:
        return msgspec.convert(values, model, strict=False)
    except msgspec.ValidationError:
        raise InvalidFields(*field_errors(values, model, "query", strict=False)) from None


def field_errors(value: Any, model: Any, at: str, *, strict: bool = True) -> list[FieldError]:
    """List every error in a value: msgspec stops at the first, so fields are converted one by one.

    Args:
        value: The decoded JSON value.
        model: Type that the value should have.
        at: Path of the value, such as `body`.
        strict: Whether texts are refused where numbers and booleans are expected.
    """
    struct = _find_struct(model)
    if not isinstance(value, dict) or struct is None:
        return _convert(value, model, at, strict)
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    errors = []
    for name, field in fields.items():
        path = f"{at}.{name}"
        if name in value:
            errors += field_errors(value[name], field.type, path, strict=strict)
        elif field.required:
            errors.append(FieldError(path, "is required"))
    if struct.__struct_config__.forbid_unknown_fields:
        errors += [FieldError(f"{at}.{name}", "is unknown") for name in value if name not in fields]
    # An error that no single field explains (a rule in __post_init__) belongs to the whole.
    return errors or _convert(value, model, at, strict)


def _find_struct(model: Any) -> type[msgspec.Struct] | None:
    """Return the struct that a type is, None aside."""
    members = get_args(model) if get_origin(model) in (Union, UnionType) else (model,)
    structs = [
        member
        for member in members
        if isinstance(member, type) and issubclass(member, msgspec.Struct)
    ]
    return structs[0] if len(structs) == 1 else None


def _convert(value: Any, model: Any, at: str, strict: bool) -> list[FieldError]:
    try:
        msgspec.convert(value, model, strict=strict)
    except msgspec.ValidationError as error:
        match = _MESSAGE.fullmatch(str(error))
        assert match is not None  # every text matches
        message, of_key, inner = match.groups("")
        return [FieldError(at + inner, explain(message, model, of_key=bool(of_key)))]
    return []
