"""Endpoints that fail wait by their own; origins that are down are not called again and again."""

from datetime import UTC, datetime, timedelta

import pytest

from notifications.models import NotificationAction, PushContent, PushSubscription
from notifications.rules import origin_breakers, push_endpoints
from notifications.rules.origin_breakers import OriginBreakers
from notifications.rules.push_endpoints import Failure, note_failure

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BASE = timedelta(seconds=30)
BROWSER = PushSubscription(
    id="sub_1",
    user_id="usr_1",
    endpoint="https://push.example/a",
    p256dh="",
    auth="",
    registered_at=NOON,
)


def wait_of(subscription: PushSubscription, now: datetime = NOON) -> float:
    return push_endpoints.find_wait(subscription, now).total_seconds()


def test_the_wait_doubles_up_to_an_hour() -> None:
    waits, state = [], BROWSER
    for _ in range(10):
        state = note_failure(state, Failure(), NOON, BASE, jitter=1.0)
        waits.append(wait_of(state))
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert wait_of(note_failure(BROWSER, Failure(), NOON, BASE, jitter=0.0)) == 15
    for _ in range(2000):  # no overflow
        state = note_failure(state, Failure(), NOON, BASE, jitter=1.0)
    assert wait_of(state) == 3600


def test_a_wait_ends() -> None:
    state = note_failure(BROWSER, Failure(), NOON, BASE, jitter=1.0)
    assert wait_of(state, NOON + timedelta(seconds=29)) == 1
    assert wait_of(state, NOON + timedelta(seconds=30)) == 0
    assert wait_of(BROWSER) == 0


def test_the_wait_that_the_service_asks_for_is_kept_if_it_is_longer() -> None:
    assert wait_of(note_failure(BROWSER, Failure(after_seconds=900), NOON, BASE, 1.0)) == 900
    assert wait_of(note_failure(BROWSER, Failure(after_seconds=3), NOON, BASE, 1.0)) == 30


def test_a_success_forgets_the_failures() -> None:
    failed = note_failure(BROWSER, Failure(), NOON, BASE, 1.0)
    assert failed != BROWSER
    assert push_endpoints.note_success(failed) == BROWSER


def test_an_endpoint_is_dropped_after_a_week_of_failures() -> None:
    state, now = BROWSER, NOON
    for _ in range(7):
        state = note_failure(state, Failure(), now, BASE, 1.0)
        assert not push_endpoints.is_to_be_dropped(state, now)
        now += timedelta(days=1)
    state = note_failure(state, Failure(), now, BASE, 1.0)
    assert push_endpoints.is_to_be_dropped(state, now)
    assert state.failing_since == NOON


def test_an_endpoint_that_is_seldom_called_is_not_dropped_for_two_failures() -> None:
    state = note_failure(BROWSER, Failure(), NOON, BASE, 1.0)
    later = NOON + timedelta(days=60)
    assert not push_endpoints.is_to_be_dropped(
        note_failure(state, Failure(), later, BASE, 1), later
    )


def test_a_throttled_endpoint_is_not_failing() -> None:
    throttled = Failure(is_throttle=True, after_seconds=60)
    state = note_failure(BROWSER, throttled, NOON, BASE, 1.0)
    assert (state.failures, state.failing_since, wait_of(state)) == (0, None, 60)


def test_a_refused_message_counts_and_delays_no_other() -> None:
    state = note_failure(BROWSER, Failure(delays_others=False), NOON, BASE, 1.0)
    assert (state.failures, wait_of(state)) == (1, 0)


def test_a_message_that_is_too_large_has_a_short_form() -> None:
    action = NotificationAction("On my way", "/v1/x", NOON)
    content = PushContent("Hi", "word " * 100, "/a", {"k": "v"}, "tag", (action,))
    short = push_endpoints.shorten(content)
    assert short is not None
    assert len(short.body) == 200
    assert short.body.endswith("word…")
    assert (short.title, short.url, short.collapse_tag) == ("Hi", "/a", "tag")
    assert (short.data, short.actions) == ({}, ())
    assert push_endpoints.shorten(short) is None


# ---- origins -------------------------------------------------------------------------------------


def seconds(breakers: OriginBreakers, now: datetime = NOON, origin: str = "a") -> float:
    return breakers.ask(origin, now).total_seconds()


def fail(breakers: OriginBreakers, *recipients: str, now: datetime = NOON) -> None:
    for recipient in recipients:
        breakers.note_failure("a", recipient, now)


def test_an_origin_is_down_after_five_failures_of_three_recipients() -> None:
    breakers = OriginBreakers(BASE)
    fail(breakers, "1", "2", "3", "3")
    assert seconds(breakers) == 0
    fail(breakers, "3")
    assert seconds(breakers) == 30
    assert seconds(breakers, origin="b") == 0


def test_the_endpoints_of_two_people_do_not_open_a_circuit() -> None:
    breakers = OriginBreakers(BASE)
    fail(breakers, *["1", "2"] * 20)
    assert seconds(breakers) == 0


def test_a_success_in_between_counts() -> None:
    breakers = OriginBreakers(BASE)
    fail(breakers, "1", "2", "3", "4")
    breakers.note_success("a")
    fail(breakers, "1", "2", "3", "4")
    assert seconds(breakers) == 0


def test_one_attempt_closes_a_circuit_or_opens_it_for_longer() -> None:
    breakers, now = OriginBreakers(BASE), NOON
    fail(breakers, "1", "2", "3", "4", "5")
    for expected in (60, 120, 240, 480, 900, 900):
        now += timedelta(seconds=seconds(breakers, now))
        assert seconds(breakers, now) == 0
        assert seconds(breakers, now) > 0  # only one
        fail(breakers, "6", now=now)
        assert seconds(breakers, now) == expected
    now += timedelta(seconds=900)
    assert seconds(breakers, now) == 0
    breakers.note_success("a")
    assert [seconds(breakers, now) for _ in range(3)] == [0, 0, 0]
    fail(breakers, "1", "2", "3", "4", now=now)
    assert seconds(breakers, now) == 0


def test_an_attempt_without_a_result_does_not_close_the_circuit_for_ever() -> None:
    breakers = OriginBreakers(BASE)
    fail(breakers, "1", "2", "3", "4", "5")
    later = NOON + BASE
    assert [seconds(breakers, later), seconds(breakers, later)] == [0, 30]
    assert seconds(breakers, later + BASE) == 0


def test_few_origins_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origin_breakers, "MAX_REMEMBERED", 10)
    breakers = OriginBreakers(BASE)
    for number in range(100):
        breakers.note_failure(f"https://{number}.example", "1", NOON)
    assert len(breakers) == 10
