"""Currencies of ISO 4217."""

from typing import Any

import msgspec
import pytest

from domain.errors import FieldError, InvalidFields
from domain.money import Currency, Money, format_money, get_minor_digits
from shared.http.decoding import Input, decode_json, decode_query

UNLISTED = "must be a currency of ISO 4217"


class _Request(Input, frozen=True):
    price: Money
    others: tuple[Money, ...] = ()


class _Query(Input, frozen=True):
    currency: Currency | None = None


@pytest.mark.parametrize("code", ["XTS", "XXX", "XAU", "ABC", "DEM", "BGN", "eur"])
def test_requests_name_a_listed_currency(code: str) -> None:
    price: Any = {"amount": 1, "currency": code}
    with pytest.raises(InvalidFields) as caught:
        decode_json(msgspec.json.encode({"price": price, "others": [price]}), _Request)
    fields = ("body.price.currency", "body.others[0].currency")
    assert caught.value.errors == tuple(FieldError(field, UNLISTED) for field in fields)
    with pytest.raises(InvalidFields) as caught:
        decode_query({"currency": [code]}, _Query)
    assert caught.value.errors == (FieldError("query.currency", UNLISTED),)


def test_stored_amounts_may_be_in_a_former_currency() -> None:
    stored = b'{"amount":100,"currency":"BGN"}'
    assert msgspec.json.decode(stored, type=Money) == Money(100, "BGN")


@pytest.mark.parametrize(
    ("code", "digits", "text"),
    [
        ("EUR", 2, "12.34 EUR"),
        ("JPY", 0, "1234 JPY"),
        ("KWD", 3, "1.234 KWD"),
        ("UYW", 4, "0.1234 UYW"),
    ],
)
def test_amounts_have_the_digits_of_their_currency(code: str, digits: int, text: str) -> None:
    assert get_minor_digits(code) == digits
    assert format_money(1234, code) == text
