"""Routing: whether, where and when a message goes, over every zone and clock change."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from notifications.models import (
    CategoryChoices,
    Channel,
    ChannelChoices,
    Digest,
    Digests,
    MessageCategory,
    Preferences,
    QuietHours,
)
from notifications.rules import digests, preferences, quiet_hours, routing
from notifications.rules.routing import Deferred, Held, Now, Routed, Suppressed

ZONES = sorted(available_timezones())
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours("22:00", "08:00")
MINUTE = timedelta(minutes=1)
EVERY = tuple(Channel)
EMAIL, SMS, PUSH = Channel.EMAIL, Channel.SMS, Channel.PUSH
BOOKING, MESSAGE, MARKETING = (
    MessageCategory.BOOKING,
    MessageCategory.MESSAGE,
    MessageCategory.MARKETING,
)
CODES = (MessageCategory.SECURITY, MessageCategory.ACCOUNT)


def berlin(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


def find_clock_changes(zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the hours of the years 2026 and 2027 in which the clocks of a zone change."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    offset = at.astimezone(zone).utcoffset()
    while at.year < 2028:
        at += timedelta(hours=12)
        if at.astimezone(zone).utcoffset() != offset:
            offset = at.astimezone(zone).utcoffset()
            yield at


def check(at: datetime, hours: QuietHours, zone: ZoneInfo) -> None:
    """Check the promise: not inside, not before, and inside all the way to it."""
    end = quiet_hours.find_end(at, hours, zone)
    assert end >= at
    assert not quiet_hours.is_quiet(end, hours, zone)
    assert end - at <= timedelta(hours=26)
    if end > at:
        assert quiet_hours.is_quiet(end - timedelta(microseconds=1), hours, zone)
        inside = at
        while inside < end:
            assert quiet_hours.is_quiet(inside, hours, zone), inside
            inside += 23 * MINUTE


instants = st.integers(157_766_400_000, 2_145_830_400_000).map(  # of the years 1975 to 2037
    lambda milliseconds: datetime.fromtimestamp(milliseconds / 1000, UTC)
)
clock_times = st.times().map(lambda at: at.strftime("%H:%M"))


@given(
    instants,
    st.sampled_from(ZONES),
    clock_times,
    clock_times,
)
@example(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "Europe/Berlin", "22:00", "02:30")
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Berlin", "01:00", "02:30")
@example(datetime(2026, 4, 4, 14, 45, tzinfo=UTC), "Australia/Lord_Howe", "01:00", "01:45")
@example(datetime(2011, 12, 30, 9, 59, tzinfo=UTC), "Pacific/Apia", "22:00", "08:00")
@settings(max_examples=300, deadline=None)
def test_nothing_is_sent_inside_and_nothing_waits_longer_than_it_must(
    at: datetime, zone: str, start: str, end: str
) -> None:
    if start != end:
        check(at, QuietHours(start, end), ZoneInfo(zone))


def test_the_promise_holds_around_every_clock_change_of_every_zone() -> None:
    changes = {
        (change, tuple(offset(change + timedelta(hours=h), zone) for h in (-13, 1))): zone
        for zone in map(ZoneInfo, ZONES)
        for change in find_clock_changes(zone)
    }
    assert len(changes) > 20  # zones whose clocks change alike are checked once
    for (change, _), zone in changes.items():
        for before, (start, end) in itertools.product(
            (13, 4, 0), (("22:00", "08:00"), ("02:15", "02:45"), ("00:30", "02:30"))
        ):
            at = change - timedelta(hours=before) + timedelta(seconds=7)
            check(at, QuietHours(start, end), zone)


def offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


@pytest.mark.parametrize(
    ("at", "hours", "end"),
    [
        ("2026-03-02 21:59:59", NIGHT, "2026-03-02 21:59:59"),
        ("2026-03-02 22:00", NIGHT, "2026-03-03 08:00"),
        ("2026-03-03 07:59", NIGHT, "2026-03-03 08:00"),
        ("2026-03-03 08:00", NIGHT, "2026-03-03 08:00"),
        ("2026-03-28 23:00", NIGHT, "2026-03-29 08:00"),  # the night has nine hours
        ("2026-03-29 01:00", QuietHours("00:00", "02:30"), "2026-03-29 03:00"),  # no 02:30
        ("2026-03-03 12:30", QuietHours("12:00", "13:00"), "2026-03-03 13:00"),
    ],
)
def test_quiet_hours_end_on_the_recipients_clock(at: str, hours: QuietHours, end: str) -> None:
    assert quiet_hours.find_end(berlin(at), hours, BERLIN) == berlin(end)


def test_an_hour_that_comes_twice_is_quiet_twice() -> None:
    hours = QuietHours("01:00", "02:30")
    first, second = (berlin("2026-10-25 02:30", fold) for fold in (0, 1))
    assert second - first == timedelta(hours=1)
    assert quiet_hours.find_end(berlin("2026-10-25 02:10"), hours, BERLIN) == first
    assert quiet_hours.find_end(berlin("2026-10-25 02:10", fold=1), hours, BERLIN) == second


# ---- routes ------------------------------------------------------------------------------------

DAY, EVENING = berlin("2026-03-02 12:00"), berlin("2026-03-02 23:00")
MORNING = berlin("2026-03-03 08:00")
ADS = Digests(marketing=Digest("day", "18:00"))


def wants(category: MessageCategory = BOOKING, **choices: str) -> Preferences:
    return Preferences(
        categories=CategoryChoices(**{category.value: ChannelChoices(**choices)})  # type: ignore[arg-type]
    )


def route(
    preferences: Preferences,
    category: MessageCategory = BOOKING,
    at: datetime = DAY,
    channels: tuple[Channel, ...] = EVERY,
    studio: CategoryChoices | None = None,
    **about: object,
) -> dict[Channel, routing.Route]:
    message = Routed(category=category, at=at, channels=channels, **about)  # type: ignore[arg-type]
    return routing.route(message, preferences, BERLIN, studio)


def test_bookings_cost_no_sms_unless_somebody_chose_so() -> None:
    unwanted = Suppressed(routing.NOT_CHOSEN)
    assert route(Preferences()) == {EMAIL: Now(), SMS: unwanted, PUSH: Now()}
    assert route(wants(sms="on"))[SMS] == Now()
    assert route(wants(sms="fallback"))[SMS] == unwanted
    assert route(wants(sms="fallback"), channels=(SMS,)) == {SMS: Now()}
    nothing_else = wants(sms="fallback", email="off", push="off")
    assert route(nothing_else)[SMS] == Now()
    assert route(Preferences(), channels=(SMS,)) == {SMS: unwanted}
    assert route(wants(sms="fallback", email="fallback", push="off")) == {
        EMAIL: Now(),
        SMS: unwanted,
        PUSH: Suppressed(routing.OPTED_OUT),
    }


def test_a_persons_choice_comes_before_the_studios_and_that_before_ours() -> None:
    studio = CategoryChoices(booking=ChannelChoices(sms="on", push="off"))
    routes = route(Preferences(), studio=studio)
    assert routes == {EMAIL: Now(), SMS: Now(), PUSH: Suppressed(routing.NOT_CHOSEN)}
    routes = route(wants(sms="off", push="on"), studio=studio)
    assert routes == {EMAIL: Now(), SMS: Suppressed(routing.OPTED_OUT), PUSH: Now()}


def test_a_channel_that_the_sender_names_is_used_unless_the_person_opted_out() -> None:
    assert route(Preferences(), MESSAGE, channels=(SMS,), are_named=True) == {SMS: Now()}
    refused = {SMS: Suppressed(routing.OPTED_OUT)}
    assert route(wants(MESSAGE, sms="off"), MESSAGE, channels=(SMS,), are_named=True) == refused


@pytest.mark.parametrize("category", CODES)
def test_codes_and_what_was_asked_for_always_go(category: MessageCategory) -> None:
    strict = Preferences(muted_until=MORNING, quiet_hours=NIGHT)
    assert set(route(strict, category, EVENING).values()) == {Now()}
    message = Routed(category=category, at=EVENING, channels=EVERY)
    assert routing.route_again(SMS, message, strict, BERLIN) == Now()
    assert preferences.choose(category, CategoryChoices()) == preferences.ALWAYS


def test_a_mute_suppresses_until_its_end() -> None:
    muted = Preferences(muted_until=MORNING, quiet_hours=NIGHT)
    assert route(muted, at=EVENING, channels=(PUSH,)) == {PUSH: Suppressed(routing.MUTED)}
    assert route(muted, at=MORNING, channels=(PUSH,)) == {PUSH: Now()}


def test_messages_wait_for_the_end_of_the_quiet_hours() -> None:
    quiet = Preferences(quiet_hours=QuietHours("22:00", "08:00", ("push",)))
    assert route(quiet, at=EVENING, channels=(EMAIL, PUSH)) == {
        EMAIL: Deferred(MORNING),
        PUSH: Now(),
    }
    assert route(quiet, at=DAY, channels=(EMAIL,)) == {EMAIL: Now()}
    assert routing.route(Routed(category=BOOKING, at=EVENING, channels=(EMAIL,)), quiet, None) == {
        EMAIL: Now()
    }


def test_what_would_be_useless_after_the_quiet_hours_is_not_deferred() -> None:
    quiet = Preferences(quiet_hours=NIGHT)
    for good_until, booking, other in (
        (MORNING + MINUTE, Deferred(MORNING), Deferred(MORNING)),
        (MORNING, Now(), Suppressed(routing.QUIET_HOURS)),
        (EVENING + MINUTE, Now(), Suppressed(routing.QUIET_HOURS)),
    ):
        for category, expected in ((BOOKING, booking), (MESSAGE, other)):
            routes = route(quiet, category, EVENING, (EMAIL,), good_until=good_until)
            assert routes == {EMAIL: expected}


def test_a_digest_gathers_mails_only_and_nothing_that_cannot_wait() -> None:
    gathers = Preferences(
        digests=ADS, categories=wants(MARKETING, push="on").categories, quiet_hours=NIGHT
    )
    six = berlin("2026-03-02 18:00")
    routes = route(gathers, MARKETING, channels=(EMAIL, PUSH))
    assert routes == {EMAIL: Held(six), PUSH: Now()}
    assert route(gathers, MARKETING, channels=(EMAIL,), good_until=six) == {EMAIL: Now()}
    assert route(gathers, BOOKING, channels=(EMAIL,)) == {EMAIL: Now()}
    muted = Preferences(digests=ADS, muted_until=MORNING)
    assert route(muted, MARKETING, channels=(EMAIL,)) == {EMAIL: Suppressed(routing.MUTED)}


@pytest.mark.parametrize(
    ("at", "choices", "expected"),
    [
        (DAY, {}, Now()),
        (DAY, {"email": "fallback"}, Now()),
        (DAY, {"email": "off"}, Suppressed(routing.OPTED_OUT)),
        (EVENING, {}, Deferred(MORNING)),
    ],
)
def test_a_delivery_is_asked_again_before_it_is_handed_over(
    at: datetime, choices: dict[str, str], expected: routing.Route
) -> None:
    now_wants = Preferences(
        categories=wants(MARKETING, **choices).categories, digests=ADS, quiet_hours=NIGHT
    )
    message = Routed(category=MARKETING, at=at, channels=(EMAIL,))
    assert routing.route_again(EMAIL, message, now_wants, BERLIN) == expected


def test_the_inbox_can_be_turned_off_by_category() -> None:
    assert routing.is_listed(BOOKING, Preferences())
    assert not routing.is_listed(BOOKING, wants(inbox="off"))
    assert routing.is_listed(MESSAGE, wants(inbox="off"))


# ---- digests -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "digest", "end"),
    [
        ("2026-03-02 12:00", Digest("hour", "09:30"), "2026-03-02 12:30"),
        ("2026-03-02 12:30", Digest("hour", "09:30"), "2026-03-02 13:30"),
        ("2026-03-02 12:00", Digest("day", "18:00"), "2026-03-02 18:00"),
        ("2026-03-02 18:00", Digest("day", "18:00"), "2026-03-03 18:00"),
        ("2026-03-02 12:00", Digest("week", "09:00"), "2026-03-09 09:00"),
        ("2026-03-02 08:00", Digest("week", "09:00"), "2026-03-02 09:00"),  # a Monday
        ("2026-03-28 12:00", Digest("day", "02:30"), "2026-03-29 03:30"),
        ("2026-10-24 12:00", Digest("day", "02:30"), "2026-10-25 02:30"),
    ],
)
def test_a_window_ends_on_the_recipients_clock(at: str, digest: Digest, end: str) -> None:
    assert digests.find_window_end(berlin(at), digest, BERLIN) == berlin(end)


@given(
    instants,
    st.sampled_from(ZONES),
    st.sampled_from(["hour", "day", "week"]),
    clock_times,
)
@settings(max_examples=100, deadline=None)
def test_windows_follow_each_other_without_a_gap(
    at: datetime, zone: str, every: str, clock: str
) -> None:
    digest = Digest(every, clock)  # type: ignore[arg-type]
    end = digests.find_window_end(at, digest, ZoneInfo(zone))
    longest = {"hour": timedelta(hours=1), "day": timedelta(hours=50), "week": timedelta(days=15)}
    assert timedelta(0) < end - at <= longest[every]
    assert digests.find_window_end(end, digest, ZoneInfo(zone)) > end
    before = end - timedelta(microseconds=1)
    if before >= at:  # every instant until the end is in the same window
        assert digests.find_window_end(before, digest, ZoneInfo(zone)) == end


def test_each_window_of_each_person_and_category_has_its_own_id() -> None:
    ids = {
        digests.build_id(user, category, end)
        for user, category, end in itertools.product(
            ("usr_a", "usr_b"), (MESSAGE, MARKETING), (DAY, EVENING)
        )
    }
    assert len(ids) == 8
    assert digests.build_id("usr_a", MESSAGE, DAY) == digests.build_id(
        "usr_a", MESSAGE, DAY.astimezone(BERLIN)
    )
