"""Life of sessions: 30 days without use, 90 days in any case, and at most 20."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from auth.rules.session_life import choose_surplus, compute_expiry

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class Session:
    session_id: str
    rotated_at: datetime


@pytest.mark.parametrize(("last_used", "expires"), [(0, 30), (29, 59), (60, 90), (75, 90)])
def test_a_session_ends_30_days_after_its_use_and_90_after_its_start(
    last_used: int, expires: int
) -> None:
    used_at = NOON + timedelta(days=last_used)
    assert compute_expiry(NOON, used_at) == NOON + timedelta(days=expires)


def test_the_sessions_beyond_twenty_are_those_unused_for_longest() -> None:
    sessions = [Session(f"ses_{day:02}", NOON + timedelta(days=day)) for day in range(22)]
    assert choose_surplus(sessions[:20], "ses_00") == []
    assert choose_surplus(sessions, "ses_21") == [sessions[1], sessions[0]]


def test_the_newest_session_is_never_surplus() -> None:
    sessions = [Session(f"ses_{number:02}", NOON) for number in range(21)]
    (surplus,) = choose_surplus(sessions, "ses_00")
    assert surplus.session_id == "ses_01"
