"""Texts: every text of every request and frame follows one rule, and names are one line."""

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
import pytest

from appointments.schemas import BankDetails
from domain import text
from domain.errors import FieldError, InvalidFields
from domain.text import NOT_ONE_LINE
from infra import features
from messaging.app import app as messaging
from shared.http.decoding import decode_json, decode_query
from shared.live.websockets import InvalidFrame

Path = tuple[str | int, ...]

FORBIDDEN = ["a\u202eb", "\u2067a", "a\x00", "a\x7f"]
INVISIBLE = ["\u200b", "\u3164", "\u2060\ufe0f"]
# Fields that are one line wherever they occur: they stand in subjects, on buttons and in lists.
ONE_LINE = {
    *("accountName", "artistName", "businessName", "city", "label", "location", "name", "nextSlot"),
    *("placement", "serviceName", "signature", "size", "style", "subject", "tags[]", "title"),
}
# Names of files are not refused but made one line.
CLEANED = {"UploadRequest"}


def list_texts(type_: Any, path: Path = (), owner: str = "") -> Iterator[tuple[Path, Any, str]]:
    """Yield the path, the type and the struct of every text in a request."""
    origin = get_origin(type_)
    if type_ is str or (origin is Annotated and get_args(type_)[0] is str):
        yield path, type_, owner
    elif origin is Annotated:
        yield from list_texts(get_args(type_)[0], path, owner)
    elif origin in (Union, UnionType):
        for member in get_args(type_):
            yield from list_texts(member, path, owner)
    elif origin in (list, tuple):
        yield from list_texts(get_args(type_)[0], (*path, 0), owner)
    elif origin is dict:
        yield from list_texts(get_args(type_)[1], (*path, "key"), owner)
    elif isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        for field in msgspec.structs.fields(type_):
            yield from list_texts(field.type, (*path, field.encode_name), type_.__name__)


def nest(path: Path, value: Any) -> Any:
    """Return a JSON value that holds `value` at the path and nothing else."""
    for step in reversed(path):
        value = [value] if step == 0 else {step: value}
    return value


def name(at: str, path: Path) -> str:
    return at + "".join("[0]" if step == 0 else f".{step}" for step in path)


OPERATIONS = [
    operation
    for app in features.load_all().values()
    for operation in getattr(app, "operations", {}).values()
]
BODIES = {each.body for each in OPERATIONS if each.body}
QUERIES = {each.query for each in OPERATIONS if each.query}
SOCKETS = messaging.sockets


def errors_of_body(model: Any, value: Any) -> list[FieldError]:
    with pytest.raises(InvalidFields) as caught:
        decode_json(msgspec.json.encode(value), model)
    return list(caught.value.errors)


def errors_of_query(model: Any, value: Any) -> list[FieldError]:
    with pytest.raises(InvalidFields) as caught:
        decode_query({key: [text] for key, text in value.items()}, model)
    return list(caught.value.errors)


def errors_of_frame(model: Any, value: Any) -> list[FieldError]:
    with pytest.raises(InvalidFrame) as caught:
        SOCKETS._decode(
            msgspec.json.encode({"action": model.__struct_config__.tag} | value).decode()
        )
    return list(caught.value.errors)


KINDS = {
    "body": (BODIES, "body", errors_of_body),
    "query": (QUERIES, "query", errors_of_query),
    "frame": ({each.frame for each in SOCKETS.operations.values()}, "body", errors_of_frame),
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_of_a_request_may_be_invisible_or_forbidden(kind: str) -> None:
    models, at, errors_of = KINDS[kind]
    known = [(model, path) for model in models for path, _, _ in list_texts(model)]
    assert len(known) > 5
    for model, path in known:
        for message, examples in ((text.FORBIDDEN, FORBIDDEN), (text.INVISIBLE, INVISIBLE)):
            for hostile in examples:
                errors = errors_of(model, nest(path, hostile))
                assert FieldError(name(at, path), message) in errors, (model, path, hostile)


@pytest.mark.parametrize("text", ["Two\nlines", "A\ttab"])
def test_every_field_that_names_something_is_one_line(text: str) -> None:
    several = set()
    for model in BODIES:
        for path, type_, owner in list_texts(model):
            last = next(step for step in reversed(path) if step != 0)
            if last in {each.removesuffix("[]") for each in ONE_LINE}:
                try:
                    msgspec.convert(text, type_)
                except msgspec.ValidationError:
                    continue
                errors = errors_of_body(model, nest(path, text))
                if FieldError(name("body", path), NOT_ONE_LINE) not in errors:
                    several.add(owner)
    assert several == CLEANED


def test_what_was_stored_before_can_be_read() -> None:
    """The rule is one of requests: a record is decoded by the same type."""
    stored = b'{"accountName": "Mara\\nVoss", "iban": "DE89370400440532013000"}'
    assert msgspec.json.decode(stored, type=BankDetails).account_name == "Mara\nVoss"
    with pytest.raises(InvalidFields) as caught:
        decode_json(stored, BankDetails)
    assert caught.value.errors == (FieldError("body.accountName", NOT_ONE_LINE),)


def test_handlers_take_their_texts_from_the_decoder() -> None:
    """What a handler reads from the raw request, the rule does not see: bodies are never read."""
    readers = {
        operation.id
        for operation in OPERATIONS
        if operation.wants_request and "raw_body" in operation.handler.__code__.co_names
    }
    # The first passes the body on to the monolith, the second to a page, which sends it to a
    # decoder; of the form of the third only words that it knows are read. What Meta sends is signed
    # as bytes, and decoded by structs once the signature is right.
    of_meta = {"deauthorizeSocialAccount", "deleteSocialData", "receiveWebhook"}
    known = {"handleUndeclaredRoute", "receiveProviderAnswer", "unsubscribeFromMails"}
    assert readers <= known | of_meta
