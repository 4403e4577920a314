"""Events of appointments in calendars: their keys and titles, and what follows from a change."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from social.models.bookings import (
    Booking,
    ChangeKind,
    ElsewhereChange,
    EventCopy,
    EventTitle,
    TimeSpan,
)
from social.rules import booking_events as rules
from social.rules import event_keys
from social.rules.booking_events import Check, Delete, Forget, Target, Write

NOW = datetime(2030, 1, 31, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
APPOINTMENT = "apt_01JD2Z5Q0V8XKM3F7T9B4N6RWC"
TARGET = Target("sac_1", "scl_1")
THERE, LATER = TimeSpan(NOW + HOUR, NOW + 2 * HOUR), TimeSpan(NOW + 3 * HOUR, NOW + 4 * HOUR)
BOOKING = Booking(
    appointment_id=APPOINTMENT,
    artist_id="usr_1",
    client_id=None,
    service_name="Fine line",
    starts_at=THERE.starts_at,
    ends_at=THERE.ends_at,
    time_zone="UTC",
    is_on=True,
    record_version=1,
)
COPY = rules.record_written(
    EventCopy(account_id="sac_1", calendar_id="scl_1", key="k"), THERE, "Booked", '"1"'
)
MOVED = msgspec.structs.replace(COPY, change=ElsewhereChange(ChangeKind.MOVED, NOW, LATER))


def find_step(booking: Booking, *targets: Target, now: datetime = NOW) -> object:
    return rules.find_step(booking, set(targets), {"sac_1", "sac_2"}, "Booked", now)


def with_copies(*copies: EventCopy, **fields: object) -> Booking:
    return msgspec.structs.replace(BOOKING, copies=copies, **fields)


def test_a_key_is_one_that_google_takes_and_names_its_appointment() -> None:
    key = event_keys.build(APPOINTMENT)
    assert 5 <= len(key) <= 1024
    assert set(key) <= set("0123456789abcdefghijklmnopqrstuv")
    assert event_keys.find_appointment(key) == APPOINTMENT


@pytest.mark.parametrize(
    "key", ["", "ab", "abc", "ab!", "xx" + event_keys.build(APPOINTMENT), "ab" + "0" * 48, "AB00"]
)
def test_the_key_of_another_event_names_none(key: str) -> None:
    assert event_keys.find_appointment(key) is None


@pytest.mark.parametrize(
    ("title", "service", "client", "expected"),
    [
        (EventTitle.BOOKED, "Fine line", "Noor Vos", "Booked"),
        (EventTitle.SERVICE_AND_FIRST_NAME, "Fine line", "Noor Vos", "Fine line: Noor"),
        (EventTitle.SERVICE_AND_FIRST_NAME, "Fine line", "", "Fine line"),
        (EventTitle.SERVICE_AND_FIRST_NAME, "\u200b", " ", "Booked"),
        (EventTitle.SERVICE_AND_FIRST_NAME, "A\r\nX-B:c", "No\x07or", "A X-B:c: No or"),
    ],
)
def test_titles(title: EventTitle, service: str, client: str, expected: str) -> None:
    found = rules.build_title(title, service, client)
    assert found.isprintable()
    if "\x07" not in client:
        assert found == expected


def test_what_is_next() -> None:
    assert find_step(BOOKING) is None
    assert isinstance(find_step(BOOKING, TARGET), Write)
    assert find_step(with_copies(COPY), TARGET) is None
    assert find_step(with_copies(COPY)) == Delete(COPY)
    assert find_step(with_copies(COPY, is_on=False), TARGET) == Delete(COPY)
    assert find_step(with_copies(COPY), now=NOW + 5 * HOUR) == Forget(COPY)
    assert find_step(BOOKING, TARGET, now=NOW + 5 * HOUR) is None
    checked = msgspec.structs.replace(COPY, must_check=True)
    assert find_step(with_copies(checked), TARGET) == Check(checked)
    assert find_step(with_copies(MOVED), TARGET) is None, "the artist is asked"
    other = msgspec.structs.replace(COPY, account_id="sac_3")
    assert find_step(with_copies(other)) is None, "its account is not connected"


def test_what_is_there_is_compared_with_what_was_written() -> None:
    same = rules.compare(COPY, THERE, BOOKING, NOW, etag='"2"')
    assert (same.change, same.etag) == (None, '"2"')
    moved = rules.compare(COPY, LATER, BOOKING, NOW, etag='"2"')
    assert moved.change == ElsewhereChange(ChangeKind.MOVED, NOW, LATER)
    assert rules.compare(moved, LATER, BOOKING, NOW + HOUR, etag='"3"').change == moved.change
    assert rules.compare(moved, THERE, BOOKING, NOW, etag='"3"').change is None
    at_no_time = rules.compare(COPY, None, BOOKING, NOW, etag='"2"')
    assert at_no_time.change == ElsewhereChange(ChangeKind.MOVED, NOW, None)
    deleted = rules.record_deleted(COPY, NOW)
    assert not rules.may_overwrite(deleted)
    assert rules.may_overwrite(same)
    never_seen = msgspec.structs.replace(COPY, etag="")
    assert rules.may_overwrite(rules.record_deleted(never_seen, NOW))


@pytest.mark.parametrize(
    ("span", "by_artist", "is_asked", "is_forced"),
    [
        (LATER, False, False, False),  # the appointment follows the calendar
        (LATER, True, False, False),
        (TimeSpan(NOW + 6 * HOUR, NOW + 7 * HOUR), False, True, False),
        (TimeSpan(NOW + 6 * HOUR, NOW + 7 * HOUR), True, False, True),
        (THERE, True, True, False),  # nothing was moved
    ],
)
def test_moving_an_appointment_may_answer(
    span: TimeSpan, *, by_artist: bool, is_asked: bool, is_forced: bool
) -> None:
    newest = msgspec.structs.replace(
        BOOKING, starts_at=span.starts_at, ends_at=span.ends_at, record_version=2
    )
    taken = rules.take_newest(with_copies(MOVED), newest, by_artist=by_artist)
    (copy,) = taken.copies
    assert (copy.change is not None, copy.is_forced) == (is_asked, is_forced)
    assert taken.record_version == 2


def test_what_others_stored_during_a_step_is_kept() -> None:
    asked = msgspec.structs.replace(COPY, must_check=True)
    assert rules.merge(COPY, COPY, asked, BOOKING).must_check
    (kept,) = rules.keep_ours(with_copies(MOVED)).copies
    merged = rules.merge(MOVED, MOVED, kept, BOOKING)
    assert (merged.change, merged.is_forced) == (None, True)
    followed = msgspec.structs.replace(BOOKING, starts_at=LATER.starts_at, ends_at=LATER.ends_at)
    assert rules.merge(MOVED, COPY, COPY, followed).change is None
    assert rules.merge(MOVED, COPY, None, BOOKING) == MOVED


def test_pauses_grow_and_end() -> None:
    pauses = [
        rules.plan_retry(msgspec.structs.replace(BOOKING, attempts=attempts), NOW)
        for attempts in (0, 1, 5, 20, rules.MAX_ATTEMPTS)
    ]
    minutes = [pause and (pause - NOW) / timedelta(minutes=1) for pause in pauses]
    assert minutes == [1, 2, 32, 60, None]
    assert rules.plan_retry(BOOKING, NOW, NOW + HOUR) == NOW + HOUR
