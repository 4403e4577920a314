"""Money: amounts in minor units of an ISO 4217 currency, and how people read them."""

from typing import Annotated

from msgspec import Meta

from domain.values import StrictValue

MAX_AMOUNT = 10**12

Currency = Annotated[
    str,
    Meta(
        pattern=r"^[A-Z]{3}$(?!\n)",
        description="Currency as an ISO 4217 code.",
        examples=["EUR"],
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

# Digits after the point where they are not two (ISO 4217, list one).
_NO_DIGITS = {
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
    *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
}
_THREE_DIGITS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
_MINOR_DIGITS = {
    **dict.fromkeys(_NO_DIGITS, 0),
    **dict.fromkeys(_THREE_DIGITS, 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


class Money(StrictValue, frozen=True):
    """An amount of money."""

    amount: MinorUnits
    currency: Currency


def get_minor_digits(currency: str) -> int:
    """Return how many decimal digits the amounts of a currency have."""
    return _MINOR_DIGITS.get(currency, 2)


def format_money(amount: int, currency: str) -> str:
    """Format an amount for people: `30.00 EUR`, `3000 JPY`."""
    digits = get_minor_digits(currency)
    if digits == 0:
        return f"{amount} {currency}"
    whole, part = divmod(amount, 10**digits)
    return f"{whole}.{part:0{digits}} {currency}"
