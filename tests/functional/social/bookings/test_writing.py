"""Appointments are written to the chosen calendar, moved and removed there, whatever happens."""

import itertools
from collections.abc import Callable
from typing import Any
from unittest import mock

import msgspec
import pytest

from social.models import AccountStatus
from social.store import accounts as accounts_store
from social.store import bookings as bookings_store
from social.use_cases import booking_events, export
from tests.functional.social.bookings.world import (
    APPOINTMENT,
    CLIENT,
    HOUR,
    TEN,
    Side,
    Written,
)
from tests.functional.social.conftest import MARA
from tests.support import capacity, streams

BOOKED = {APPOINTMENT: Written("Booked", TEN)}


def test_an_appointment_is_written_moved_and_removed(side: Side) -> None:
    side.choose(side.main)
    side.book(type_="appointment.created", status="pending")
    side.work()
    assert side.written() == BOOKED
    side.book(2, "appointment.rescheduled", TEN + HOUR)
    side.work()
    assert side.written() == {APPOINTMENT: Written("Booked", TEN + HOUR)}
    side.cancel(3)
    side.work()
    assert side.written() == {}


@pytest.mark.parametrize("status", ["declined", "expired", "cancelled"])
def test_what_does_not_take_place_is_removed(side: Side, status: str) -> None:
    side.choose(side.main)
    side.book()
    side.work()
    side.cancel(2, status)
    side.work()
    assert side.written() == {}


def test_nothing_is_stored_for_an_artist_who_chose_no_calendar(side: Side) -> None:
    side.choose(None)
    side.book()
    assert "BOOKING#" not in str(streams.items("social"))
    assert side.list_waiting() == []


def test_an_artist_without_a_calendar_costs_two_reads(side: Side) -> None:
    side.choose(None)
    with capacity.counted() as used:
        side.book()
    assert (used.read_units, used.write_units) == (2, 0)


def test_the_order_of_events_does_not_matter_and_each_may_come_twice(side: Side) -> None:
    side.choose(side.main)
    for number, order in enumerate(itertools.permutations((1, 2, 3))):
        appointment_id = f"{APPOINTMENT[:-1]}{number}"
        for version in (*order, order[0]):
            moved = TEN + version * HOUR
            side.book(version, "appointment.rescheduled", moved, appointmentId=appointment_id)
    side.work()
    assert {written.starts_at for written in side.written().values()} == {TEN + 3 * HOUR}
    assert len(side.written()) == 6


def test_a_cancellation_that_comes_first_wins(side: Side) -> None:
    side.choose(side.main)
    side.cancel(2)
    side.book(1)
    side.work()
    assert side.written() == {}


def test_events_in_another_calendar_are_written_and_removed_from_the_one_before(
    side: Side,
) -> None:
    side.choose(side.main)
    side.book()
    side.work()
    side.choose(side.other)
    assert (side.written(), side.written(side.other)) == ({}, BOOKED)
    side.choose(side.main)
    assert (side.written(), side.written(side.other)) == (BOOKED, {})
    side.choose(None)
    assert (side.written(), side.written(side.other)) == ({}, {})


def test_what_is_over_stays_where_it_is(side: Side) -> None:
    side.choose(side.main)
    side.book()
    side.work()
    side.later(days=2)
    side.choose(side.other)
    assert (side.written(), side.written(side.other)) == (BOOKED, {})


@pytest.mark.parametrize("call", ["insert", "replace", "delete"])
def test_a_lost_answer_loses_and_doubles_nothing(side: Side, call: str) -> None:
    side.choose(side.main)
    if call == "insert":
        side.lose(call)
    side.book()
    side.work()
    if call != "insert":
        side.lose(call)
    side.book(2, "appointment.rescheduled", TEN + HOUR)
    side.work()
    if call == "delete":
        side.cancel(3)
        side.work()
    side.later(minutes=5)
    side.sweep()
    side.work()
    later = {APPOINTMENT: Written("Booked", TEN + HOUR)}
    assert side.written() == ({} if call == "delete" else later)
    assert side.list_asked() == []
    side.read()
    assert side.list_asked() == []


def test_a_provider_that_fails_is_asked_again_with_longer_pauses(side: Side) -> None:
    side.choose(side.main)
    side.refuse("insert")
    side.book()
    side.work()
    assert side.written() == {}
    side.sweep()
    side.work()
    assert side.written() == {}
    side.later(minutes=1)
    side.refuse("insert")
    side.sweep()
    side.work()
    side.later(minutes=1)
    side.sweep()
    side.work()
    assert side.written() == {}
    side.later(minutes=1)
    side.sweep()
    side.work()
    assert side.written() == BOOKED


def list_bookings() -> list[object]:
    return [item for item in streams.items("social") if item["sk"]["S"].startswith("BOOKING#")]


class Killed(BaseException):
    """The worker was stopped."""


def test_a_worker_that_is_killed_anywhere_loses_and_doubles_nothing(side: Side) -> None:
    """Killed before and after each of its writes and calls, while the appointment moves."""
    side.choose(side.main)
    for number in itertools.count():
        side.book(2 * number + 1, "appointment.rescheduled", TEN + HOUR)
        killed = _work_until(side, number)
        side.book(2 * number + 2, "appointment.rescheduled", TEN)
        side.later(minutes=5)
        side.sweep()
        side.work()
        assert side.written() == BOOKED
        if not killed:
            break
    assert number > 3
    side.read()
    assert side.list_asked() == []


def _work_until(side: Side, steps: int) -> bool:
    """Do what waits until a write of the worker or a call, and return whether it was reached."""
    left = [steps]
    save, perform = bookings_store.save_booking, booking_events._perform

    def stopping(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any) -> Any:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            result = function(*args)
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return result

        return wrapped

    with (
        mock.patch.object(bookings_store, "save_booking", stopping(save)),
        mock.patch.object(booking_events, "_perform", stopping(perform)),
    ):
        try:
            side.work()
        except Killed:
            return True
    return False


def test_two_workers_never_write_at_once(side: Side) -> None:
    """The second one finds the lease of the first, which sees what came meanwhile."""
    side.choose(side.main)
    side.book()
    perform, meanwhile = booking_events._perform, [True]

    def overtaken(*args: Any) -> Any:
        if meanwhile:
            meanwhile.clear()
            side.cancel(2)
            side.work_once()
            assert side.written() == {}
        return perform(*args)

    with mock.patch.object(booking_events, "_perform", overtaken):
        side.work()
    assert side.written() == {}
    booking = bookings_store.find_booking(MARA, APPOINTMENT)
    assert booking is not None
    assert (booking.copies, booking.lease) == ((), "")


def test_what_stands_in_a_calendar_counts_when_its_account_is_connected_again(side: Side) -> None:
    side.choose(side.main)
    side.book()
    side.work()
    set_status(AccountStatus.DISCONNECTED)
    side.book(2, "appointment.rescheduled", TEN + HOUR)
    side.work()
    assert side.written() == BOOKED
    (account,) = accounts_store.list_accounts(MARA)
    set_status(AccountStatus.CONNECTED)
    side.deliver("social_account.reconnected", {"artistId": MARA, "accountId": account.id})
    side.work()
    assert side.written() == {APPOINTMENT: Written("Booked", TEN + HOUR)}
    assert side.list_asked() == []


def set_status(status: AccountStatus) -> None:
    (account,) = accounts_store.list_accounts(MARA)
    changed = msgspec.structs.replace(account, status=status, version=account.version + 1)
    accounts_store.save(changed)


def test_titles_name_the_service_and_the_clients_first_name_only_if_the_artist_wants_that(
    side: Side,
) -> None:
    side.choose(side.main)
    side.deliver("user.verified", {"userId": CLIENT, "name": "Noor Vos", "role": "client"})
    side.book()
    side.work()
    assert not any(CLIENT in str(item) for item in list_bookings())
    settings = side.api.get("/v1/social/calendar-writing").json_body
    assert settings == {"title": "booked"}
    body = {"title": "service_and_first_name"}
    assert side.api.put("/v1/social/calendar-writing", json=body).json_body == body
    side.book(type_="appointment.recorded", by="")  # published again by appointments
    side.work()
    assert side.written() == {APPOINTMENT: Written("Fine line tattoo: Noor", TEN)}
    side.api.put("/v1/social/calendar-writing", json={"title": "booked"})
    side.work()
    assert side.written() == BOOKED


def test_a_client_who_deletes_their_account_is_named_nowhere(side: Side) -> None:
    side.choose(side.main)
    side.api.put("/v1/social/calendar-writing", json={"title": "service_and_first_name"})
    side.deliver("user.verified", {"userId": CLIENT, "name": "Noor Vos", "role": "client"})
    side.book()
    side.work()
    assert "Noor" in side.written()[APPOINTMENT].title
    side.deliver("user.deleted", {"userId": CLIENT})
    side.cancel(2)
    side.work()
    assert side.written() == {}
    stored = [item for item in streams.items("social") if "OWNER" not in item["sk"]["S"]]
    assert CLIENT not in str(stored)
    assert "Noor" not in str(stored)


def test_events_that_we_wrote_take_no_slot(side: Side) -> None:
    side.choose(side.main, (side.main,))
    side.book()
    side.work()
    side.read()
    (shown, *_) = [
        each for each in side.api.get(side.home).json_body["items"] if each["id"] == side.main
    ]
    assert (shown["isRead"], shown["blocks"]) == (True, 0)
    assert side.list_asked() == []


def test_an_export_says_what_stands_in_calendars(side: Side) -> None:
    side.choose(side.main)
    side.deliver("user.verified", {"userId": MARA, "name": "Mara Voss", "role": "artist"})
    side.book()
    side.work()
    share = export.gather(MARA)
    assert share["calendarTitles"] == "booked"
    assert share["appointmentsInCalendars"] == [
        {"appointmentId": APPOINTMENT, "startsAt": TEN, "calendars": [side.main]}
    ]
    assert share["person"].name == "Mara Voss"
