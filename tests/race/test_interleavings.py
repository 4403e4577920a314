"""Interleavings that chance seldom finds, each played by hand, with AWS in memory."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock

import msgspec
import pytest

from appointments import store
from appointments.models import AppointmentStatus, Service
from appointments.rules.calendar import Calendar
from appointments.schemas import (
    AppointmentView,
    BookingRequest,
    CancelAppointmentRequest,
    HoldRequest,
    RescheduleAppointmentRequest,
)
from appointments.use_cases import booking, holds, lifecycle
from domain.errors import DomainError
from shared.http.caller import Caller
from shared.http.problems import from_error
from tests.support import artists

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
EVENING = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)  # an hour from here is on two UTC days
MIDNIGHT = datetime(2026, 3, 11, tzinfo=UTC)

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


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as caught:
        act()
    assert from_error(caught.value).status == 409
    return caught.value.code


def days_of(artist: Caller) -> dict[date, list[str]]:
    """The ids of what lies on each day."""
    days = store.read_calendar(artist.user_id, NOW.date()).days
    return {day: [entry.id for entry in item.entries] for day, item in days.items()}


@contextmanager
def reading(how: Callable[[Calendar], Calendar]) -> Iterator[None]:
    """Pass the first calendar that is read through `how`; those after it are as they are."""
    read = store.read_calendar
    calls: list[Any] = []

    def passing(*which: Any) -> Calendar:
        calls.append(which)
        calendar = read(*which)
        return how(calendar) if len(calls) == 1 else calendar

    with mock.patch.object(store, "read_calendar", passing):
        yield
    assert calls, "nothing was read"


def test_a_hold_of_which_a_part_was_given_away_books_nothing(
    artist: Caller, service: Service
) -> None:
    """The other's clock was past the end of the hold and swept it out of the day they booked; by
    the owner's clock it lives, and the rest of it still lies on the day before."""
    holder = artists.person()
    held = holds.create(holder, HoldRequest(service.id, EVENING), NOW)
    booked = book(service, MIDNIGHT, now=held.expires_at)
    assert days_of(artist)[EVENING.date()] == [held.id]

    in_time = held.expires_at - timedelta(milliseconds=1)
    assert refusal(lambda: booking.book(holder, BookingRequest(held.id), in_time)) == "hold_expired"
    assert refusal(lambda: holds.release(holder, held.id, in_time)) == "hold_expired"
    assert days_of(artist)[MIDNIGHT.date()] == [booked.id]


def test_nobody_gets_a_time_to_which_something_moved_while_they_read(
    artist: Caller, service: Service
) -> None:
    """Days are read one by one: here the later one before the move, the earlier one after it."""
    client = artists.person()
    moving = book(service, MIDNIGHT + timedelta(hours=10), client)
    target = EVENING - timedelta(hours=10)
    before = store.read_calendar(artist.user_id, NOW.date())
    lifecycle.reschedule(client, moving.id, RescheduleAppointmentRequest(target), NOW)

    def torn(after: Calendar) -> Calendar:
        days = {**after.days, MIDNIGHT.date(): before.days[MIDNIGHT.date()]}
        return msgspec.structs.replace(after, days=days)

    with reading(torn):
        assert refusal(lambda: book(service, target)) == "slot_taken"
    assert days_of(artist) == {target.date(): [moving.id], MIDNIGHT.date(): []}


def test_the_limit_of_a_date_holds_across_the_utc_days_it_lies_on() -> None:
    """In Auckland a date begins at 11:00 UTC on the day before: its two bookings share no day."""
    artist = artists.artist("Pacific/Auckland")
    service = artists.service_of(artist, NOW, daily_limit=1)
    early, late = datetime(2026, 3, 10, 12, tzinfo=UTC), datetime(2026, 3, 11, 6, tzinfo=UTC)

    def booked_meanwhile(before: Calendar) -> Calendar:
        book(service, early)
        return before

    with reading(booked_meanwhile):
        assert refusal(lambda: book(service, late)) == "slot_unavailable"
    assert [len(kept) for kept in days_of(artist).values()] == [1]


def test_what_moves_while_it_is_cancelled_is_cancelled_where_it_is(
    artist: Caller, service: Service
) -> None:
    """It moves to the day before, and over midnight: of its new days only one is read at first."""
    client = artists.person()
    moving = book(service, MIDNIGHT + timedelta(hours=10), client)

    def moved_meanwhile(_: Calendar) -> Calendar:
        lifecycle.reschedule(client, moving.id, RescheduleAppointmentRequest(EVENING), NOW)
        return store.read_calendar(artist.user_id, MIDNIGHT.date())

    with reading(moved_meanwhile):
        cancelled = lifecycle.cancel(artist, moving.id, CancelAppointmentRequest(), NOW)
    assert (cancelled.status, cancelled.starts_at) == (AppointmentStatus.CANCELLED, EVENING)
    assert days_of(artist) == {EVENING.date(): [], MIDNIGHT.date(): []}
