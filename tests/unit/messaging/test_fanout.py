"""Fan-out: posts of several threads end with the request that sends them."""

from datetime import UTC, datetime, timedelta

import pytest

from messaging.live import fanout
from messaging.live.frames import PongFrame
from messaging.models import Connection
from shared.http.caller import Role
from shared.live import connections
from shared.platform import correlation, deadlines

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("devices", [1, 12])
def test_each_post_has_the_deadline_and_the_correlation_id_of_its_request(
    monkeypatch: pytest.MonkeyPatch, devices: int
) -> None:
    seen = []

    def post(_connection_id: str, _text: str) -> None:
        seen.append((deadlines.seconds_left() <= deadlines.REQUEST_SECONDS, correlation.current()))

    monkeypatch.setattr(connections, "post", post)
    targets = [
        Connection(
            id=str(number),
            user_id="usr_ada",
            role=Role.CLIENT,
            session_id="ses_1",
            opened_at=NOON,
            last_seen_at=NOON,
            expires_at=NOON + timedelta(minutes=1),
            window_at=NOON,
        )
        for number in range(devices)
    ]
    with deadlines.within(deadlines.REQUEST_SECONDS), correlation.bound("cor_request"):
        reached = fanout.post_to_connections(targets, PongFrame(), NOON)
    assert [connection.id for connection in reached] == [str(number) for number in range(devices)]
    assert seen == [(True, "cor_request")] * devices
