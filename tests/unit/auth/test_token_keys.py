"""Terms of the keys of tokens: which key is used when, and when the next one is made."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from auth.rules import session_life
from auth.rules.token_keys import NOTICE, SCHEDULES, Kind, TokenKey, find_current, find_gap, new_key
from shared.http import access_tokens

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = new_key(Kind.SIGNING, "key", NOON)
NEXT = new_key(Kind.SIGNING, "next", NOON + 2 * HOUR)
SECOND = timedelta(seconds=1)


def test_a_key_is_used_for_its_term_and_honoured_for_what_it_signed() -> None:
    assert (KEY.starts_at, KEY.ends_at) == (NOON, NOON + 2 * HOUR)
    tokens_live_for = timedelta(
        seconds=access_tokens.LIFETIME_SECONDS + access_tokens.LEEWAY_SECONDS
    )
    assert KEY.honoured_until - KEY.ends_at > tokens_live_for
    assert SCHEDULES[Kind.SEALING].overlap > session_life.IDLE_LIFETIME


def test_a_key_that_starts_within_a_term_ends_with_it() -> None:
    rotated = new_key(Kind.SIGNING, "rotated", NOON + HOUR)
    assert rotated.ends_at == KEY.ends_at
    keys = [rotated, KEY]
    assert find_current(keys, Kind.SIGNING, NOON + HOUR - SECOND) == KEY
    assert find_current(keys, Kind.SIGNING, NOON + HOUR) == rotated
    assert find_gap(keys, Kind.SIGNING, NOON + HOUR) is None


@pytest.mark.parametrize(
    ("keys", "now", "start"),
    [
        ([], NOON, NOON),
        ([], NOON + HOUR, NOON),
        ([KEY], NOON + 2 * HOUR - NOTICE - SECOND, None),
        ([KEY], NOON + 2 * HOUR - NOTICE, NOON + 2 * HOUR),
        ([KEY], NOON + 2 * HOUR, NOON + 2 * HOUR),
        ([KEY, NEXT], NOON + 2 * HOUR - SECOND, None),
        ([KEY, NEXT], NOON + 2 * HOUR, None),
        ([NEXT], NOON + 2 * HOUR - SECOND, NOON),
        ([new_key(Kind.SEALING, "other", NOON)], NOON, NOON),
    ],
)
def test_a_key_is_made_before_it_is_needed(
    keys: list[TokenKey], now: datetime, start: datetime | None
) -> None:
    assert find_gap(keys, Kind.SIGNING, now) == start


@pytest.mark.parametrize("kind", Kind)
def test_terms_follow_each_other_without_a_gap(kind: Kind) -> None:
    term = SCHEDULES[kind].term
    first = new_key(kind, "1", NOON)
    assert first.ends_at - NOON <= term
    assert new_key(kind, "2", first.ends_at).ends_at == first.ends_at + term


@pytest.mark.parametrize("field", ["starts_at", "ends_at", "honoured_until"])
def test_the_label_has_all_times(field: str) -> None:
    changed = msgspec.structs.replace(KEY, **{field: getattr(KEY, field) + SECOND})
    assert changed.label != KEY.label
    assert new_key(Kind.SEALING, "key", NOON).label != KEY.label != NEXT.label
