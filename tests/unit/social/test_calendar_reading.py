"""Readings of calendars: what is kept, when they are busy, and when they are read again."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from domain.icalendar import busy_times
from domain.icalendar.busy_times import UnreadableCalendar
from social.models import ProviderId
from social.models.calendars import Entry, OwnEvent, SocialCalendar, WatchedChannel
from social.rules import calendar_reading as rules
from social.rules.calendar_reading import TooManyEvents

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
CALENDAR = SocialCalendar(
    id="scl_1",
    account_id="sac_1",
    artist_id="usr_1",
    provider=ProviderId.GOOGLE,
    key="primary",
    name="Mara",
    is_read=True,
)


def make(key: str, *lines: str, series: str = "", own: OwnEvent | None = None) -> Entry:
    text = "".join(f"{line}\r\n" for line in ("BEGIN:VEVENT", f"UID:{series or key}", *lines))
    components = "" if own else f"{text}END:VEVENT\r\n"
    return Entry(key=key, series=series or key, components=components, own=own)


def single(key: str, day: str, hours: int = 1) -> Entry:
    return make(key, f"DTSTART:{day}T090000Z", f"DTEND:{day}T{9 + hours:02}0000Z")


def index(*entries: Entry) -> dict[str, Entry]:
    return {entry.key: entry for entry in entries}


def test_what_changed_replaces_what_was_and_what_is_removed_is_gone() -> None:
    entries = index(single("a", "20261201"), single("b", "20261202"))
    changed = single("b", "20261203")
    rules.apply(entries, [([changed], ["a"]), ([single("c", "20261204")], [])])
    assert entries == index(changed, single("c", "20261204"))


def test_the_changes_of_a_series_are_removed_with_it() -> None:
    series = make("s", "DTSTART:20261201T090000Z", "RRULE:FREQ=DAILY")
    change = make("s_1", "RECURRENCE-ID:20261202T090000Z", series="s")
    entries = index(series, change, single("b", "20261202"))
    late = make("s_2", "RECURRENCE-ID:20261203T090000Z", series="s")
    rules.apply(entries, [([], ["s"]), ([late], [])])
    assert entries.keys() == {"b"}
    rules.apply(entries, [([late], ["s"]), ([series], [])])
    assert entries.keys() == {"b", "s", "s_2"}


def test_what_takes_no_time_any_more_is_dropped_and_its_series_is_not() -> None:
    change = make("a_1", "RECURRENCE-ID:20261202T090000Z", series="a")
    entries = index(single("a", "20261201"), change)
    rules.apply(entries, [([Entry(key="a", series="a")], [])])
    assert entries == index(change)


def test_a_change_without_a_series_is_dropped_once_it_is_cancelled() -> None:
    cancelled = make("s_1", "RECURRENCE-ID:20261202T090000Z", "STATUS:CANCELLED", series="s")
    moved = make("s_2", "RECURRENCE-ID:20261203T090000Z", "DTSTART:20261204T090000Z", series="s")
    assert rules.drop_useless(index(cancelled, moved), NOW) == index(moved)
    series = make("s", "DTSTART:20261201T090000Z", "RRULE:FREQ=DAILY")
    whole = index(series, cancelled, moved)
    assert rules.drop_useless(whole, NOW) == whole


@pytest.mark.parametrize(
    ("entry", "is_kept"),
    [
        (single("a", "20261127"), False),
        (single("a", "20261129"), True),
        (make("a", "DTSTART;VALUE=DATE:20261101", "DTEND;VALUE=DATE:20261102"), False),
        (make("a", "DTSTART;VALUE=DATE:20261101", "DTEND;VALUE=DATE:20261202"), True),
        (make("a", "DTSTART:20200101T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"), True),
        (make("a", "DTSTART:20200101T090000Z"), True),
        (make("a", own=OwnEvent(key="a", appointment_id="apt_1")), True),
    ],
)
def test_only_single_events_that_have_ended_are_dropped(entry: Entry, is_kept: bool) -> None:
    assert (rules.drop_useless({"a": entry}, NOW) != {}) == is_kept


def test_what_changed_of_our_events_is_found_however_it_was_read() -> None:
    one, other = (OwnEvent(key=key, appointment_id=f"apt_{key}", etag="1") for key in "ab")
    moved = msgspec.structs.replace(one, etag="2")
    before = index(make("a", own=one), make("b", own=other))
    assert rules.find_own_changes(before, before) == []
    after = index(make("a", own=moved), make("c", own=other))
    deleted = OwnEvent(key="b", appointment_id="apt_b", is_deleted=True)
    assert rules.find_own_changes(before, after) == [moved, other, deleted]


def test_entries_are_kept_in_parts_and_come_back() -> None:
    # Random ids cannot be packed well.
    entries = index(*(single(f"{number * 7919 % 100_003:x}", "20261201") for number in range(999)))
    parts = rules.pack(entries)
    assert rules.unpack(parts) == entries
    assert rules.unpack([]) == {}
    assert rules.pack({}) == []


def test_parts_fit_into_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_PART_BYTES", 100)
    entries = index(*(single(f"k{number}", "20261201") for number in range(9)))
    parts = rules.pack(entries)
    assert max(map(len, parts)) == 100
    assert rules.unpack(parts) == entries
    monkeypatch.setattr(rules, "MAX_PARTS", len(parts) - 1)
    with pytest.raises(TooManyEvents):
        rules.pack(entries)


def test_busy_times_are_merged_and_cut_to_whole_days_around_now() -> None:
    entries = index(
        single("a", "20261201"),
        make("b", "DTSTART:20261201T093000Z", "DTEND:20261201T110000Z"),
        make("c", "DTSTART;VALUE=DATE:20261120", "DTEND;VALUE=DATE:20261130"),
    )
    assert rules.find_busy_times(entries, "", NOW).spans == [
        (datetime(2026, 11, 29, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC)),
        (datetime(2026, 12, 1, 9, tzinfo=UTC), datetime(2026, 12, 1, 11, tzinfo=UTC)),
    ]
    later = rules.find_busy_times(entries, "", NOW + timedelta(hours=11))
    assert later == rules.find_busy_times(entries, "", NOW)


def test_two_entries_may_describe_two_zones_by_one_name() -> None:
    def described(key: str, offset: str) -> Entry:
        zone = (
            "BEGIN:VTIMEZONE\r\nTZID:Office\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
            f"TZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        )
        event = make(key, "DTSTART;TZID=Office:20261201T090000", "DURATION:PT30M")
        return msgspec.structs.replace(event, components=zone + event.components)

    entries = index(described("a", "+0200"), single("c", "20261203"), described("b", "-0500"))
    starts = [begins.hour for begins, _ in rules.find_busy_times(entries, "", NOW).spans]
    assert starts == [7, 14, 9]


def test_events_that_repeat_too_often_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busy_times, "MAX_CHECKED_DAYS", 1000)
    entries = index(
        *(make(f"s{number}", "DTSTART:20261201T090000Z", "RRULE:FREQ=DAILY") for number in range(9))
    )
    with pytest.raises(UnreadableCalendar):
        rules.find_busy_times(entries, "", NOW)


def test_times_that_are_too_many_for_an_event_are_joined_where_they_are_closest() -> None:
    start = datetime(2026, 12, 1, tzinfo=UTC)
    spans = [
        (start + timedelta(hours=number), start + timedelta(hours=number, minutes=minutes))
        for number, minutes in enumerate([57, 30, 30])
    ]
    assert rules.join(spans, 3) == spans
    assert rules.join(spans, 2) == [(spans[0][0], spans[1][1]), spans[2]]
    assert rules.join(spans, 1) == [(spans[0][0], spans[2][1])]


def test_a_calendar_is_read_again_soon_unless_notifications_come() -> None:
    assert rules.plan_next(CALENDAR, NOW) == NOW + rules.UNPUSHED_INTERVAL
    channel = WatchedChannel("c", "r", NOW + timedelta(days=7))
    pushed = rules.replace_channel(CALENDAR, channel)
    assert rules.plan_next(pushed, NOW) == NOW + rules.PUSHED_INTERVAL
    assert rules.plan_next(pushed, channel.expires_at) == channel.expires_at + timedelta(minutes=1)


def test_a_channel_is_replaced_before_it_ends_and_the_old_one_is_closed() -> None:
    old = WatchedChannel("old", "r", NOW + timedelta(days=7))
    calendar = rules.replace_channel(CALENDAR, old)
    assert rules.needs_channel(CALENDAR, NOW)
    assert not rules.needs_channel(calendar, NOW)
    late = old.expires_at - rules.RENEW_AHEAD
    assert not rules.needs_channel(calendar, late - timedelta(seconds=1))
    assert rules.needs_channel(calendar, late)
    renewed = rules.replace_channel(calendar, WatchedChannel("new", "r", late + timedelta(days=7)))
    assert (renewed.channel and renewed.channel.id, renewed.closing) == ("new", (old,))
    waiting = msgspec.structs.replace(CALENDAR, watch_again_at=NOW + timedelta(seconds=1))
    assert not rules.needs_channel(waiting, NOW)
    assert rules.needs_channel(waiting, NOW + timedelta(seconds=1))


def test_failures_are_further_and_further_apart_up_to_an_hour() -> None:
    failed, pauses = CALENDAR, []
    for _ in range(8):
        failed = rules.record_failure(failed, "No.", NOW)
        assert failed.paused_until is not None
        pauses.append((failed.paused_until - NOW).total_seconds() / 60)
        assert rules.plan_next(failed, NOW) == failed.paused_until
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert (failed.failures, failed.failing_since, failed.problem) == (8, NOW, "No.")
    asked = rules.record_failure(CALENDAR, "No.", NOW, NOW + timedelta(hours=3))
    assert asked.paused_until == NOW + timedelta(hours=3)
    assert rules.record_success(failed, NOW) == msgspec.structs.replace(CALENDAR, read_at=NOW)
