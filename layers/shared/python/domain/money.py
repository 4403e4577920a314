"""Money: amounts in minor units of an ISO 4217 currency, and how people read them."""

from typing import Annotated

from msgspec import Meta

from domain.currencies import MINOR_DIGITS
from domain.values import StrictValue

MAX_AMOUNT = 10**12


def find_currency_fault(code: str) -> str | None:
    """Return what is wrong with the code of a currency, or None."""
    return None if code in MINOR_DIGITS else "must be a currency of ISO 4217"


# Requests name a currency that ISO 4217 lists. Stored amounts may be in one that it listed before.
Currency = Annotated[
    str,
    Meta(
        pattern=r"^[A-Z]{3}$(?!\n)",
        description="Currency as an ISO 4217 code.",
        examples=["EUR"],
        extra={"requested": find_currency_fault},
    ),
]
MinorUnits = Annotated[
    int,
    Meta(
        ge=0,
        le=MAX_AMOUNT,
        description="Amount in minor units of the currency: 12000 is 120.00 EUR.",
        examples=[12000],
    ),
]


class Money(StrictValue, frozen=True):
    """An amount of money."""

    amount: MinorUnits
    currency: Currency


def get_minor_digits(currency: str) -> int:
    """Return how many decimal digits the amounts of a currency have; two for a former one."""
    return MINOR_DIGITS.get(currency, 2)


def format_money(amount: int, currency: str) -> str:
    """Format an amount for people: `30.00 EUR`, `3000 JPY`."""
    digits = get_minor_digits(currency)
    if digits == 0:
        return f"{amount} {currency}"
    whole, part = divmod(amount, 10**digits)
    return f"{whole}.{part:0{digits}} {currency}"
