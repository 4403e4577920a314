"""Discounts of vouchers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.voucher_codes import create_code, hash_code
from domain.vouchers import (
    FixedVoucherValue,
    PercentVoucherValue,
    VoucherValue,
    compute_discounts,
)

FIFTY = FixedVoucherValue(5000, "EUR")
prices = st.lists(st.integers(0, 10**12), min_size=1, max_size=12)
values = st.builds(FixedVoucherValue, st.integers(1, 10**12), st.just("EUR")) | st.builds(
    PercentVoucherValue, st.integers(1, 100)
)


@pytest.mark.parametrize(
    ("value", "paid", "discounts"),
    [
        (FIFTY, [12000], [5000]),
        (FIFTY, [3000], [3000]),
        (FIFTY, [3000, 4000, 1000], [3000, 2000, 0]),
        (FIFTY, [0], [0]),
        (PercentVoucherValue(25), [12000], [3000]),
        (PercentVoucherValue(50), [101], [51]),  # half up
        (PercentVoucherValue(49), [1], [0]),
        (PercentVoucherValue(50), [100, 300], [100, 100]),  # half of the total
        (PercentVoucherValue(100), [7, 5], [7, 5]),
    ],
)
def test_a_discount_is_used_up_from_the_first_price_on(
    value: VoucherValue, paid: list[int], discounts: list[int]
) -> None:
    assert compute_discounts(value, paid) == discounts


@given(values, prices)
def test_a_discount_never_exceeds_a_price(value: VoucherValue, paid: list[int]) -> None:
    discounts = compute_discounts(value, paid)
    assert all(0 <= off <= price for off, price in zip(discounts, paid, strict=True))
    if isinstance(value, FixedVoucherValue):
        assert sum(discounts) == min(value.amount, sum(paid))
    else:
        assert abs(sum(discounts) * 100 - sum(paid) * value.percent) <= 50


def test_a_code_has_one_hash() -> None:
    code = create_code()
    assert hash_code(code) == hash_code(code) != hash_code(create_code())
    assert code not in hash_code(code)
