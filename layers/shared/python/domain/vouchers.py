"""Vouchers: their values, the discounts they give, and why one cannot be redeemed."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from domain.errors import StateConflict
from domain.money import MAX_AMOUNT, Currency
from domain.values import StrictValue


class FixedVoucherValue(StrictValue, frozen=True, tag="fixed", tag_field="type"):
    """A fixed amount off.

    Attributes:
        amount: Amount in minor units of the currency. Example: 5000
    """

    amount: Annotated[int, Meta(ge=1, le=MAX_AMOUNT)]
    currency: Currency


class PercentVoucherValue(StrictValue, frozen=True, tag="percent", tag_field="type"):
    """A percentage off.

    Attributes:
        percent: Percentage of the price. Example: 20
    """

    percent: Annotated[int, Meta(ge=1, le=100)]


VoucherValue = FixedVoucherValue | PercentVoucherValue


class VoucherRedeemed(StateConflict):
    """The voucher was already redeemed."""

    code = "voucher_redeemed"


class VoucherVoid(StateConflict):
    """The voucher was voided by its artist."""

    code = "voucher_void"


class VoucherExpired(StateConflict):
    """The voucher has expired."""

    code = "voucher_expired"


def compute_discounts(value: VoucherValue, prices: Sequence[int]) -> list[int]:
    """Return what a voucher takes off each of the prices that are paid together.

    A percentage is taken off their total, rounded half up. The discount is used up from the first
    price on, and never exceeds the total.

    Args:
        value: Value of the voucher, in the currency of the prices.
        prices: Prices in minor units.
    """
    total = sum(prices)
    if isinstance(value, PercentVoucherValue):
        remaining = (total * value.percent + 50) // 100
    else:
        remaining = min(value.amount, total)
    discounts = []
    for price in prices:
        discounts.append(min(price, remaining))
        remaining -= discounts[-1]
    return discounts
