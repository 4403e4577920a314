"""Calendars that are read: what is chosen, what is read, and what is published."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from infra.local.standins.social.faults import ProviderFault
from social.providers import google_calendar
from social.rules import calendar_reading
from social.use_cases import calendar_accounts, work
from social.use_cases import calendar_reading as reading
from tests.functional.social.calendars.world import EMAIL, World
from tests.functional.social.conftest import MARA, NOOR
from tests.functional.social.world import deliver
from tests.support import fake_aws, streams


def hour(starts: int, day: int = 1) -> tuple[datetime, datetime]:
    start = datetime(2026, 12, day, starts, tzinfo=UTC)
    return start, start + timedelta(hours=1)


def test_an_artist_chooses_calendars_for_each_direction(world: World) -> None:
    world.add_calendar("family@group.calendar.google.com", access_role="reader")
    listed = world.api.get(world.home).json_body["items"]
    assert [(each["name"], each["isPrimary"], each["canWrite"]) for each in listed] == [
        (EMAIL, True, True),
        ("family@group.calendar.google.com", False, False),
    ]
    assert not any(each["isRead"] or each["isWritten"] for each in listed)
    chosen = world.choose("family@group.calendar.google.com", write="primary")
    assert [(each["isRead"], each["isWritten"]) for each in chosen] == [
        (False, True),
        (True, False),
    ]
    assert world.api.get(world.home).json_body["items"] == chosen


def test_a_calendar_that_is_not_there_or_cannot_be_written_is_refused(world: World) -> None:
    world.add_calendar("holidays", access_role="reader")
    body = {"read": ["scl_unknown"], "write": world.id_of("holidays")}
    answer = world.api.put(world.home, json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json_body["errors"]] == [
        "body.read[0]",
        "body.write",
    ]
    assert world.list_waiting() == []


def test_busy_times_are_published_after_the_choice_and_after_each_change(world: World) -> None:
    first = world.put_hour(10)
    world.choose("primary")
    assert world.work() == 1
    assert world.list_published() == world.list_busy() == [hour(10)]
    world.put_hour(14)
    world.delete(first)
    world.notify(world.take_notifications())
    world.work()
    assert world.list_published() == world.list_busy() == [hour(14)]
    (shown,) = world.api.get(world.home).json_body["items"]
    assert (shown["blocks"], shown["problem"]) == (1, None)
    assert shown["readAt"] == "2026-11-30T12:00:00Z"


def test_a_change_is_read_alone_and_nothing_is_published_without_one(world: World) -> None:
    with world.networks.google.changing() as state:
        state.page_size = 2
    for starts in range(8, 13):
        world.put_hour(starts)
    world.choose("primary")
    world.work()
    assert world.count_calls("events.list") == 3
    world.put_hour(15)
    world.notify(world.take_notifications())
    world.work()
    assert world.count_calls("events.list") == 1
    assert world.list_published() == world.list_busy()
    assert len(world.list_events()) == 2
    world.later(minutes=10)
    world.sweep()
    assert world.work() == 1
    assert world.count_calls("events.list") == 1
    assert len(world.list_events()) == 2


@pytest.mark.provider_errors("google.sync_token_expired")
def test_everything_is_read_again_when_the_sync_token_is_too_old(world: World) -> None:
    gone = world.put_hour(10)
    world.put_hour(12)
    world.choose("primary")
    world.work()
    world.delete(gone)
    world.networks.google_control.expire_sync_tokens(EMAIL)
    world.notify(world.take_notifications())
    world.work()
    assert world.list_published() == world.list_busy() == [hour(12)]
    assert world.find().sync_token is not None


def test_notifications_may_come_twice_and_late_and_cost_one_reading(world: World) -> None:
    world.choose("primary")
    world.work()
    world.put_hour(10)
    world.put_hour(12)
    sent = world.take_notifications()
    world.count_calls("events.list")
    assert world.notify([*reversed(sent), *sent]) == [204] * 2 * len(sent)
    assert world.work() == 2 * len(sent)
    assert world.count_calls("events.list") == 1
    assert world.list_published() == world.list_busy() == [hour(10), hour(12)]
    world.notify(sent)
    world.work()
    assert world.count_calls("events.list") == 0


def test_a_notification_without_the_secret_of_its_channel_is_refused(world: World) -> None:
    world.choose("primary")
    world.work()
    (sync, *_) = world.take_notifications()
    token, channel = "X-Goog-Channel-Token", "X-Goog-Channel-ID"
    assert sync.headers[token] not in str(streams.items("social"))
    number, state = "X-Goog-Message-Number", "X-Goog-Resource-State"
    for change in ({token: "x"}, {token: ""}, {channel: "x"}, {number: "x"}, {state: "x"}):
        assert world.deliver(sync.headers | change).status_code == 404
    assert world.deliver({}).status_code == 404
    assert world.list_waiting() == []
    assert world.deliver(sync.headers).status_code == 204
    assert len(world.list_waiting()) == 1


def test_a_lost_notification_is_made_up_for_by_the_sweeper(world: World) -> None:
    world.choose("primary")
    world.work()
    world.put_hour(10)
    world.take_notifications()
    world.later(minutes=9)
    world.sweep()
    assert world.work() == 0
    world.later(minutes=1)
    world.sweep()
    world.sweep()
    assert world.work() == 1
    assert world.list_published() == [hour(10)]


def test_calendars_stay_due_while_the_worker_lags(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the queue each would be once more every ten minutes."""
    world.choose("primary")
    world.work()
    world.later(minutes=10)
    monkeypatch.setattr(work, "MAX_WAITING", 0)
    world.sweep()
    assert world.list_waiting() == []
    monkeypatch.setattr(work, "MAX_WAITING", 1)
    world.sweep()
    assert [each.key for each in world.list_waiting()] == [world.id_of("primary")]


@pytest.mark.provider_errors("google.channel_not_https")
def test_a_calendar_without_a_channel_is_read_every_minute(world: World) -> None:
    fault = ProviderFault(error="google.channel_not_https", count=1)
    world.networks.google_faults.put("events.watch", fault)
    world.choose("primary")
    world.work()
    world.put_hour(10)
    assert world.take_notifications() == []
    world.later(minutes=1)
    world.sweep()
    assert world.work() == 1
    assert world.list_published() == [hour(10)]
    assert world.find().channel is None
    world.later(hours=6)
    world.sweep()
    world.work()
    assert world.find().channel is not None


def test_a_channel_is_renewed_before_it_ends_and_the_old_one_is_stopped(world: World) -> None:
    world.choose("primary")
    world.work()
    first = world.find().channel
    assert first is not None
    assert first.expires_at == world.now + timedelta(days=7)
    world.later(days=6)
    world.sweep()
    world.work()
    second = world.find().channel
    assert second is not None
    assert second.expires_at > first.expires_at
    with world.networks.google.reading() as state:
        assert list(state.channels) == [second.id]
    assert world.find().closing == ()
    world.put_hour(10, "2026-12-10")
    world.notify(world.take_notifications())
    world.work()
    assert world.list_published() == world.list_busy()


def test_a_calendar_that_is_not_read_any_more_blocks_nothing(world: World) -> None:
    world.put_hour(10)
    world.choose("primary")
    world.work()
    world.choose(write="primary")
    assert world.list_published() == []
    world.work()
    assert world.find().channel is not None, "what is done to our events is read"
    assert world.list_published() == []
    world.choose()
    world.work()
    with world.networks.google.reading() as state:
        assert state.channels == {}
    stored = str(streams.items("social"))
    assert "ENTRIES#" not in stored
    assert "CHANNEL#" not in stored
    world.choose("primary")
    world.work()
    assert world.list_published() == [hour(10)]


@pytest.mark.provider_errors("google.user_rate_limit", "google.too_many_requests")
def test_a_provider_that_limits_calls_is_left_alone_for_a_while(world: World) -> None:
    world.choose("primary")
    world.work()
    world.put_hour(10)
    faults = world.networks.google_faults
    faults.put("events.list", ProviderFault(error="google.user_rate_limit", count=1))
    world.notify(world.take_notifications())
    world.work()
    calendar = world.find()
    assert calendar.paused_until == world.now + timedelta(minutes=1)
    assert calendar.problem == "The provider limits how often the calendar can be read."
    world.sweep()
    assert world.work() == 0
    world.later(minutes=1)
    fault = ProviderFault(error="google.too_many_requests", retry_after=600, count=1)
    faults.put("events.list", fault)
    world.sweep()
    world.work()
    assert world.find().paused_until == world.now + timedelta(minutes=10)
    world.later(minutes=10)
    world.sweep()
    world.work()
    assert world.find().problem is None
    assert world.list_published() == [hour(10)]


@pytest.mark.provider_errors("google.unavailable", "google.not_found")
def test_busy_times_stay_while_a_calendar_cannot_be_read(world: World) -> None:
    world.put_hour(10)
    world.choose("primary")
    world.work()
    for fault, problem in (
        (ProviderFault(error="google.unavailable", count=2), "does not respond"),
        (ProviderFault(garbage=True, count=1), "does not respond"),
        (ProviderFault(error="google.not_found", count=1), "not there any more"),
        (ProviderFault(error="google.scope_missing", count=1), "does not let us"),
    ):
        world.networks.google_faults.put("events.list", fault)
        world.later(minutes=20)
        world.sweep()
        world.work()
        found = world.find()
        assert problem in str(found.problem)
        assert world.list_published() == [hour(10)]
    (shown,) = world.api.get(world.home).json_body["items"]
    assert shown["problem"] == found.problem
    assert shown["failingSince"] == "2026-11-30T12:20:00Z"


def test_a_reading_that_takes_too_long_fails_before_its_worker_is_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google_calendar, "PAGE_EVENTS", 1)
    for starts in (8, 10, 12):
        world.put_hour(starts)
    world.choose("primary")
    passed = iter(range(0, 1_000, 20))
    monkeypatch.setattr(reading, "monotonic", lambda: next(passed))
    world.work()
    assert "does not respond" in str(world.find().problem)
    assert world.find().paused_until == world.now + timedelta(minutes=1)


def test_repeated_events_come_closer_with_time(world: World) -> None:
    world.put(
        id="series",
        start={"dateTime": "2026-12-01T09:00:00+01:00", "timeZone": "Europe/Berlin"},
        end={"dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Berlin"},
        recurrence=["RRULE:FREQ=MONTHLY"],
    )
    world.choose("primary")
    world.work()
    before = world.list_published()
    assert before == world.list_busy()
    world.later(days=60)
    world.sweep()
    world.work()
    assert world.list_published() == world.list_busy() != before


def test_own_events_and_those_that_take_no_time_block_nothing(world: World) -> None:
    world.put_hour(8, extendedProperties={"private": {"artistBooking": "apt_1"}})
    world.put_hour(9, transparency="transparent")
    world.put_hour(10, attendees=[{"self": True, "responseStatus": "declined"}])
    world.put_hour(11)
    world.choose("primary")
    world.work()
    assert world.list_published() == world.list_busy() == [hour(11)]


def test_an_appointment_of_another_artist_in_a_shared_calendar_blocks(world: World) -> None:
    for hour_, artist_id in ((8, MARA), (9, NOOR)):
        private = {"artistBooking": f"apt_{hour_}", "artistBookingArtist": artist_id}
        world.put_hour(hour_, extendedProperties={"private": private})
    world.choose("primary")
    world.work()
    assert world.list_published() == [hour(9)]


def connected(world: World, change: str) -> None:
    """Deliver what social publishes of a change of the account."""
    deliver(f"social_account.{change}", accountId=world.account.id, artistId=MARA)


def test_the_main_calendar_of_a_new_account_is_read(world: World) -> None:
    world.add_calendar("family")
    world.put_hour(10)
    connected(world, "connected")
    assert world.work() == 1
    assert world.work() == 1
    assert world.list_published() == [hour(10)]
    listed = world.api.get(world.home).json_body["items"]
    assert [(each["isRead"], each["isWritten"]) for each in listed] == [
        (True, False),
        (False, False),
    ]
    world.choose("family")
    connected(world, "connected")
    world.work()
    assert not world.find().is_read


@pytest.mark.provider_errors("google.token_expired")
def test_a_token_that_is_refused_is_refreshed_once(world: World) -> None:
    world.choose("primary")
    world.work()
    with world.networks.google.changing() as state:
        state.access_tokens["access-1"].is_revoked = True
    world.put_hour(10)
    world.notify(world.take_notifications())
    world.count_calls("token")
    world.work()
    assert world.list_published() == [hour(10)]
    assert world.count_calls("token") == 1


def test_a_token_that_is_refused_again_is_not_refreshed_twice(world: World) -> None:
    world.choose("primary")
    world.work()
    world.put_hour(10)
    fault = ProviderFault(error="google.token_expired")
    world.networks.google_faults.put("events.list", fault)
    world.notify(world.take_notifications())
    world.count_calls("token")
    world.work()
    assert world.count_calls("token") == 1
    (account,) = world.api.get("/v1/social/accounts").json_body["items"]
    assert account["health"]["state"] == "needs_reconnect"
    assert world.find().problem == "The account has to be connected again."


def test_an_account_that_was_revoked_needs_its_artist_and_goes_on_afterwards(world: World) -> None:
    world.put_hour(10)
    world.choose("primary")
    world.work()
    with world.networks.google.changing() as state:
        state.access_tokens["access-1"].is_revoked = True
        state.refresh_tokens["refresh-1"].is_revoked = True
    world.put_hour(12)
    world.notify(world.take_notifications())
    world.work()
    assert world.find().problem == "The account has to be connected again."
    assert world.api.get(world.home).json_body["code"] == "needs_reconnect"
    (account,) = world.api.get("/v1/social/accounts").json_body["items"]
    assert account["health"]["state"] == "needs_reconnect"
    assert world.list_published() == [hour(10)]
    with world.networks.google.changing() as state:
        state.access_tokens["access-1"].is_revoked = False
        state.refresh_tokens["refresh-1"].is_revoked = False
    connected(world, "reconnected")
    assert world.work() == 2
    assert world.list_published() == world.list_busy() == [hour(10), hour(12)]


def test_a_disconnected_account_blocks_nothing_and_has_no_channels(world: World) -> None:
    world.put_hour(10)
    world.choose("primary", write="primary")
    world.work()
    assert world.api.delete(f"/v1/social/accounts/{world.account.id}").status_code == 204
    assert world.list_published() == []
    with world.networks.google.reading() as state:
        assert state.channels == {}
    assert world.notify(world.take_notifications()[:1]) == [404]
    stored = str(streams.items("social"))
    assert "ENTRIES#" not in stored
    found = world.find()
    assert (found.is_read, found.is_written, found.channel) == (False, False, None)
    world.later(minutes=20)
    world.sweep()
    assert world.work() == 0


def test_the_main_calendar_of_an_account_is_read_that_was_disconnected_before(
    world: World,
) -> None:
    world.put_hour(10)
    world.add_calendar("family")
    world.choose("family")
    world.work()
    calendar_accounts.forget_all(world.account, world.now, publishes=True)
    connected(world, "reconnected")
    world.work()
    world.work()
    assert (world.find().is_read, world.find("family").is_read) == (True, False)
    assert world.list_published() == [hour(10)]
    world.choose()
    connected(world, "reconnected")
    world.work()
    assert not world.find().is_read


def test_nothing_is_left_of_the_calendars_of_a_deleted_artist(world: World) -> None:
    world.put_hour(10)
    world.choose("primary")
    world.work()
    deliver("user.deleted", userId=MARA)
    stored = str(streams.items("social"))
    for text in ("CALENDAR#", "ENTRIES#", "CHANNEL#", EMAIL):
        assert text not in stored
    with world.networks.google.reading() as state:
        assert state.channels == {}


def test_an_export_has_the_calendars_and_what_they_are_used_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.choose("primary")
    world.work()
    monkeypatch.setenv("EXPORTS_BUCKET", "exports")
    s3 = fake_aws.client("s3")
    s3.create_bucket(Bucket="exports")
    deliver("export.requested", exportId="exp_1", userId=MARA)
    stored = s3.get_object(Bucket="exports", Key="exports/exp_1/social.json")["Body"].read()
    (record,) = json.loads(stored)["calendars"]
    assert (record["name"], record["isRead"], record["isWritten"]) == (EMAIL, True, False)
    assert b"syncToken" not in stored


def test_two_readings_at_once_end_with_the_newer_state(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.choose("primary")
    world.work()
    event = world.put_hour(10)
    find = calendar_reading.find_busy_times
    others: list[int] = []

    def overtaken(*arguments: object) -> object:
        """Let another worker read a later state in the middle of a reading."""
        if not others:
            others.append(1)
            world.delete(event)
            world.put_hour(12)
            world.notify(world.take_notifications())
            world.work()
        return find(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(calendar_reading, "find_busy_times", overtaken)
    world.notify(world.take_notifications()[-1:])
    world.work()
    assert others
    assert world.list_published() == world.list_busy() == [hour(12)]
