"""Quotes: the price and the length that an artist sets for one piece, instead of the service's.

Both have the bounds of the catalogue: a price of 0 to `MAX_AMOUNT` minor units of the service's
currency, 5 minutes to a day, and a total of at most `MAX_AMOUNT`.
"""

from collections.abc import Iterable

import msgspec

from appointments.models import AppointmentSide, Service
from domain.errors import FieldError, InvalidFields
from domain.money import MAX_AMOUNT, Money


class Quote(msgspec.Struct, frozen=True):
    """A price and a length of one sitting; None for those of the service."""

    price: Money | None = None
    duration_minutes: int | None = None

    def or_else(self, other: "Quote") -> "Quote":
        """Return this quote, with what it leaves open taken from another one."""
        return Quote(
            self.price if self.price is not None else other.price,
            self.duration_minutes if self.duration_minutes is not None else other.duration_minutes,
        )


def require_artist(quote: Quote, by: AppointmentSide, field: str) -> None:
    """Check that only the artist quotes.

    Args:
        quote: What was requested.
        by: The side that books.
        field: Path of the object that has the fields of the quote.

    Raises:
        InvalidFields: A client sets a price or a length.
    """
    if by is AppointmentSide.ARTIST:
        return
    named = (("price", quote.price), ("durationMinutes", quote.duration_minutes))
    wrong = [
        FieldError(f"{field}.{name}", "can only be set by the artist")
        for name, value in named
        if value is not None
    ]
    if wrong:
        raise InvalidFields(*wrong)


def apply(service: Service, quote: Quote, field: str) -> Service:
    """Return the service as the artist quotes it.

    Args:
        service: The service of the catalogue.
        quote: What the artist quotes.
        field: Path of the object that has the fields of the quote.

    Raises:
        InvalidFields: The price is in another currency than the service.
    """
    currency = service.price.currency
    if quote.price is not None and quote.price.currency != currency:
        raise InvalidFields(FieldError(f"{field}.price.currency", f"must be {currency}"))
    return msgspec.structs.replace(
        service,
        price=service.price if quote.price is None else quote.price,
        duration_minutes=quote.duration_minutes or service.duration_minutes,
    )


def compute_total(prices: Iterable[Money], field: str) -> Money:
    """Return the sum of prices in one currency.

    Raises:
        InvalidFields: It exceeds the greatest amount, which is blamed on `field`.
    """
    first, *others = prices
    amount = first.amount + sum(price.amount for price in others)
    if amount > MAX_AMOUNT:
        raise InvalidFields(FieldError(field, "add up to more than the greatest amount"))
    return Money(amount, first.currency)
