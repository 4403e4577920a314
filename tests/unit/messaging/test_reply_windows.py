"""Reply windows of guests."""

from datetime import UTC, datetime, timedelta

import pytest

from messaging.models import Guest
from messaging.rules import reply_windows
from messaging.rules.errors import ReplyWindowClosed
from messaging.rules.reply_windows import ReplyState

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GUEST = Guest(
    id="gst_1",
    artist_id="usr_1",
    reply_until=NOON + timedelta(hours=24),
    agent_reply_until=NOON + timedelta(days=7),
)


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (timedelta(hours=24, microseconds=-1), ReplyState.OPEN),
        (timedelta(hours=24), ReplyState.HUMAN_AGENT),
        (timedelta(days=7, microseconds=-1), ReplyState.HUMAN_AGENT),
        (timedelta(days=7), ReplyState.CLOSED),
    ],
)
def test_a_window_ends_at_its_end(after: timedelta, state: ReplyState) -> None:
    assert reply_windows.get_state(GUEST, connected=True, now=NOON + after) is state
    lost = reply_windows.get_state(GUEST, connected=False, now=NOON + after)
    assert lost is ReplyState.DISCONNECTED


def test_there_is_no_window_before_the_guest_wrote() -> None:
    guest = Guest(id="gst_1", artist_id="usr_1")
    assert reply_windows.get_state(guest, connected=True, now=NOON) is ReplyState.CLOSED


@pytest.mark.parametrize(
    ("state", "human_agent", "reason", "until"),
    [
        (ReplyState.OPEN, False, None, None),
        (ReplyState.OPEN, True, None, None),
        (ReplyState.HUMAN_AGENT, True, None, None),
        (ReplyState.HUMAN_AGENT, False, "window_closed", GUEST.reply_until),
        (ReplyState.CLOSED, True, "agent_window_closed", GUEST.agent_reply_until),
        (ReplyState.DISCONNECTED, True, "account_disconnected", None),
    ],
)
def test_a_refusal_says_why_and_since_when(
    state: ReplyState, human_agent: bool, reason: str | None, until: datetime | None
) -> None:
    if reason is None:
        reply_windows.require_open(GUEST, state, human_agent=human_agent)
        return
    with pytest.raises(ReplyWindowClosed) as refused:
        reply_windows.require_open(GUEST, state, human_agent=human_agent)
    assert (refused.value.reason, refused.value.until) == (reason, until)
