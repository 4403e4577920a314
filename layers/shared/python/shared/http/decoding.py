"""Decoding of bodies and query strings into structs, with the errors of all fields at once.

Every text of every request follows the rule of `domain.text`, whatever its field: it is normalized
before its length is counted.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin

import msgspec

from domain.errors import FieldError, InvalidFields
from shared.http.error_messages import explain
from shared.http.problems import Problem

Decoded = TypeVar("Decoded")

# A message of msgspec and its place: that of a value, or of a key of an object.
_MESSAGE = re.compile(r"(.*?)(?: - at (`key` in )?`\$([^`]*)`)?", re.DOTALL)
Rule = Callable[[str], str | None]
# Escapes of JSON that stand for characters outside of the rule, or any.
_ESCAPES = re.compile(rb"\\[bfru]")


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
        if is_plain(body) and not _has_rules(cast(Any, model)):
            try:
                return msgspec.json.decode(body, type=model)
            except msgspec.ValidationError:
                pass  # The rest was not read yet: it may be invalid JSON or nested too deeply.
        value, errors = normalize_texts(msgspec.json.decode(body), "body")
        errors += find_requested_faults(value, model, "body")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "malformed_json", "The body is not valid JSON.") from None
    return _convert(value, model, "body", errors, strict=True)


def decode_query(query: Mapping[str, Sequence[str]], model: type[Decoded]) -> Decoded:
    """Decode a query string. The last value of a repeated parameter counts.

    Raises:
        InvalidFields: Some parameters are wrong; the error names each of them.
    """
    values, errors = normalize_texts({name: texts[-1] for name, texts in query.items()}, "query")
    errors += find_requested_faults(values, model, "query")
    return _convert(values, model, "query", errors, strict=False)


def is_plain(body: bytes) -> bool:
    """Return whether no text in a JSON body can need or break the rule of `domain.text`.

    JSON writes all control characters as escapes, except for U+007F.
    """
    if not body.isascii() or b"\x7f" in body:
        return False
    return b"\\" not in body or not _ESCAPES.search(body)


def normalize_texts(value: Any, at: str) -> tuple[Any, list[FieldError]]:
    """Normalize every text in a value by the rule of `domain.text`.

    Args:
        value: A decoded JSON value.
        at: Path of the value, such as `body`.

    Returns:
        The value with its texts normalized, and an error for each text that breaks the rule.
    """
    match value:
        case str():
            return _normalize_text(value, at)
        case list():
            parts = [normalize_texts(each, f"{at}[{place}]") for place, each in enumerate(value)]
            return [part for part, _ in parts], [error for _, errors in parts for error in errors]
        case dict():
            fields = {}
            errors = []
            for name, each in value.items():
                key, wrong_key = _normalize_text(name, at)
                fields[key], wrong = normalize_texts(each, f"{at}.{key}")
                errors += [FieldError(at, f"each key {error.message}") for error in wrong_key]
                errors += wrong
            return fields, errors
    return value, []


def add_field_errors(
    errors: list[FieldError], value: Any, model: Any, at: str, *, strict: bool = True
) -> list[FieldError]:
    """Return these errors and those of `field_errors` about other fields."""
    named = {error.field for error in errors}
    others = field_errors(value, model, at, strict=strict)
    return [*errors, *(error for error in others if error.field not in named)]


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
        return _find_errors(value, model, at, strict)
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
    return errors or _find_errors(value, model, at, strict)


def _find_struct(model: Any) -> type[msgspec.Struct] | None:
    """Return the struct that a type is, None aside."""
    members = get_args(model) if get_origin(model) in (Union, UnionType) else (model,)
    structs = [
        member
        for member in members
        if isinstance(member, type) and issubclass(member, msgspec.Struct)
    ]
    return structs[0] if len(structs) == 1 else None


def find_requested_faults(value: Any, model: Any, at: str) -> list[FieldError]:
    """List the texts that break a rule of requests only: `extra={"requested": rule}` of their type.

    Args:
        value: A decoded JSON value.
        model: Type that it should have.
        at: Path of the value, such as `body`.
    """
    if not _has_rules(model):
        return []
    if get_origin(model) is Annotated:
        if isinstance(value, str):
            faults = (rule(value) for rule in _list_rules(model))
            return [FieldError(at, fault) for fault in faults if fault is not None][:1]
        return find_requested_faults(value, get_args(model)[0], at)
    if _is_struct(model):
        return _find_faulty_fields(value, model, at)
    inner = [each for each in get_args(model) if each is not Ellipsis]
    if get_origin(model) in (list, tuple):
        items = value if isinstance(value, list) else []
        return [
            error
            for place, item in enumerate(items)
            for error in find_requested_faults(item, inner[0], f"{at}[{place}]")
        ]
    return [error for each in inner for error in find_requested_faults(value, each, at)]


@cache
def _has_rules(model: Any) -> bool:
    """Return whether a type has texts with a rule of requests only."""
    if get_origin(model) is Annotated:
        return bool(_list_rules(model)) or _has_rules(get_args(model)[0])
    if _is_struct(model):
        return any(_has_rules(field.type) for field in msgspec.structs.fields(model))
    return any(_has_rules(inner) for inner in get_args(model) if inner is not Ellipsis)


def _find_faulty_fields(value: Any, model: Any, at: str) -> list[FieldError]:
    """List them in an object, if it is one of this struct as far as its tag says."""
    config = model.__struct_config__
    if not isinstance(value, dict) or value.get(config.tag_field, config.tag) != config.tag:
        return []
    return [
        error
        for field in msgspec.structs.fields(model)
        if field.encode_name in value
        for error in find_requested_faults(
            value[field.encode_name], field.type, f"{at}.{field.encode_name}"
        )
    ]


def _is_struct(model: Any) -> bool:
    return isinstance(model, type) and issubclass(model, msgspec.Struct)


def _list_rules(model: Any) -> list[Rule]:
    metas = (meta for meta in model.__metadata__ if isinstance(meta, msgspec.Meta))
    return [meta.extra["requested"] for meta in metas if meta.extra and "requested" in meta.extra]


def _normalize_text(text: str, at: str) -> tuple[str, list[FieldError]]:
    if text.isascii() and text.isprintable():
        return text, []
    # Imported here because few requests hold a text that is not plain.
    from domain.text import find_fault, normalize  # noqa: PLC0415

    normalized = normalize(text)
    fault = find_fault(normalized)
    return normalized, [] if fault is None else [FieldError(at, fault)]


def _convert(
    value: Any, model: type[Decoded], at: str, errors: list[FieldError], *, strict: bool
) -> Decoded:
    """Convert a value to a struct.

    Raises:
        InvalidFields: Some fields are wrong: these `errors`, and those of types.
    """
    if not errors:
        try:
            return msgspec.convert(value, model, strict=strict)
        except msgspec.ValidationError:
            pass
    raise InvalidFields(*add_field_errors(errors, value, model, at, strict=strict))


def _find_errors(value: Any, model: Any, at: str, strict: bool) -> list[FieldError]:
    try:
        msgspec.convert(value, model, strict=strict)
    except msgspec.ValidationError as error:
        match = _MESSAGE.fullmatch(str(error))
        assert match is not None  # every text matches
        message, of_key, inner = match.groups("")
        return [FieldError(at + inner, explain(message, model, of_key=bool(of_key)))]
    return []
