"""Error messages: msgspec's messages about our types are reworded for people."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta

from domain.errors import FieldError, InvalidFields
from shared.http.decoding import Input, field_errors
from shared.http.error_messages import explain


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Colour(StrEnum):
    RED = "red"


class One(Input, frozen=True):
    size: int


INSTANT = "must be an instant with its offset (RFC 3339), such as 2030-01-31T09:30:00Z"


@pytest.mark.parametrize(
    ("value", "model", "message"),
    [
        (" ", Annotated[str, Meta(pattern=r"\S")], "must not be blank"),
        ("x", Annotated[str, Meta(pattern=r"^\d$")], r"must match ^\d$"),
        ("x", Annotated[str, Meta(pattern=r"^\d$(?!\n)")], r"must match ^\d$"),
        ("", Annotated[str, Meta(min_length=1)], "must not be empty"),
        ("x", Annotated[str, Meta(min_length=8)], "must have at least 8 characters"),
        ("xyz", Annotated[str, Meta(max_length=2)], "must have at most 2 characters"),
        ([], Annotated[list[int], Meta(min_length=1)], "must not be empty"),
        ([1, 2], Annotated[list[int], Meta(max_length=1)], "must have at most 1 entries"),
        ({}, Annotated[dict[str, int], Meta(min_length=2)], "must have at least 2 fields"),
        (3, Annotated[int, Meta(ge=5)], "must be at least 5"),
        (3, Annotated[int, Meta(le=2)], "must be at most 2"),
        (2.5, Annotated[float, Meta(le=2)], "must be at most 2.0"),
        (3, Annotated[int, Meta(multiple_of=5)], "must be a multiple of 5"),
        ("x", Size, "must be one of: small, large"),
        ("x", Size | None, "must be one of: small, large"),
        (["x"], list[Size], "must be one of: small, large"),
        ("x", Literal["a", "b"], "must be one of: a, b"),
        ({"small": "x"}, dict[Size, Colour] | None, "must be one of: red"),
        ({"x": "red"}, dict[Size, Colour] | None, "each key must be one of: small, large"),
        ({" ": 1}, dict[Annotated[str, Meta(pattern=r"\S")], int], "each key must not be blank"),
        ("x", datetime, INSTANT),
        ("2030-01-31T09:30:00", Annotated[datetime, Meta(tz=True)], INSTANT),
        ("x", date, "must be a date, such as 2030-01-31"),
        ("x", time, "must be a time, such as 09:30:00"),
        ("x", int, "must be a whole number"),
        ("x", int | None, "must be a whole number or null"),
        ("x", bool, "must be true or false"),
        (None, str, "must be a string"),
        ("x", list[int], "must be a list"),
        ("x", One, "must be an object"),
        ([{}], list[One], "lacks size"),
        ([{"size": 1, "x": 2}], list[One], "has the unknown field x"),
    ],
)
def test_messages_are_reworded(value: Any, model: Any, message: str) -> None:
    (error,) = field_errors(value, model, "body")
    assert error.message == message


def test_a_value_of_an_unknown_enum_is_not_known() -> None:
    assert explain("Invalid enum value 'x'", One) == "is not a known value"


def test_other_messages_are_unchanged() -> None:
    assert explain("Invalid UUID", str) == "Invalid UUID"


def test_wrong_fields_are_an_error_that_names_them() -> None:
    wrong = FieldError("body.price", "must be at least 0"), FieldError("body.name", "is required")
    error = InvalidFields(*wrong)
    assert (error.code, error.detail) == ("invalid_fields", "Some fields are wrong; see errors.")
    assert error.errors == wrong
