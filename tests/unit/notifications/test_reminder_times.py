"""Times of reminders: what is due when, in every zone and over every change of the clock."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from msgspec.structs import replace

from notifications.models import (
    AftercareSettings,
    AppointmentReminderSettings,
    AppointmentState,
    Birthday,
    FollowUpSettings,
    ReminderKind,
    ReminderReference,
    ReminderSettings,
    ReviewLinks,
)
from notifications.rules import map_links, reminder_times, review_links
from notifications.rules.reminder_times import Occurrence

DEFAULTS = ReminderSettings()
START = datetime(2026, 7, 2, 7, 30, tzinfo=UTC)
END = START + timedelta(hours=2)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ZONES = sorted(available_timezones() - {"localtime", "Factory"})


def state(**fields: object) -> AppointmentState:
    values = {
        "version": 1,
        "status": "confirmed",
        "starts_at": START,
        "ends_at": END,
        "since": LONG_AGO,
        "time_zone": "Europe/Berlin",
        "service_name": "Half sleeve",
        "location": "1 Main Street",
    }
    return AppointmentState(**(values | fields))  # type: ignore[arg-type]


def completed_at(end: datetime, zone: str) -> AppointmentState:
    return state(
        status="completed", starts_at=end - timedelta(hours=2), ends_at=end, time_zone=zone
    )


def of_kind(occurrences: list[Occurrence], kind: ReminderKind) -> list[datetime]:
    return [each.due_at for each in occurrences if each.kind is kind]


def list_changes(zone: str, first: date, last: date) -> Iterator[date]:
    """Yield the days on which the clock of a zone is changed."""
    info = ZoneInfo(zone)
    day = first
    offset = datetime.combine(day, time(), info).utcoffset()
    while day <= last:
        following = datetime.combine(day + timedelta(1), time(), info).utcoffset()
        if following != offset:
            yield day
        day, offset = day + timedelta(1), following


# ---- zones -------------------------------------------------------------------------------------


def test_aftercare_is_due_at_nine_in_every_zone_and_over_every_change_of_the_clock() -> None:
    changes = 0
    for zone in ZONES:
        info = ZoneInfo(zone)
        # Samoa left out 30 December 2011; Lord Howe moves by half an hour; Morocco by Ramadan.
        days = [date(2011, 12, 28), *list_changes(zone, date(2026, 1, 1), date(2026, 12, 31))]
        changes += len(days) - 1
        for day in days:
            end = datetime.combine(day - timedelta(3), time(17), info).astimezone(UTC)
            ended_on = end.astimezone(info).date()
            occurrences = reminder_times.list_occurrences(completed_at(end, zone), DEFAULTS)
            for number, due_at in enumerate(of_kind(occurrences, ReminderKind.AFTERCARE), 1):
                local = due_at.astimezone(info)
                wanted = datetime.combine(ended_on + timedelta(number), time(9))
                is_skipped = (
                    wanted.replace(tzinfo=info)
                    .astimezone(UTC)
                    .astimezone(info)
                    .replace(tzinfo=None)
                    != wanted
                )
                assert is_skipped or local.replace(tzinfo=None) == wanted, (zone, day, number)
                # Where the clock shows it twice, the first is meant.
                assert is_skipped or local.fold == 0
    assert changes > 250


@pytest.mark.parametrize(
    ("zone", "day", "hour", "expected"),
    [
        # Skipped, so as late as the clock shows it instead: 02:30 does not exist, 03:00 does.
        ("Europe/Berlin", date(2026, 3, 29), 2, datetime(2026, 3, 29, 1, tzinfo=UTC)),
        # Twice, so the first.
        ("Europe/Berlin", date(2026, 10, 25), 2, datetime(2026, 10, 25, 0, tzinfo=UTC)),
        # A day that was left out is the day after.
        ("Pacific/Apia", date(2011, 12, 30), 9, datetime(2011, 12, 30, 19, tzinfo=UTC)),
        # Rules that were given up, or begun, in between.
        ("America/Sao_Paulo", date(2026, 1, 15), 9, datetime(2026, 1, 15, 12, tzinfo=UTC)),
        ("Asia/Almaty", date(2026, 1, 15), 9, datetime(2026, 1, 15, 4, tzinfo=UTC)),
        ("Africa/Cairo", date(2026, 7, 15), 9, datetime(2026, 7, 15, 6, tzinfo=UTC)),
    ],
)
def test_a_local_time_is_resolved(zone: str, day: date, hour: int, expected: datetime) -> None:
    assert reminder_times.resolve(day, time(hour), zone) == expected


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "America/New_York"])
def test_hours_before_a_start_are_hours_that_pass(zone: str) -> None:
    for day in list_changes(zone, date(2026, 1, 1), date(2026, 12, 31)):
        start = datetime.combine(day + timedelta(1), time(10), ZoneInfo(zone)).astimezone(UTC)
        occurrences = reminder_times.list_occurrences(state(starts_at=start), DEFAULTS)
        assert of_kind(occurrences, ReminderKind.REMINDER) == [start - timedelta(hours=24)]


def test_what_follows_without_an_hour_comes_at_the_time_of_day_of_the_end() -> None:
    zone = ZoneInfo("Europe/Berlin")
    end = datetime(2026, 10, 24, 18, 30, tzinfo=zone).astimezone(UTC)  # 25 hours to the next day
    occurrences = reminder_times.list_occurrences(completed_at(end, "Europe/Berlin"), DEFAULTS)
    (follow_up,) = of_kind(occurrences, ReminderKind.FOLLOW_UP)
    assert follow_up == end + timedelta(hours=25)
    (review,) = of_kind(occurrences, ReminderKind.REVIEW_REQUEST)
    assert review.astimezone(zone).isoformat() == "2026-10-27T18:30:00+01:00"


# ---- what is due -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["pending", "cancelled", "declined", "expired", "no_show"])
def test_only_confirmed_and_completed_ones_have_any(status: str) -> None:
    assert reminder_times.list_occurrences(state(status=status), DEFAULTS) == []


def test_what_is_off_is_not_due() -> None:
    off = ReminderSettings(
        reminder=AppointmentReminderSettings(enabled=False),
        follow_up=FollowUpSettings(enabled=False),
        aftercare=AftercareSettings(days=2, hour=20),
    )
    assert reminder_times.list_occurrences(state(), off) == []
    done = reminder_times.list_occurrences(state(status="completed"), off)
    assert of_kind(done, ReminderKind.FOLLOW_UP) == []
    assert [each.hour for each in of_kind(done, ReminderKind.AFTERCARE)] == [18, 18]


def test_a_reminder_whose_time_had_passed_at_the_booking_is_none() -> None:
    settings = ReminderSettings(reminder=AppointmentReminderSettings(hours_before=(24, 2)))
    late = state(since=START - timedelta(hours=10))
    (only,) = reminder_times.list_occurrences(late, settings)
    assert only.due_at == START - timedelta(hours=2)


def test_of_several_that_are_due_only_the_last_of_each_kind_goes() -> None:
    done = reminder_times.list_occurrences(state(status="completed"), DEFAULTS)
    now = END + timedelta(days=3)
    due = reminder_times.select_due(done, None, now)
    assert [(each.kind.value, each.number) for each in due] == [
        ("follow_up", 1),
        ("aftercare", 3),
        ("review_request", 1),
    ]
    assert reminder_times.select_due(done, max(each.due_at for each in due), now) == []


def test_it_is_looked_at_again_half_a_day_before_and_when_it_is_due() -> None:
    occurrences = reminder_times.list_occurrences(state(), DEFAULTS)
    due_at = START - timedelta(hours=24)
    early = reminder_times.get_next(occurrences, due_at - timedelta(days=9))
    assert early == due_at - timedelta(hours=12)
    assert reminder_times.get_next(occurrences, early) == due_at
    assert reminder_times.get_next(occurrences, due_at) is None


@pytest.mark.parametrize(
    ("month", "day", "year", "expected"),
    [
        (12, 10, 2026, datetime(2026, 12, 10, 9, tzinfo=UTC)),
        (2, 29, 2026, datetime(2026, 2, 28, 9, tzinfo=UTC)),
        (2, 29, 2028, datetime(2028, 2, 29, 9, tzinfo=UTC)),
        (1, 1, 2027, datetime(2027, 1, 1, 9, tzinfo=UTC)),
    ],
)
def test_a_birthday_comes_every_year(month: int, day: int, year: int, expected: datetime) -> None:
    birthday = Birthday(month=month, day=day, time_zone="Europe/London")
    now = datetime(2026, 12, 31, 23, tzinfo=UTC) if year == 2027 else expected - timedelta(1)
    occurrences = reminder_times.list_birthdays(birthday, "Europe/London", 9, now)
    assert expected in [each.due_at for each in occurrences]
    assert [each.number for each in occurrences if each.due_at == expected] == [year]


# ---- what has changed --------------------------------------------------------------------------


def test_a_message_is_current_while_its_appointment_is_as_it_says() -> None:
    reminder = ReminderReference(appointment_id="apt_1", kind=ReminderKind.REMINDER, anchor=START)
    assert reminder_times.is_current(reminder, state())
    assert not reminder_times.is_current(reminder, state(starts_at=START + timedelta(minutes=15)))
    for status in ("pending", "cancelled", "completed", "no_show"):
        assert not reminder_times.is_current(reminder, state(status=status))
    after = ReminderReference(appointment_id="apt_1", kind=ReminderKind.AFTERCARE, anchor=END)
    assert reminder_times.is_current(after, state(status="completed"))
    assert not reminder_times.is_current(after, state())


def test_a_sitting_gives_way_to_a_later_completed_one() -> None:
    first = state(status="completed")
    later = state(starts_at=START + timedelta(7), ends_at=END + timedelta(7))
    kinds = (ReminderKind.FOLLOW_UP, ReminderKind.AFTERCARE, ReminderKind.REVIEW_REQUEST)

    def superseded(other: AppointmentState) -> list[ReminderKind]:
        others, now = [first, other], END + timedelta(1)
        return [kind for kind in kinds if reminder_times.is_superseded(kind, first, others, now)]

    assert superseded(state(status="cancelled")) == []
    assert superseded(later) == [ReminderKind.REVIEW_REQUEST]
    done = state(status="completed", ends_at=END + timedelta(7))
    assert superseded(done) == list(kinds)
    assert not reminder_times.is_superseded(ReminderKind.REMINDER, later, [first, done], END)


def test_the_id_of_a_message_names_what_it_depends_on() -> None:
    one = Occurrence(ReminderKind.AFTERCARE, 3, END, END)
    build = reminder_times.build_event_id
    ids = {
        build("apt_1", one, END),
        build("apt_2", one, END),
        build("apt_1", one, END + timedelta(1)),
        build("apt_1", Occurrence(ReminderKind.AFTERCARE, 4, END, END), END),
        build("apt_1", Occurrence(ReminderKind.FOLLOW_UP, 3, END, END), END),
    }
    assert len(ids) == 5
    # Other settings, and so another time, are the same message.
    assert build("apt_1", Occurrence(ReminderKind.AFTERCARE, 3, START, START), END) in ids


# ---- links -------------------------------------------------------------------------------------


def test_a_place_is_found_on_a_map_whatever_it_is_called() -> None:
    assert map_links.build("Äußere Straße 12 & 13, Köln?#") == (
        "https://www.google.com/maps/search/?api=1"
        "&query=%C3%84u%C3%9Fere+Stra%C3%9Fe+12+%26+13%2C+K%C3%B6ln%3F%23"
    )
    assert map_links.build(" \u200b ") is None
    assert map_links.build("\U0001f58b" * 200) is None  # nor is a link that fills an SMS


@pytest.mark.parametrize(
    "google",
    [
        "https://g.page/r/CdX_0-a/review",
        "https://g.page/maravoss/review",
        "https://search.google.com/local/writereview?placeid=ChIJN1t_tDeuEmsRUsoyG83frY4",
    ],
)
def test_links_by_which_google_takes_a_review(google: str) -> None:
    assert list(review_links.find_errors(ReviewLinks(google=google), "links")) == []


@pytest.mark.parametrize(
    "google",
    [
        "https://google.com.evil.example/",
        "https://g.page.evil.example/r/abc/review",
        "https://www.google.com/maps/place/Voss+Ink",
        "https://g.page/r/abc",
        "https://g.page/r/abc/review/../../evil",
        "https://maps.app.goo.gl/abc",
        "https://search.google.com/local/reviews?placeid=ChIJN1t_tDeuEmsRUsoyG83frY4",
        "https://search.google.com/local/writereview",
        "https://search.google.com/local/writereview?placeid=",
        "https://www.google.com/url?q=https://evil.example/",
    ],
)
def test_other_links_to_google_are_refused(google: str) -> None:
    (error,) = review_links.find_errors(ReviewLinks(google=google), "links")
    assert error.field == "links.google"
    assert "https://g.page/r/…/review" in error.message


@pytest.mark.parametrize(
    "facebook",
    [
        "https://www.facebook.com/maravoss/reviews",
        "https://facebook.com/mara.voss/reviews/",
        "https://de-de.facebook.com/pg/Mara-Voss-100001/reviews?ref=page_internal",
        "https://m.facebook.com/profile.php?id=100001&sk=reviews",
    ],
)
def test_the_reviews_of_pages_at_facebook(facebook: str) -> None:
    assert list(review_links.find_errors(ReviewLinks(facebook=facebook), "links")) == []


@pytest.mark.parametrize(
    "facebook",
    [
        "https://notfacebook.com/mara/reviews",
        "https://facebook.com.evil.example/mara/reviews",
        "https://www.facebook.com/maravoss",
        "https://www.facebook.com/maravoss/photos",
        "https://www.facebook.com/profile.php?id=100001",
        "https://l.facebook.com/l.php?u=https://evil.example/reviews",
        "https://fb.me/maravoss",
    ],
)
def test_other_links_to_facebook_are_refused(facebook: str) -> None:
    (error,) = review_links.find_errors(ReviewLinks(facebook=facebook), "links")
    assert error.field == "links.facebook"


def test_a_link_to_google_is_made_of_the_id_of_a_place() -> None:
    links = ReviewLinks(google_place_id="ChIJN1t_tDeuEmsRUsoyG83frY4")
    assert list(review_links.find_errors(links, "links")) == []
    made = review_links.get_google_link(links)
    assert made == (
        "https://search.google.com/local/writereview?placeid=ChIJN1t_tDeuEmsRUsoyG83frY4"
    )
    assert list(review_links.find_errors(ReviewLinks(google=made), "links")) == []
    given = "https://g.page/r/abc/review"
    assert review_links.get_google_link(ReviewLinks(google=given)) == given
    both = replace(links, google=given)
    assert [error.field for error in review_links.find_errors(both, "links")] == [
        "links.googlePlaceId"
    ]
