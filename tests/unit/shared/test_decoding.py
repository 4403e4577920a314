"""Bodies and query strings: every wrong field is named, and every error becomes a problem."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Meta

from domain.errors import DomainError, FieldError, InvalidFields
from shared.http.decoding import Input, decode_json, decode_query
from shared.http.problems import Problem, from_error


class Money(Input, frozen=True):
    amount: Annotated[int, Meta(ge=0)]
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]


class Deposit(Input, frozen=True):
    price: Money
    fee: Money


class Offer(Input, frozen=True):
    artist_name: str
    deposit: Deposit
    tags: tuple[str, ...] = ()
    minutes: int = 60
    discount: Money | None = None


class Window(Input, frozen=True):
    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("must end after it starts")


class Filter(Input, frozen=True):
    page_size: int = 20
    open: bool = False
    sort: str = "newest"


EURO = {"amount": 1, "currency": "EUR"}
GOOD = {"artistName": "Mara", "deposit": {"price": EURO, "fee": EURO}}


def problem_of(body: bytes, model: type = Offer) -> Problem:
    """Return the problem that decoding the body causes."""
    with pytest.raises((DomainError, Problem)) as caught:
        decode_json(body, model)
    assert isinstance(caught.value, DomainError | Problem)
    return from_error(caught.value)


def errors_of(value: object, model: type = Offer) -> dict[str, str]:
    """Return the messages about a JSON value by field."""
    problem = problem_of(msgspec.json.encode(value), model)
    assert problem.status == 422
    return {error.field: error.message for error in problem.errors}


def test_a_valid_body_becomes_its_struct() -> None:
    offer = decode_json(msgspec.json.encode(GOOD), Offer)
    assert offer == Offer("Mara", Deposit(Money(1, "EUR"), Money(1, "EUR")))


def test_a_missing_field_is_named() -> None:
    assert errors_of({"deposit": GOOD["deposit"]}) == {"body.artistName": "is required"}


def test_an_unknown_field_is_named() -> None:
    assert errors_of(GOOD | {"isAdmin": True}) == {"body.isAdmin": "is unknown"}


def test_a_field_of_the_wrong_type_is_named() -> None:
    errors = errors_of(GOOD | {"minutes": "60"})
    assert errors == {"body.minutes": "must be a whole number"}


def test_an_element_of_a_list_is_named_by_its_position() -> None:
    assert list(errors_of(GOOD | {"tags": ["a", 1]})) == ["body.tags[1]"]


def test_nested_fields_are_named_by_their_path() -> None:
    price = {"amount": -1, "currency": "euro", "cents": 5}
    errors = errors_of(GOOD | {"deposit": {"price": price, "fee": {"amount": 1}}})
    assert set(errors) == {
        "body.deposit.price.amount",
        "body.deposit.price.currency",
        "body.deposit.price.cents",
        "body.deposit.fee.currency",
    }


def test_the_fields_of_an_optional_object_are_named_too() -> None:
    assert errors_of(GOOD | {"discount": {"amount": "1"}}) == {
        "body.discount.amount": "must be a whole number",
        "body.discount.currency": "is required",
    }
    assert decode_json(msgspec.json.encode(GOOD | {"discount": None}), Offer).discount is None


def test_all_errors_are_listed_at_once() -> None:
    errors = errors_of({"artistName": 1, "minutes": None, "extra": 1, "tags": {}})
    assert set(errors) == {
        "body.artistName",
        "body.deposit",
        "body.minutes",
        "body.tags",
        "body.extra",
    }


def test_the_python_name_of_a_field_is_unknown() -> None:
    body = {"artist_name": "Mara", "deposit": GOOD["deposit"]}
    assert errors_of(body) == {"body.artistName": "is required", "body.artist_name": "is unknown"}


def test_an_error_of_several_fields_belongs_to_the_whole_body() -> None:
    assert errors_of({"start": 2, "end": 1}, Window) == {"body": "must end after it starts"}


@pytest.mark.parametrize("value", [None, [], [GOOD], "text", 1, True])
def test_a_body_that_is_not_an_object_is_one_error(value: Any) -> None:
    assert list(errors_of(value)) == ["body"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"{'artistName': 1}",
        b'{"artistName": "\xff"}',
        b"\xff\xfe{}",
        b'{"artistName": "\\ud800"}',
        # A wrong field comes before the invalid JSON.
        b'{"artistName": 1, nonsense',
        b'{"artistName": 1, "x": "\xff"}',
        b'{"artistName": 1, "x": 1e999}',
        b'{"x": ' + b"9" * 5_000 + b"}",
        b"[" * 100_000,
        b'{"artistName": ' + b"[" * 60_000 + b"]" * 60_000 + b"}",
    ],
    ids=lambda body: body[:24].decode("latin-1"),
)
def test_invalid_json_is_a_400(body: bytes) -> None:
    problem = problem_of(body)
    assert (problem.status, problem.code) == (400, "malformed_json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(list(GOOD)), inner),
)


@given(st.binary() | JSON.map(msgspec.json.encode))
@example(b'{"deposit": {"price": {"amount": 99999999999999999999}}}')
def test_any_invalid_body_is_a_problem_with_errors(body: Any) -> None:
    problem = problem_of(body)  # no generated body is valid
    assert problem.status in {400, 422}
    assert (problem.status == 422) == bool(problem.errors)


@given(st.dictionaries(st.sampled_from(["artistName", "deposit", "tags", "minutes"]), JSON))
def test_a_field_is_named_exactly_if_it_is_wrong(body: Any) -> None:
    """A field is wrong if it alone makes a valid body invalid."""
    with pytest.raises(InvalidFields) as caught:
        decode_json(msgspec.json.encode(body | {"unknown": 1}), Offer)
    named = {error.field.removeprefix("body.").split(".")[0] for error in caught.value.errors}
    for name in body:
        wrong = False
        try:
            decode_json(msgspec.json.encode(GOOD | {name: body[name]}), Offer)
        except (DomainError, Problem):
            wrong = True
        assert (name in {field.split("[")[0] for field in named}) == wrong


def test_a_query_string_becomes_numbers_and_booleans() -> None:
    query = {"pageSize": ["50"], "open": ["true"]}
    assert decode_query(query, Filter) == Filter(page_size=50, open=True)
    assert decode_query({"open": ["1"]}, Filter) == Filter(open=True)
    assert decode_query({}, Filter) == Filter()


def test_the_last_value_of_a_repeated_parameter_counts() -> None:
    assert decode_query({"pageSize": ["1", "2"]}, Filter) == Filter(page_size=2)


def test_a_valid_parameter_beside_a_wrong_one_is_not_named() -> None:
    with pytest.raises(InvalidFields) as caught:
        decode_query({"pageSize": ["many"], "open": ["1"]}, Filter)
    assert [error.field for error in caught.value.errors] == ["query.pageSize"]


def test_every_wrong_parameter_is_named() -> None:
    with pytest.raises(InvalidFields) as caught:
        decode_query({"pageSize": ["many"], "open": ["perhaps"], "colour": ["red"]}, Filter)
    assert from_error(caught.value).status == 422
    assert {error.field for error in caught.value.errors} == {
        "query.pageSize",
        "query.open",
        "query.colour",
    }
    assert FieldError("query.colour", "is unknown") in caught.value.errors


class Inner(Input, frozen=True):
    text: str
    size: int


class Outer(Input, frozen=True):
    inner: Inner | None = None


def test_every_wrong_field_of_an_optional_struct_is_named() -> None:
    body = msgspec.json.encode({"inner": {"size": "big", "colour": "red"}})
    with pytest.raises(InvalidFields) as caught:
        decode_json(body, Outer)
    assert {error.field for error in caught.value.errors} == {
        "body.inner.text",
        "body.inner.size",
        "body.inner.colour",
    }


def test_an_optional_struct_may_be_null() -> None:
    assert decode_json(b'{"inner": null}', Outer) == Outer(None)


class Sized(Input, frozen=True):
    sizes: list[Literal["small", "large"]]


def test_a_value_cannot_forge_the_place_of_its_error() -> None:
    body = msgspec.json.encode({"sizes": ["small", "x - at `$.colour` - at `$"]})
    with pytest.raises(InvalidFields) as caught:
        decode_json(body, Sized)
    assert caught.value.errors == (FieldError("body.sizes[1]", "must be one of: small, large"),)
