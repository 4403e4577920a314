"""Retry-After, in seconds and as a date."""

from datetime import UTC, datetime

import pytest

from shared.platform.retry_after import MAX_SECONDS, parse

NOW = datetime(2026, 10, 21, 7, 27, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("0", 0),
        (" 120 ", 120),
        ("-1", 0),
        ("1.5", 0),
        ("\N{ARABIC-INDIC DIGIT THREE}", 0),
        ("86401", MAX_SECONDS),
        ("9" * 5_000, MAX_SECONDS),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 60),
        ("Wednesday, 21-Oct-26 07:28:00 GMT", 60),
        ("Wed Oct 21 07:28:00 2026", 60),
        ("Wed, 21 Oct 2026 07:26:59 GMT", 0),
        ("Fri, 21 Oct 2095 07:28:00 GMT", MAX_SECONDS),
        ("Wed, 99 Oct 2026 07:28:00 GMT", 0),
        ("soon", 0),
    ],
)
def test_a_wait_is_read(value: str | None, seconds: int) -> None:
    assert parse(value, NOW) == seconds


def test_a_part_of_a_second_is_waited_for() -> None:
    late = NOW.replace(microsecond=500_000)
    assert parse("Wed, 21 Oct 2026 07:27:01 GMT", late) == 1
