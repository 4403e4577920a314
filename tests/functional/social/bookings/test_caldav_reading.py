"""CalDAV calendars are read like those of Google: their busy times block, and are freed again."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from time_machine import TimeMachineFixture

from infra.local.standins.caldav import Fault
from shared.platform import config
from tests.functional.social.bookings.world import HOUR, TEN, CalDavSide
from tests.support import fake_aws
from tests.support.caldav import running_caldav
from tests.support.outbox import published


@pytest.fixture
def side(
    aws: None, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CalDavSide]:
    monkeypatch.setenv("QUEUE_URL_SOCIAL_WORK", fake_aws.create_queue("social-work"))
    monkeypatch.setenv("LOOPBACK_PROVIDERS", "true")
    config.forget()
    with running_caldav() as server:
        yield CalDavSide(clock, server)
    config.forget()


def list_busy() -> list[tuple[datetime, datetime]]:
    """Return the busy times that were published last."""
    events = published("social", "social_calendar.busy_times_changed")
    newest = max(events, key=lambda event: int(event.data["recordVersion"])).data
    return [
        (datetime.fromisoformat(each["startsAt"]), datetime.fromisoformat(each["endsAt"]))
        for each in newest["busyTimes"]
    ]


def test_a_busy_hour_blocks_within_a_minute_and_is_freed_again(side: CalDavSide) -> None:
    side.server.put_event("work", "one.ics", TEN, TEN + HOUR)
    side.choose(None, (side.main,))
    assert list_busy() == [(TEN, TEN + HOUR)]
    side.server.put_event("work", "two.ics", TEN + HOUR, TEN + 2 * HOUR)
    side.server.put_event("work", "day.ics", date(2026, 12, 3), date(2026, 12, 4))
    side.later(minutes=1)
    side.sweep()
    side.work()
    day = datetime(2026, 12, 3, tzinfo=UTC), datetime(2026, 12, 4, tzinfo=UTC)
    assert list_busy() == [(TEN, TEN + 2 * HOUR), day]
    side.server.delete("work", "one.ics")
    side.server.delete("work", "day.ics")
    side.later(minutes=1)
    side.sweep()
    side.work()
    assert list_busy() == [(TEN + HOUR, TEN + 2 * HOUR)]


def test_everything_is_read_again_when_the_server_forgot_the_token(side: CalDavSide) -> None:
    side.server.put_event("work", "one.ics", TEN, TEN + HOUR)
    side.choose(None, (side.main,))
    side.server.delete("work", "one.ics")
    side.server.forget_tokens()
    side.later(minutes=1)
    side.sweep()
    side.work()
    assert list_busy() == []


def test_blocks_stay_while_the_server_fails(side: CalDavSide) -> None:
    side.server.put_event("work", "one.ics", TEN, TEN + HOUR)
    side.choose(None, (side.main,))
    side.server.delete("work", "one.ics")
    for fault in (Fault(status=503, count=3), Fault(status=429, headers={"Retry-After": "60"})):
        side.server.faults = [fault]
        side.later(minutes=5)
        side.sweep()
        side.work()
        assert list_busy() == [(TEN, TEN + HOUR)]
    side.server.faults = []
    side.later(minutes=10)
    side.sweep()
    side.work()
    assert list_busy() == []
