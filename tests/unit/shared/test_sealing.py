"""Sealing: what is sealed is read with its secret only."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform.sealing import seal, unseal
from tests.support import repeatable  # noqa: F401


@given(st.binary(), st.binary(min_size=32, max_size=32))
def test_a_sealed_record_is_read_with_its_secret(record: bytes, secret: bytes) -> None:
    assert unseal(seal(record, secret), secret) == record


def test_another_secret_reads_nothing() -> None:
    sealed = seal(b"IBAN DE89370400440532013000", b"s" * 32)
    assert b"IBAN" not in sealed
    with pytest.raises(zlib.error):
        unseal(sealed, b"t" * 32)


def test_equal_records_look_different_under_different_secrets() -> None:
    assert seal(b"a" * 100, b"s" * 32) != seal(b"a" * 100, b"t" * 32)
