"""Errors are found inside optional parts of a body too."""

import msgspec
import pytest

from shared.decoding import Input, decode_json
from shared.problems import Problem


class Inner(Input, frozen=True):
    text: str
    size: int


class Outer(Input, frozen=True):
    inner: Inner | None = None


def test_every_wrong_field_of_an_optional_struct_is_named() -> None:
    body = msgspec.json.encode({"inner": {"size": "big", "colour": "red"}})
    with pytest.raises(Problem) as raised:
        decode_json(body, Outer)
    assert {error.field for error in raised.value.errors} == {
        "body.inner.text",
        "body.inner.size",
        "body.inner.colour",
    }


def test_none_is_still_none() -> None:
    assert decode_json(b'{"inner": null}', Outer) == Outer(None)
