"""Voucher codes: random, and robust against typing errors."""

import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import voucher_codes

ALPHABET, LENGTH = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 16


def test_codes_cannot_be_guessed() -> None:
    assert LENGTH * math.log2(len(set(ALPHABET))) >= 60
    codes = [voucher_codes.create_code() for _ in range(2000)]
    assert len(set(codes)) == len(codes)
    counts = Counter("".join(codes))
    assert set(counts) == set(ALPHABET)
    expected = len(codes) * LENGTH / len(ALPHABET)
    assert all(0.8 * expected < count < 1.2 * expected for count in counts.values())


def test_the_alphabet_has_no_confusable_letters() -> None:
    assert not set("ILOU") & set(ALPHABET)


@given(st.text(alphabet=ALPHABET, min_size=LENGTH, max_size=LENGTH), st.data())
def test_typed_codes_are_parsed(code: Any, data: Any) -> None:
    seen = voucher_codes.format_code(code)
    assert len(seen) == LENGTH + 3
    typed = "".join(
        data.draw(
            st.sampled_from([letter, letter.lower(), *{"0": "oO", "1": "iIlL"}.get(letter, "")])
        )
        + data.draw(st.sampled_from(["", "", " ", "-"]))
        for letter in seen
    )
    assert voucher_codes.parse_code(typed) == code


@pytest.mark.parametrize("entered", ["", "-", "A" * 15, "A" * 17, "U" * 16, "Ä" * 16, "💩" * 16])
def test_invalid_codes_are_not_parsed(entered: str) -> None:
    assert voucher_codes.parse_code(entered) is None
