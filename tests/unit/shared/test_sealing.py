"""Sealing: what is sealed is read with its secret only, and cannot be changed."""

import zlib
from hashlib import shake_256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform.sealing import NotAuthentic, seal, unseal
from tests.support import repeatable  # noqa: F401

IBAN = b"IBAN DE89370400440532013000"


@given(st.binary(), st.binary(min_size=32, max_size=32))
def test_a_sealed_record_is_read_with_its_secret(record: bytes, secret: bytes) -> None:
    assert unseal(seal(record, secret), secret) == record


def test_another_secret_reads_nothing() -> None:
    sealed = seal(IBAN, b"s" * 32)
    assert b"IBAN" not in sealed
    with pytest.raises(NotAuthentic):
        unseal(sealed, b"t" * 32)


def test_equal_records_look_different_under_one_secret_and_under_several() -> None:
    secrets = [b"s" * 32, b"s" * 32, b"t" * 32]
    assert len({seal(b"a" * 100, secret)[16:] for secret in secrets}) == 3


def test_no_bit_of_a_sealed_record_can_be_changed() -> None:
    sealed, secret = seal(IBAN, b"s" * 32), b"s" * 32
    for position in range(8 * len(sealed)):
        changed = bytearray(sealed)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(NotAuthentic):
            unseal(bytes(changed), secret)


@pytest.mark.parametrize("length", range(0, 40, 4))
def test_a_part_of_a_sealed_record_is_not_one(length: int) -> None:
    with pytest.raises(NotAuthentic):
        unseal(seal(IBAN, b"s" * 32)[:length], b"s" * 32)


def test_a_record_from_before_tags_is_not_authentic() -> None:
    secret, text = b"s" * 32, zlib.compress(IBAN)
    stream = shake_256(secret).digest(len(text))
    with pytest.raises(NotAuthentic):
        unseal(bytes(a ^ b for a, b in zip(text, stream, strict=True)), secret)
