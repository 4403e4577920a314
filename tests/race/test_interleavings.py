"""Interleavings that chance seldom finds, each constructed with AWS in memory."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from threading import Barrier, local
from typing import Any
from unittest import mock

import msgspec
import pytest

from appointments import store
from appointments.models import AppointmentStatus, CalendarEntryKind, Service
from appointments.rules.calendar import Calendar, create_entry
from appointments.schemas import (
    AppointmentView,
    BookingRequest,
    CancelAppointmentRequest,
    HoldRequest,
    RescheduleAppointmentRequest,
)
from appointments.store.table import RecordItem
from appointments.use_cases import booking, holds, lifecycle
from domain.errors import DomainError
from shared.data.conflicts import WriteConflict
from shared.http.caller import Caller
from shared.http.problems import from_error
from tests.support import artists, threads

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
EVENING = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)  # an hour from here spans two UTC days
MIDNIGHT = datetime(2026, 3, 11, tzinfo=UTC)
AT_ONCE = 16
FORTY = {"slot_interval_minutes": 40}
DAYS = date(2026, 3, 9), date(2026, 3, 12)  # the first and last that the tests use

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def artist(aws: None) -> Caller:
    return artists.artist()


@pytest.fixture
def service(artist: Caller) -> Service:
    return artists.service_of(artist, NOW)


def book(
    service: Service, starts_at: datetime, client: Caller | None = None, now: datetime = NOW
) -> AppointmentView:
    request = BookingRequest(service_id=service.id, starts_at=starts_at)
    return booking.book(client or artists.person(), request, now)


def get_refusal(act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as caught:
        act()
    assert from_error(caught.value).status == 409
    return caught.value.code


def list_entry_ids_by_day(artist: Caller) -> dict[date, list[str]]:
    """Return the ids of the entries of each day."""
    days = store.read_calendar(artist.user_id, *DAYS, []).days
    return {day: [entry.id for entry in item.entries] for day, item in days.items()}


@contextmanager
def changing_first_read(change: Callable[[Calendar], Calendar]) -> Iterator[None]:
    """Pass the first calendar that is read through `change`; later reads are unchanged."""
    read = store.read_days
    calls: list[Any] = []

    def change_first(*which: Any, **how: Any) -> Calendar:
        calls.append(which)
        calendar = read(*which, **how)
        return change(calendar) if len(calls) == 1 else calendar

    with mock.patch.object(store, "read_days", change_first):
        yield
    assert calls, "No calendar was read."


def test_a_partly_swept_hold_cannot_be_booked(artist: Caller, service: Service) -> None:
    """A faster clock has swept the hold out of one day, which it booked.

    By the owner's clock the hold is live, and its other half still lies on the day before.
    """
    holder = artists.person()
    hold = holds.create(holder, HoldRequest(service.id, EVENING), NOW)
    booked = book(service, MIDNIGHT, now=hold.expires_at)
    assert list_entry_ids_by_day(artist)[EVENING.date()] == [hold.id]

    in_time = hold.expires_at - timedelta(milliseconds=1)
    assert (
        get_refusal(lambda: booking.book(holder, BookingRequest(hold.id), in_time))
        == "hold_expired"
    )
    assert get_refusal(lambda: holds.release(holder, hold.id, in_time)) == "hold_expired"
    assert list_entry_ids_by_day(artist)[MIDNIGHT.date()] == [booked.id]


def test_time_taken_by_a_reschedule_during_the_read_is_refused(
    artist: Caller, service: Service
) -> None:
    """Days are read one by one: the later one before the move, the earlier one after it."""
    client = artists.person()
    appointment = book(service, MIDNIGHT + timedelta(hours=10), client)
    target = EVENING - timedelta(hours=10)
    before = store.read_calendar(artist.user_id, *DAYS, [])
    lifecycle.reschedule(client, appointment.id, RescheduleAppointmentRequest(target), NOW)

    def combine(after: Calendar) -> Calendar:
        days = {**after.days, MIDNIGHT.date(): before.days[MIDNIGHT.date()]}
        return msgspec.structs.replace(after, days=days)

    with changing_first_read(combine):
        assert get_refusal(lambda: book(service, target)) == "slot_taken"
    assert list_entry_ids_by_day(artist) == {target.date(): [appointment.id], MIDNIGHT.date(): []}


def test_a_daily_limit_holds_across_the_utc_days_of_a_date() -> None:
    """A date in Auckland begins at 11:00 UTC of the day before: the bookings share no UTC day."""
    artist = artists.artist("Pacific/Auckland")
    service = artists.service_of(artist, NOW, daily_limit=1)
    early, late = datetime(2026, 3, 10, 12, tzinfo=UTC), datetime(2026, 3, 11, 6, tzinfo=UTC)

    def book_meanwhile(before: Calendar) -> Calendar:
        book(service, early)
        return before

    with changing_first_read(book_meanwhile):
        assert get_refusal(lambda: book(service, late)) == "slot_unavailable"
    assert [len(ids) for ids in list_entry_ids_by_day(artist).values()] == [1]


@pytest.mark.parametrize(
    "described",
    [
        {"duration_minutes": 30},
        {"duration_minutes": 5, "slot_interval_minutes": 5},
        {**FORTY, "duration_minutes": 25, "buffer_before_minutes": 5, "buffer_after_minutes": 10},
        {**FORTY, "duration_minutes": 60, "buffer_after_minutes": 20},
    ],
    ids=["half hours", "five minutes", "off the quarters", "with buffers"],
)
def test_free_slots_of_a_day_are_booked_at_once(artist: Caller, described: dict[str, Any]) -> None:
    """All read the day before anybody writes: what is booked elsewhere on it disturbs nobody.

    At most two conflicts each, because at most two neighbours share a quarter of an hour.
    """
    service = artists.service_of(artist, NOW, **described)
    busy = create_entry(service, EVENING, entry_id="apt_1", kind=CalendarEntryKind.APPOINTMENT)
    first, step = MIDNIGHT - timedelta(days=1), busy.busy_until - busy.busy_from
    starts = iter([first + timedelta(hours=1) + number * step for number in range(AT_ONCE)])
    read, commit, mine, all_read = store.read_days, store.commit, local(), Barrier(AT_ONCE)

    def read_then_wait(*which: Any, **how: Any) -> Calendar:
        calendar = read(*which, **how)
        if not hasattr(mine, "conflicts"):
            mine.conflicts = 0
            all_read.wait(threads.DEADLINE_SECONDS)
        return calendar

    def counting(**changes: Any) -> None:
        try:
            commit(**changes)
        except WriteConflict:
            mine.conflicts += 1
            raise

    def book_next() -> int:
        book(service, next(starts))
        return int(mine.conflicts)

    with (
        mock.patch.object(store, "read_days", read_then_wait),
        mock.patch.object(store, "commit", counting),
    ):
        conflicts = threads.together(AT_ONCE, book_next)
    assert max(conflicts) <= 2, conflicts
    assert sum(map(len, list_entry_ids_by_day(artist).values())) == AT_ONCE


def test_a_day_that_version_0_2_stored_is_booked_on(artist: Caller, service: Service) -> None:
    """It is one JSON text without locks, and may have changed since it was read."""
    morning, noon = MIDNIGHT + timedelta(hours=9), MIDNIGHT + timedelta(hours=12)
    create = partial(create_entry, service, kind=CalendarEntryKind.APPOINTMENT)
    entries = tuple(create(start, entry_id=f"apt_{start:%H}") for start in (morning, noon))
    pk, sk = f"CALENDAR#{artist.user_id}", f"DAY#{MIDNIGHT.date()}"
    earlier = RecordItem.of(pk, sk, {"entries": msgspec.to_builtins(entries), "version": 2})
    earlier.version = 2
    earlier.save()
    assert get_refusal(lambda: book(service, morning)) == "slot_taken"

    def book_meanwhile(before: Calendar) -> Calendar:
        book(service, noon + timedelta(hours=2))
        return before

    with changing_first_read(book_meanwhile):
        assert get_refusal(lambda: book(service, noon + timedelta(hours=2))) == "slot_taken"
    day = store.read_calendar(artist.user_id, *DAYS, []).days[MIDNIGHT.date()]
    assert day.entries[:2] == entries
    assert (len(day.entries), day.version) == (3, 3)


def test_an_appointment_rescheduled_during_cancellation_is_cancelled_at_its_new_time(
    artist: Caller, service: Service
) -> None:
    """It moves across midnight to the day before; of its new days only one is read at first."""
    client = artists.person()
    appointment = book(service, MIDNIGHT + timedelta(hours=10), client)

    def reschedule_meanwhile(_: Calendar) -> Calendar:
        lifecycle.reschedule(client, appointment.id, RescheduleAppointmentRequest(EVENING), NOW)
        return store.read_calendar(artist.user_id, MIDNIGHT.date(), MIDNIGHT.date(), [])

    with changing_first_read(reschedule_meanwhile):
        cancelled = lifecycle.cancel(artist, appointment.id, CancelAppointmentRequest(), NOW)
    assert (cancelled.status, cancelled.starts_at) == (AppointmentStatus.CANCELLED, EVENING)
    assert list_entry_ids_by_day(artist) == {EVENING.date(): [], MIDNIGHT.date(): []}
